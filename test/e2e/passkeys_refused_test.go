package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

// data returns a bend of a member of the client data.
func data(name string, value any) bend {
	return func(a *authenticator.Answer) { a.ClientData[name] = value }
}

// forged lists answers that are well formed and refused in every ceremony.
var forged = map[string]bend{
	"another host":            data("origin", "https://evil.example"),
	"a subdomain":             data("origin", "http://evil.localhost:8000"),
	"another port":            data("origin", "http://localhost:8001"),
	"no port":                 data("origin", "http://localhost"),
	"another scheme":          data("origin", "https://localhost:8000"),
	"an origin with a path":   data("origin", "http://localhost:8000/"),
	"an origin as a prefix":   data("origin", "http://localhost:8000.evil.example"),
	"the origin null":         data("origin", "null"),
	"a frame of another site": data("crossOrigin", true),
	"within another site":     data("topOrigin", "https://evil.example"),
	"framed by its own origin": func(a *authenticator.Answer) {
		data("crossOrigin", true)(a)
		data("topOrigin", a.ClientData["origin"])(a)
	},
	"the type of a payment": data("type", "payment.get"),
	"an invented challenge": data("challenge", base64.RawURLEncoding.EncodeToString(make([]byte, 32))),
	"another RP ID":         func(a *authenticator.Answer) { a.RPID = "evil.example" },
	"a parent domain":       func(a *authenticator.Answer) { a.RPID = "" },
	"no user presence":      func(a *authenticator.Answer) { a.Present = false },
	"BS without BE":         func(a *authenticator.Answer) { a.BackedUp = true },
}

// forgedUses lists more of them for ceremonies that use a passkey.
var forgedUses = map[string]bend{
	"the type of a registration": data("type", "webauthn.create"),
	"a changed BE":               func(a *authenticator.Answer) { a.Eligible = true },
	"a broken signature": func(a *authenticator.Answer) {
		a.ReplaceSignature = func(s []byte) []byte { s[len(s)-1] ^= 1; return s }
	},
	"a signature of zeros": func(a *authenticator.Answer) {
		a.ReplaceSignature = func(s []byte) []byte { return make([]byte, len(s)) }
	},
	"another key":           func(a *authenticator.Answer) { a.Key = newKey(authenticator.ES256) },
	"a key of another kind": func(a *authenticator.Answer) { a.Key = newKey(authenticator.EdDSA) },
	"an unknown credential": func(a *authenticator.Answer) { a.CredentialID = []byte("an unknown credential id") },
	"another user handle":   func(a *authenticator.Answer) { a.UserHandle = make([]byte, len(a.UserHandle)) },
}

// forgedRegistrations lists more of them for registrations.
var forgedRegistrations = map[string]bend{
	"the type of a use": data("type", "webauthn.get"),
	"an unknown algorithm": func(a *authenticator.Answer) {
		a.PublicKey[3] = -65535
	},
	"no algorithm": func(a *authenticator.Answer) { a.PublicKey[3] = 0 },
	"a small RSA key": func(a *authenticator.Answer) {
		key, err := authenticator.NewRSAKey(1024)
		if err != nil {
			panic(err)
		}
		a.Key, a.PublicKey = key, key.COSE()
	},
	"a point off the curve": func(a *authenticator.Answer) { a.PublicKey[-2] = make([]byte, 32) },
}

func newKey(algorithm int64) authenticator.Key {
	key, err := authenticator.NewKey(algorithm)
	if err != nil {
		panic(err)
	}
	return key
}

// rewritten returns a bend of the JSON of the credential.
func rewritten(change func(credential, response map[string]any)) bend {
	return func(a *authenticator.Answer) { a.ReplaceJSON = change }
}

// malformed lists answers that are no credential.
var malformed = map[string]bend{
	"no id":             rewritten(func(c, _ map[string]any) { delete(c, "id") }),
	"two ids":           rewritten(func(c, _ map[string]any) { c["rawId"] = "AAAA" }),
	"an id not base64":  rewritten(func(c, _ map[string]any) { c["id"], c["rawId"] = "a+b/", "a+b/" }),
	"another type":      rewritten(func(c, _ map[string]any) { c["type"] = "password" }),
	"no response":       rewritten(func(c, _ map[string]any) { delete(c, "response") }),
	"no client data":    rewritten(func(_, r map[string]any) { delete(r, "clientDataJSON") }),
	"a number for text": rewritten(func(_, r map[string]any) { r["clientDataJSON"] = 1 }),
	"client data not base64": rewritten(func(_, r map[string]any) {
		r["clientDataJSON"] = "{}"
	}),
	"client data not JSON": func(a *authenticator.Answer) {
		a.ReplaceClientData = func(text []byte) []byte { return text[:len(text)-1] }
	},
	"oversized": rewritten(func(_, r map[string]any) { r["clientDataJSON"] = strings.Repeat("A", 600_000) }),
}

var malformedUses = map[string]bend{
	"no signature":          rewritten(func(_, r map[string]any) { delete(r, "signature") }),
	"no authenticator data": rewritten(func(_, r map[string]any) { delete(r, "authenticatorData") }),
	"truncated data": func(a *authenticator.Answer) {
		a.ReplaceData = func(d []byte) []byte { return d[:len(d)-1] }
	},
	"data with more behind": func(a *authenticator.Answer) {
		a.ReplaceData = func(d []byte) []byte { return append(d, 0xa0) }
	},
}

// replacedObject returns a bend of the attestation object.
func replacedObject(change func([]byte) []byte) bend {
	return func(a *authenticator.Answer) { a.ReplaceObject = change }
}

var malformedRegistrations = map[string]bend{
	"no attestation":         rewritten(func(_, r map[string]any) { delete(r, "attestationObject") }),
	"an empty object":        replacedObject(func([]byte) []byte { return []byte{0xa0} }),
	"no CBOR":                replacedObject(func([]byte) []byte { return []byte("{}") }),
	"truncated CBOR":         replacedObject(func(o []byte) []byte { return o[:len(o)-1] }),
	"CBOR with more behind":  replacedObject(func(o []byte) []byte { return append(o, 0) }),
	"a repeated key":         replacedObject(authenticator.RepeatKey),
	"CBOR that claims a lot": replacedObject(func([]byte) []byte { return []byte{0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff} }),
	"deep CBOR":              replacedObject(func([]byte) []byte { return []byte(strings.Repeat("\x81", 5000)) }),
	"no key": func(a *authenticator.Answer) {
		a.ReplaceData = func(d []byte) []byte { return d[:len(d)-77] }
	},
	"an oversized id": func(a *authenticator.Answer) { a.CredentialID = make([]byte, 1024) },
}

func together(lists ...map[string]bend) map[string]bend {
	all := map[string]bend{}
	for _, list := range lists {
		maps.Copy(all, list)
	}
	return all
}

// TestForgedSecondFactorsAreRefusedAndCounted: each is audited and counted once, and the challenge of the sign-in stays valid. The
// account is locked after as many wrong codes as there are forgeries.
func TestForgedSecondFactorsAreRefusedAndCounted(t *testing.T) {
	t.Parallel()
	forgeries := together(forged, forgedUses)
	onEachWith(t, func(c *bootstrap.Config) { c.Attempts.Max = len(forgeries) }, func(t *testing.T, s *service) {
		who, phone := s.memberWithPasskey(t)
		for name, forge := range forgeries {
			token, refused := s.challenged(t, who, "mfa_required").text("challenge.token"), s.audited(t, domain.EventSignInRefused)
			s.secondPasskey(t, token, phone, forge).is(401, "invalid_code")
			require.Equal(t, refused+1, s.audited(t, domain.EventSignInRefused), name)
			who.holding(s.secondPasskey(t, token, phone).is(200, ""))
		}
		token := s.challenged(t, who, "mfa_required").text("challenge.token")
		for name, fault := range together(malformed, malformedUses) {
			for range 3 {
				a := s.secondPasskey(t, token, phone, fault)
				require.Contains(t, []int{422, 413}, a.status, "%s: %s", name, a.raw)
			}
		}
		for _, forge := range forgeries {
			s.secondPasskey(t, token, phone, forge).is(401, "invalid_code")
		}
		s.secondPasskey(t, token, phone).is(429, "account_locked")
		s.clock.Advance(15 * time.Minute)
		who.holding(s.secondPasskey(t, s.challenged(t, who, "mfa_required").text("challenge.token"), phone).is(200, ""))
	})
}

// TestForgedAnswersAreRefusedInEveryCeremony covers the other ceremonies; a right answer works afterwards.
func TestForgedAnswersAreRefusedInEveryCeremony(t *testing.T) {
	t.Parallel()
	onEachWith(t, func(c *bootstrap.Config) { c.Attempts.Max = 1000 }, func(t *testing.T, s *service) {
		who, phone := s.memberWithPasskey(t)
		token := s.challenge(t, "mfa_enrollment_required")
		unverified := map[string]bend{"no user verification": func(a *authenticator.Answer) { a.Verified = false }}
		for _, c := range []struct {
			name           string
			event          domain.EventName
			code           string
			try            func(b ...bend) answer
			right          int
			forged, faulty map[string]bend
		}{
			{
				"alone", domain.EventSignInRefused, "invalid_credentials",
				func(b ...bend) answer { return s.byPasskey(t, phone, nil, b...) }, 200,
				together(forged, forgedUses, unverified), malformedUses,
			},
			{
				"step-up", domain.EventStepUpRefused, "invalid_code",
				func(b ...bend) answer { return s.tryStepUp(t, who, "mfa.disable", phone, b...) }, 200,
				together(forged, forgedUses), malformedUses,
			},
			{
				"profile", domain.EventMFACodeRefused, "invalid_code",
				func(b ...bend) answer { return s.addPasskey(t, who, s.phone(), b...) }, 201,
				together(forged, forgedRegistrations), malformedRegistrations,
			},
			{
				"enrolment", domain.EventSignInRefused, "invalid_code",
				func(b ...bend) answer { return s.enrolAtSignIn(t, token, s.phone(), b...) }, 200,
				together(forged, forgedRegistrations), malformedRegistrations,
			},
		} {
			for name, forge := range c.forged {
				before := s.audited(t, c.event)
				a := c.try(forge)
				require.Equal(t, []any{401, c.code}, []any{a.status, a.body["code"]}, "%s, %s: %s", c.name, name, a.raw)
				require.Equal(t, before+1, s.audited(t, c.event), "%s, %s", c.name, name)
			}
			before := s.audited(t, c.event)
			for name, fault := range together(malformed, c.faulty) {
				a := c.try(fault)
				require.Contains(t, []int{422, 413}, a.status, "%s, %s: %s", c.name, name, a.raw)
			}
			require.Equal(t, before, s.audited(t, c.event), "%s: what is malformed is not counted", c.name)
			c.try().is(c.right, "")
		}
	})
}

// TestUnknownMembersOfACredentialAreIgnored: later browsers may add some.
func TestUnknownMembersOfACredentialAreIgnored(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	who, phone := s.memberWithPasskey(t)
	more := func(a *authenticator.Answer) {
		a.ClientData["other_keys_can_be_added_here"] = "do not compare clientDataJSON against a template"
		a.ReplaceJSON = func(credential, response map[string]any) {
			credential["x"], response["y"] = map[string]any{"z": 1}, []int{1}
		}
	}
	s.byPasskey(t, phone, nil, more).is(200, "")
	s.addPasskey(t, who, s.phone(), more).is(201, "")
	options := s.post(t, "/auth/passkey/options", nil)
	body := map[string]any{"challenge_token": options.text("challenge_token"), "credential": signed(t, phone, options), "x": 1}
	s.post(t, "/auth/passkey", body).is(422, "invalid")
}

func TestEveryAlgorithmThatIsOfferedWorks(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	who := s.member(t)
	var offered []int64
	for _, parameter := range s.as(t, who, "POST", "/me/passkeys/options", nil).is(200, "").at("public_key.pubKeyCredParams").([]any) {
		offered = append(offered, int64(parameter.(map[string]any)["alg"].(float64)))
	}
	require.Subset(t, []int64{authenticator.ES256, authenticator.EdDSA, authenticator.RS256}, offered)
	for _, algorithm := range offered {
		phone := &authenticator.Authenticator{Origin: s.app.Config.PublicURL, Algorithm: algorithm}
		s.addPasskey(t, who, phone).is(201, "")
		s.byPasskey(t, phone, nil).is(200, "")
	}
	packed := s.phone()
	s.addPasskey(t, who, packed, func(a *authenticator.Answer) { a.AAGUID = [16]byte{1, 2, 3} }).is(201, "")
}

// TestACredentialIsUsedOnce replays answers of each ceremony, to the same and to other challenges.
func TestACredentialIsUsedOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		s = s.restart(t, func(c *bootstrap.Config) { c.Attempts.Max = 100 })
		who, phone := s.memberWithPasskey(t)
		alone := s.post(t, "/auth/passkey/options", nil)
		in := map[string]any{"challenge_token": alone.text("challenge_token"), "credential": signed(t, phone, alone)}
		s.post(t, "/auth/passkey", in).is(200, "")
		require.Equal(t, 401, s.post(t, "/auth/passkey", in).status)
		in["challenge_token"] = s.post(t, "/auth/passkey/options", nil).text("challenge_token")
		s.post(t, "/auth/passkey", in).is(401, "invalid_credentials")

		token := s.challenged(t, who, "mfa_required").text("challenge.token")
		mfa := func(credential any) answer {
			return s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": token, "credential": credential})
		}
		mfa(in["credential"]).is(401, "invalid_code")
		options := s.post(t, "/auth/login/mfa/passkey/options", map[string]any{"challenge_token": token})
		bent := signed(t, phone, options, data("origin", "https://evil.example"))
		mfa(bent).is(401, "invalid_code")
		mfa(signed(t, phone, options)).is(401, "invalid_code") // the wrong answer has used the ceremony up
		right := signed(t, phone, s.post(t, "/auth/login/mfa/passkey/options", map[string]any{"challenge_token": token}))
		mfa(right).is(200, "")
		mfa(right).is(401, "unauthenticated")
		others := s.post(t, "/auth/login/mfa/passkey/options",
			map[string]any{"challenge_token": s.challenged(t, who, "mfa_required").text("challenge.token")})
		token = s.challenged(t, who, "mfa_required").text("challenge.token")
		mfa(right).is(401, "invalid_code")
		mfa(signed(t, phone, others)).is(401, "invalid_code")                                  // of another sign-in
		mfa(signed(t, phone, s.post(t, "/auth/passkey/options", nil))).is(401, "invalid_code") // of another ceremony

		started := s.as(t, who, "POST", "/me/passkeys/options", nil)
		credential := registered(t, s.phone(), started)
		add := func(credential json.RawMessage) answer {
			return s.as(t, who, "POST", "/me/passkeys", map[string]any{"credential": credential})
		}
		add(credential).is(201, "")
		add(credential).is(401, "invalid_code")
		add(registered(t, s.phone(), started)).is(401, "invalid_code")
		spent := s.as(t, who, "POST", "/me/passkeys/options", nil)
		add(registered(t, s.phone(), spent, data("crossOrigin", true))).is(401, "invalid_code")
		add(registered(t, s.phone(), spent)).is(401, "invalid_code")
		require.Len(t, s.passkeys(t, who), 2)

		other := s.passwordAndPasskey(t, who, phone)
		stolen := registered(t, s.phone(), s.as(t, who, "POST", "/me/passkeys/options", nil))
		s.as(t, other, "POST", "/me/passkeys", map[string]any{"credential": stolen}).is(401, "invalid_code")
	})
}

func TestParallelUsesOfAnAssertionSucceedOnce(t *testing.T) {
	t.Parallel()
	onEachWith(t, func(c *bootstrap.Config) { c.Attempts.Max = 100 }, func(t *testing.T, s *service) {
		who, phone := s.memberWithPasskey(t)
		alone := s.post(t, "/auth/passkey/options", nil)
		in := map[string]any{"challenge_token": alone.text("challenge_token"), "credential": signed(t, phone, alone)}
		once := func(name, path string, body map[string]any, headers ...string) {
			answers := parallel(12, func(int) answer { return s.post(t, path, body, headers...) })
			require.Equal(t, 1, count(answers, 200)+count(answers, 201), "%s: %v", name, answers)
			require.Equal(t, 11, count(answers, 401)+count(answers, 503), "%s: %v", name, answers) // 503: too busy to tell
		}
		once("alone", "/auth/passkey", in)
		token := map[string]any{"challenge_token": s.challenged(t, who, "mfa_required").text("challenge.token")}
		token["credential"] = signed(t, phone, s.post(t, "/auth/login/mfa/passkey/options", token))
		once("second", "/auth/login/mfa", token)
		action := map[string]any{"action": "mfa.disable"}
		action["credential"] = signed(t, phone, s.as(t, who, "POST", "/auth/step-up/options", action))
		once("step-up", "/auth/step-up", action, "Authorization", "Bearer "+who.access)
		added := map[string]any{"credential": registered(t, s.phone(), s.as(t, who, "POST", "/me/passkeys/options", nil))}
		once("profile", "/me/passkeys", added, "Authorization", "Bearer "+who.access)
		require.Len(t, s.passkeys(t, who), 2)
	})
}

// TestParallelUsesOfOneCounterSucceedOnce: a copy of a passkey signs with the same counter at the same time.
func TestParallelUsesOfOneCounterSucceedOnce(t *testing.T) {
	t.Parallel()
	onEachWith(t, func(c *bootstrap.Config) { c.Attempts.Max = 100 }, func(t *testing.T, s *service) {
		_, phone := s.memberWithPasskey(t)
		bodies := make([]map[string]any, 10)
		for i := range bodies {
			options := s.post(t, "/auth/passkey/options", nil)
			same := func(a *authenticator.Answer) { a.Counter = 7 }
			bodies[i] = map[string]any{"challenge_token": options.text("challenge_token"), "credential": signed(t, phone, options, same)}
		}
		answers := parallel(len(bodies), func(i int) answer { return s.post(t, "/auth/passkey", bodies[i]) })
		require.Equal(t, 1, count(answers, 200), fmt.Sprint(answers))
		require.Equal(t, 9, count(answers, 401), fmt.Sprint(answers))
		require.Equal(t, 9, s.audited(t, domain.EventPasskeyCounterRefused))
	})
}
