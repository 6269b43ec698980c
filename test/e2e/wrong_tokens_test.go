package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

// tokenMember names the field of the operation's body that is a secret token, or "". A device
// token is not one: it is useless without the right password.
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

// TestEveryEndpointThatTakesATokenLimitsWrongOnes reads the endpoints from the OpenAPI document,
// so that it covers new ones too.
func TestEveryEndpointThatTakesATokenLimitsWrongOnes(t *testing.T) {
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
	limited := 0
	for path, item := range s.app.Server.OpenAPI().Paths {
		member := s.tokenMember(item.Post)
		if member == "" || fmt.Sprint(item.Post.Extensions["x-access"]) == "account" {
			continue
		}
		limited++
		require.Contains(t, secrets, member, path)
		guess := func() answer {
			body := map[string]any{member: secrets[member]().Reveal()}
			for _, required := range s.required(item.Post) {
				if required != member {
					body[required] = map[string]string{"code": "123456", "new_password": "an entirely new phrase"}[required]
				}
			}
			if strings.HasSuffix(path, "/login/mfa") {
				body["code"] = "123456"
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
	require.GreaterOrEqual(t, limited, 6)
	s.challenge(t, "mfa_enrollment_required")
}

func (s *service) required(o *huma.Operation) []string {
	body := o.RequestBody.Content["application/json"].Schema
	if body.Ref != "" {
		body = s.app.Server.OpenAPI().Components.Schemas.SchemaFromRef(body.Ref)
	}
	return body.Required
}
