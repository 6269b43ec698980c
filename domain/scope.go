package domain

import (
	"slices"
	"strings"
)

// ScopeText returns permissions as a scope of OAuth 2.0: their names, separated by spaces (RFC 6749 §3.3).
func ScopeText(permissions []Permission) string {
	names := make([]string, len(permissions))
	for i, permission := range permissions {
		names[i] = string(permission)
	}
	return strings.Join(names, " ")
}

// ParseScope returns the permissions that a scope names, each once. It returns ErrInvalidScope for a text that is not a scope
// (RFC 6749 §3.3). Whether the names are those of permissions is not checked.
func ParseScope(text string) ([]Permission, error) {
	var permissions []Permission
	for name := range strings.SplitSeq(text, " ") {
		if name == "" || strings.ContainsFunc(name, notInScope) {
			return nil, ErrInvalidScope
		}
		if permission := Permission(name); !slices.Contains(permissions, permission) {
			permissions = append(permissions, permission)
		}
	}
	return permissions, nil
}

func notInScope(c rune) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '\\' }

// Narrow returns what a token can do that asks for some of the permissions of its account; asked is empty if it asks for all.
// It returns ErrInvalidScope if it asks for one that the account does not have.
func Narrow(held, asked []Permission) ([]Permission, error) {
	if len(asked) == 0 {
		return held, nil
	}
	if slices.ContainsFunc(asked, func(p Permission) bool { return !slices.Contains(held, p) }) {
		return nil, ErrInvalidScope
	}
	return slices.DeleteFunc(slices.Clone(held), func(p Permission) bool { return !slices.Contains(asked, p) }), nil
}
