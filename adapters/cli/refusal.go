package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/sole-platform/sole/domain"
)

// remedies name the command or flag that helps against a failure. The messages of the domain mention no commands.
var remedies = []struct {
	failure *domain.Error
	text    string
}{
	{domain.ErrKeySigns, "`sole keys rotate` creates a new one."},
	{domain.ErrKeyVerifies, "Wait until they expire, or end them now with --force."},
	{
		domain.ErrKeyOtherAlgorithm,
		"When every process runs with the new JWT_ALGORITHM, wait until the tokens signed before have expired, then use --force.",
	},
	{domain.ErrKeyUnknown, "`sole keys list` shows the keys."},
	{domain.ErrAuditBroken, "The command for it is `sole audit verify`."},
	{domain.ErrServiceAccountTaken, "`sole service-accounts list` shows the names in use."},
	{domain.ErrOrgNotFound, "Give an id or a slug with --org."},
	{
		domain.ErrOwnerUsable,
		"That owner can make others owners and reset their passwords and second factors. " +
			"If the only owner has lost the second factor, run this again with that owner's --email and --lost-factor.",
	},
}

// repeatable are the flags that take one value of a member of a request that takes a list.
var repeatable = map[string]string{"roles": "role", "allowed_networks": "network"}

// flagOf returns the flag whose value a member of a request has, such as role for roles[1].
func flagOf(member string) string {
	name, _, _ := strings.Cut(member, "[")
	return strings.ReplaceAll(cmp.Or(repeatable[name], name), "_", "-")
}

// Refusal returns err as a person at a terminal should read it: a failure of the domain becomes its
// message with the command or flag that helps, and a refused value is named by its flag. An
// unavailable service and errors of other kinds are returned unchanged, with their causes.
func Refusal(err error) error {
	failure, ok := errors.AsType[*domain.Error](err)
	if !ok || failure.Code == domain.CodeUnavailable {
		return err
	}
	for _, field := range failure.Fields {
		if field.Field != "" {
			return fmt.Errorf("--%s %s", flagOf(field.Field), field.Message)
		}
	}
	for _, remedy := range remedies {
		if errors.Is(failure, remedy.failure) {
			return errors.New(failure.Message + " " + remedy.text)
		}
	}
	return errors.New(failure.Message)
}
