package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

// tokenMember returns the name of the secret token in the body of the operation, or "". A device token
// does not count: it is useless without the right password.
func (s *service) tokenMember(o *huma.Operation) string {
	if o == nil || o.RequestBody == nil || o.RequestBody.Content["application/json"] == nil {
		return ""
	}
	schemas := s.app.Server.OpenAPI().Components.Schemas
	body := o.RequestBody.Content["application/json"].Schema
	if body.Ref != "" {
		body = schemas.SchemaFromRef(body.Ref)
	}
	for name := range body.Properties {
		if strings.HasSuffix(name, "token") && name != "device_token" {
			return name
		}
	}
	return ""
}

// TestEveryEndpointWithATokenLimitsWrongTokens reads the endpoints from the OpenAPI document,
// so that it covers new ones too.
func TestEveryEndpointWithATokenLimitsWrongTokens(t *testing.T) {
	t.Parallel()
	const perNetwork = 40
	s := start(t, deployments[0], func(c *bootstrap.Config) { c.Attempts.Max = perNetwork / 20 })
	org := s.app.Config.DefaultOrgID
	secrets := map[string]func() domain.Secret{
		"challenge_token": func() domain.Secret { return opaque.New("ch").New(org).Secret },
		"refresh_token": func() domain.Secret {
			return opaque.RefreshTokens{}.New(org, domain.SessionID(uuid.NewString())).Secret
		},
		"token": func() domain.Secret { return opaque.New("pr").New(org).Secret },
	}
	given := map[string]any{"code": "123456", "new_password": "an entirely new phrase", "credential": unknownPasskey(t)}
	limited := 0
	check := func(path string, item *huma.PathItem) {
		member := s.tokenMember(item.Post)
		if member == "" || fmt.Sprint(item.Post.Extensions["x-access"]) == "account" {
			return
		}
		limited++
		require.Contains(t, secrets, member, path)
		guess := func() answer {
			body := map[string]any{member: secrets[member]().Reveal()}
			for _, required := range s.required(item.Post) {
				if required != member {
					body[required] = given[required]
				}
			}
			if strings.HasSuffix(path, "/login/mfa") || strings.HasSuffix(path, "/enroll/confirm") {
				body["code"] = given["code"] // one of several members is required
			}
			return s.call(t, "POST", path, body)
		}
		before := s.auditCount(t)
		for range perNetwork {
			require.Contains(t, []int{401, 429}, guess().status, path)
		}
		written := s.auditCount(t)
		require.LessOrEqual(t, written-before, perNetwork, path)
		for range 3 {
			require.NotEmpty(t, guess().is(429, "rate_limited").header.Get("Retry-After"), path)
		}
		require.Equal(t, written, s.auditCount(t), path)
	}
	const alone = "/api/v1/auth/passkey" // its wrong answers count like wrong passwords, so they limit a sign-in with one, too
	paths := s.app.Server.OpenAPI().Paths
	for path, item := range paths {
		if path != alone {
			check(path, item)
		}
	}
	require.GreaterOrEqual(t, limited, 7)
	s.challenge(t, "mfa_enrollment_required")
	check(alone, paths[alone])
}

// unknownPasskey returns a well-formed answer of a passkey that no account has.
func unknownPasskey(t *testing.T) json.RawMessage {
	t.Helper()
	device := &authenticator.Authenticator{Origin: "http://localhost:8000"}
	_, err := device.Register([]byte(`{"rp":{"id":"localhost"},"user":{"id":"AAAA"},"challenge":"AAAA","pubKeyCredParams":[{"alg":-7}]}`))
	require.NoError(t, err)
	signed, err := device.Sign([]byte(`{"challenge":"AAAA","rpId":"localhost","userVerification":"required"}`))
	require.NoError(t, err)
	return signed
}

func (s *service) required(o *huma.Operation) []string {
	body := o.RequestBody.Content["application/json"].Schema
	if body.Ref != "" {
		body = s.app.Server.OpenAPI().Components.Schemas.SchemaFromRef(body.Ref)
	}
	return body.Required
}
