package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// nameInputs are all the functions that accept a display name.
var nameInputs = map[string]func(name string) error{
	"a new account":     func(name string) error { _, err := domain.NewUser(anID, "a@b.example", name, now); return err },
	"a renamed account": func(name string) error { return new(domain.User).Rename(name, now) },
	"a new org":         func(name string) error { _, err := domain.NewOrg(anID, name, "acme", now); return err },
	"a renamed org": func(name string) error {
		_, err := domain.Org{}.Changed(domain.OrgChange{Name: &name}, now)
		return err
	},
	"a new role": func(name string) error {
		_, err := domain.NewRole(roleID, domain.RoleDraft{Name: name}, customer, time.Time{})
		return err
	},
	"a renamed role": func(name string) error {
		_, err := domain.Role{}.Changed(domain.RoleChange{Name: &name}, customer)
		return err
	},
	"a role's description": func(name string) error {
		_, err := domain.Role{}.Changed(domain.RoleChange{Description: &name}, customer)
		return err
	},
	"a device": func(name string) error { return new(domain.Device).Rename(name) },
	"an import": func(name string) error {
		rows, err := domain.ParseImport("email,full_name\na@b.example,\"" + name + "\"\n")
		if err == nil && rows[0].Status == domain.RowRefused {
			return domain.Invalid("full_name", rows[0].Faults[0].Message)
		}
		return err
	},
}

func TestNamesHaveNoInvisibleCharacters(t *testing.T) {
	for what, name := range map[string]string{
		"zero-width space":              "Ann\u200bLee",
		"zero-width space at the end":   "owner\u200b",
		"word joiner":                   "owner\u2060",
		"right-to-left override":        "Ann\u202eeeL",
		"left-to-right isolate":         "\u2066Ann",
		"right-to-left mark":            "Ann\u200f",
		"byte order mark":               "\ufeffAnn",
		"soft hyphen":                   "ow\u00adner",
		"C1 control":                    "Ann\u0085Lee",
		"C0 control":                    "Ann\tLee",
		"delete":                        "Ann\x7f",
		"line separator":                "Ann\u2028Lee",
		"tag":                           "Ann\U000e0041",
		"Hangul filler":                 "\u3164",
		"half-width Hangul filler":      "Ann\uffa0",
		"combining grapheme joiner":     "A\u034fnn",
		"blank braille":                 "\u2800",
		"private use":                   "Ann\ue000",
		"no character":                  "Ann\ufffe",
		"replacement character":         "Ann\ufffd",
		"joiner between Latin letters":  "ow\u200dner",
		"non-joiner between Latin ones": "ow\u200cner",
		"joiner at the start":           "\u200dAnn",
		"joiner between scripts":        "\u0645\u200cA",
		"joiner at the end":             "\u0645\u200c",
		"two joiners":                   "\u0645\u200c\u200c\u06cc",
		"variation selector on Latin":   "owner\ufe0f",
		"a lone variation selector":     "\ufe0f",
	} {
		for door, enter := range nameInputs {
			err := enter(name)
			fault := new(domain.Error)
			require.ErrorAs(t, err, &fault, "%s: %s", door, what)
			require.Equal(t, domain.CodeInvalid, fault.Code, "%s: %s", door, what)
			require.NotContains(t, fault.Fields[0].Message, name)
		}
	}
}

func TestNamesInEveryScriptAreAccepted(t *testing.T) {
	for _, name := range []string{
		"Zoë O'Neil-Smith", "Nguyễn Thị Minh Khai", "山田　太郎", "葛\U000e0100城", "김민준", "Владимир", "Ελένη",
		"דָּוִד", "محمد", "علی\u200cرضا",
		"क्\u200dष", "അനില്\u200d", "শ্রী\u200cমতি", "A\u030angstro\u0308m", "👩\u200d💻 Developers",
		"⚙\ufe0f Operations", "👋🏽", "R&D (EU) / №1",
	} {
		for door, enter := range nameInputs {
			require.NoError(t, enter(name), "%s: %q", door, name)
		}
	}
}

func TestAFileNameLosesInvisibleCharacters(t *testing.T) {
	file, err := domain.NewFile("", "in\u202evo\u2060ice\u00ad علی\u200cرضا.pdf", "application/pdf", "", now)
	require.NoError(t, err)
	require.Equal(t, "invoice علی\u200cرضا.pdf", file.Name)
}

func TestNoRoleLooksLikeASystemRole(t *testing.T) {
	clashes := func(name, system string) bool {
		mine, err := domain.NewRole(roleID, domain.RoleDraft{Name: name}, customer, time.Time{})
		require.NoError(t, err, name)
		theirs := domain.Role{ID: anID, Name: system, System: true}
		require.Equal(t, mine.Clashes(theirs), theirs.Clashes(mine))
		return mine.Clashes(theirs)
	}
	for name, system := range map[string]string{
		"\u0430dmin":      "admin", // Cyrillic а
		"\u0410dmin":      "admin", // Cyrillic А
		"adm\u0456n":      "admin", // Cyrillic і
		"admin":           "admin",
		"ADMIN":           "admin",
		"Adm1n":           "admin",
		"adrnin":          "admin",
		"ad\u0443min":     "", // у looks like y
		"ádmìn":           "admin",
		"a\u0323dmin":     "admin",
		"ad min":          "admin",
		"Admin.":          "admin",
		"👑 Admin":         "admin",
		"ａｄｍｉｎ":           "admin",
		"𝐚𝐝𝐦𝐢𝐧":           "admin",
		"𝕒𝕕𝕞𝕚𝕟":           "admin",
		"ⓐⓓⓜⓘⓝ":           "admin",
		"🄰🄳🄼🄸🄽":           "admin",
		"ᴀᴅᴍɪɴ":           "admin",
		"\u043ewn\u0435r": "owner", // Cyrillic о, е
		"\u03bfwner":      "owner", // Greek ο
		"0wner":           "owner",
		"ovvner":          "owner",
		"ọwner":           "owner",
		"rnember":         "member",
		"МЕМВЕR":          "member", // Cyrillic but for the last letter
		"аuditоr":         "auditor",
		"Owners":          "", "Co-owner": "", "Administrator": "", "Admin 2": "", "Help desk": "", "Модератор": "", "管理者": "",
		"—": "",
	} {
		for _, each := range domain.SystemRoles() {
			require.Equal(t, each == system, clashes(name, each), "%s and %s", name, each)
		}
	}
	help := domain.Role{ID: "1", Name: "Team 1"}
	require.False(t, help.Clashes(domain.Role{ID: "2", Name: "Team I"}), "among an org's own roles letters and digits differ")
}
