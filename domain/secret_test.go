package domain_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sole-platform/sole/domain"
)

const sesame = "sesame-0pen"

// keepers of a secret, in every way that Go code holds one.
type (
	publicHolder  struct{ Secret domain.Secret }
	privateHolder struct {
		secret domain.Secret
		other  *domain.Secret
		many   []domain.Secret
		named  map[string]domain.Secret
		any    any
	}
	embeddingHolder struct{ domain.Secret }
	nestedHolder    struct{ inner *privateHolder }
)

func holders() map[string]any {
	secret := domain.NewSecret(sesame)
	private := privateHolder{
		secret: secret,
		other:  &secret,
		many:   []domain.Secret{secret},
		named:  map[string]domain.Secret{"k": secret},
		any:    secret,
	}
	return map[string]any{
		"itself":              secret,
		"a pointer to it":     &secret,
		"an exported field":   publicHolder{secret},
		"unexported fields":   private,
		"a pointer to those":  &private,
		"an embedded field":   embeddingHolder{secret},
		"a struct in another": nestedHolder{&private},
		"a slice":             []domain.Secret{secret},
		"a slice of pointers": []*domain.Secret{&secret},
		"an array":            [1]domain.Secret{secret},
		"a map":               map[string]domain.Secret{"k": secret},
		"a key of a map":      map[domain.Secret]string{secret: "v"},
		"anything":            []any{secret, &secret, private},
		"an input":            struct{ Email, Password any }{"a@b.example", secret},
	}
}

// requireHidden checks that nothing that could be turned back into the secret is in text.
func requireHidden(t *testing.T, text, how string) {
	t.Helper()
	for _, form := range []string{
		sesame, strings.ToUpper(sesame), sesame[:6], hex.EncodeToString([]byte(sesame)), strings.ToUpper(hex.EncodeToString([]byte(sesame))),
		fmt.Sprintf("% x", sesame), fmt.Sprintf("%#x", sesame), fmt.Sprintf("% #x", sesame),
		strings.Trim(fmt.Sprintf("%v", []byte(sesame)), "[]"),
		strings.Trim(fmt.Sprintf("%#v", []byte(sesame)), "[]byte{}"), strings.Trim(fmt.Sprintf("%c", []byte(sesame)), "[]"),
		base64.StdEncoding.EncodeToString([]byte(sesame))[:8],
	} {
		require.NotContains(t, text, form, how)
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	for name, holder := range holders() {
		t.Run(name, func(t *testing.T) {
			for _, verb := range "vsqxXdtTpcUoObeEfFgGwZ!" {
				for _, flags := range []string{"", "+", "#", " ", "0", "-", "+#", "# ", "40", "-40", ".3", "40.40"} {
					format := "%" + flags + string(verb)
					requireHidden(t, fmt.Sprintf(format, holder), format)
				}
			}
			requireHidden(t, fmt.Sprint(holder), "Sprint")
			requireHidden(t, fmt.Sprintln("x", holder), "Sprintln")
			requireHidden(t, fmt.Errorf("failed on %v and %+v: %w", holder, holder, errors.New("x")).Error(), "Errorf")
		})
	}
}

func TestAPlaceholderIsPrintedInsteadOfASecret(t *testing.T) {
	secret := domain.NewSecret(sesame)
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		require.Equal(t, "[secret]", fmt.Sprintf(format, secret), format)
		require.Equal(t, "[secret]", fmt.Sprintf(format, &secret), format)
	}
	require.Equal(t, "[secret]", secret.String())
	require.Equal(t, "[secret]", secret.GoString())
	require.Equal(t, "{Secret:[secret]}", fmt.Sprintf("%+v", publicHolder{secret}))
}

func TestSecretsAreNeverEncoded(t *testing.T) {
	for name, holder := range holders() {
		t.Run(name, func(t *testing.T) {
			encoded, err := json.Marshal(holder)
			require.NoError(t, err)
			requireHidden(t, string(encoded), "json")
			encoded, _ = xml.Marshal(holder)
			requireHidden(t, string(encoded), "xml")
			var page bytes.Buffer
			require.NoError(t, template.Must(template.New("").Parse("{{.}} {{printf `%#v` .}}")).Execute(&page, holder))
			requireHidden(t, page.String(), "template")
		})
	}
	encoded, err := json.Marshal(publicHolder{domain.NewSecret(sesame)})
	require.NoError(t, err)
	require.JSONEq(t, `{"Secret":"[secret]"}`, string(encoded))
}

func TestSecretsAreNeverLogged(t *testing.T) {
	for name, holder := range holders() {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			for _, handler := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
				slog.New(handler).With("with", holder).Info("x", "held", holder, slog.Any("any", holder), slog.Group("in", "a", holder))
			}
			log.New(&out, "", 0).Printf("%v %+v", holder, holder)
			require.Contains(t, out.String(), "held")
			requireHidden(t, out.String(), "log")
		})
	}
}

func TestOnlyRevealReturnsTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "value")
		secret := domain.NewSecret(value)
		if secret.Reveal() != value || secret.IsZero() != (value == "") {
			t.Fatalf("%q became %q", value, secret.Reveal())
		}
		if fmt.Sprintf(
			"%v %+v %#v %s %q %x",
			secret,
			secret,
			secret,
			secret,
			secret,
			secret,
		) != strings.TrimSpace(
			strings.Repeat("[secret] ", 6),
		) {
			t.Fatal("the text depends on the value")
		}
	})
}

func TestNoSecretAtAllIsEmptyAndLooksLikeAnyOther(t *testing.T) {
	require.True(t, domain.Secret{}.IsZero())
	require.Empty(t, domain.Secret{}.Reveal())
	require.True(t, domain.NewSecret("").IsZero())
	require.Equal(t, "[secret]", fmt.Sprint(domain.Secret{}))
}
