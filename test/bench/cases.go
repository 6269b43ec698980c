package main

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// scenario is a kind of request that is measured.
type scenario struct {
	name  string
	about string // what is measured, and what its floor does
	role  string // of the floor; empty for a case that is compared with another one
	base  string // the case that it is compared with, without a floor
	act   func(s client) act
	limit int // acts in a round, because each uses up a one-time code; 0: no limit
}

// client is one of the connections to a side, with what it needs to choose its accounts.
type client struct {
	world *world
	floor bool // whether the server is a floor, which stores nothing
	i, of int  // the number of the connection, and of all connections
}

// The cases that others are compared with, and a case that is.
const (
	meCase       = "me"
	passwordCase = "sign-in"
	passkeyCase  = "sign-in-passkey"
	membersCase  = "page"
	eventsCase   = "events"
)

// scenarios are the cases in the order in which they are measured.
var scenarios = []scenario{
	{name: meCase, role: floorRole, act: getMe, about: "GET /me; floor: one RS256 verification and one select by primary key"},
	{name: passwordCase, role: floorRole, act: signIn, about: "sign-in with a password; floor: one Argon2id"},
	{
		name: "sign-in-code", role: floorRole, act: signInWithCode, limit: 300,
		about: "sign-in with a password and a one-time code; floor: one Argon2id, one code and one RS256 signature",
	},
	{name: "me-key", base: meCase, act: getMeWithKey, about: "GET /me with an API key; compared with an access token"},
	{name: "introspect", base: meCase, act: introspect, about: "introspection of an access token; compared with GET /me"},
	{
		name: passkeyCase, base: passwordCase, act: signInWithPasskey,
		about: "sign-in with a passkey (ES256) alone; compared with a sign-in with a password",
	},
	{name: "refresh", role: floorRole, act: refresh, about: "refresh of an access token; floor: one RS256 signature"},
	{
		name: "step-up", role: floorRole, act: stepUp, limit: 300,
		about: "step-up with a one-time code; floor: one RS256 verification, one select by primary key and one code",
	},
	{
		name: membersCase, role: floorRole, act: get("/api/v1/members", admin),
		about: "page of 50 members; floor: one RS256 verification and one select",
	},
	{
		name: "search", role: floorRole, act: get("/api/v1/members?q=member9+exam", admin),
		about: "search for members by two words; floor: one RS256 verification and one select",
	},
	{name: "write", role: unauditedRole, act: rename, about: "change of the own name (PATCH /me); floor: the service without the audit event"},
	{name: "jwks", role: floorRole, act: get("/.well-known/jwks.json", nobody), about: "the public keys; floor: the same bytes"},
	{
		name: "health", role: floorRole, act: get(readyPath, nobody),
		about: "readiness, which asks the database and the cache; floor: the same bytes",
	},
	{
		name: eventsCase, role: unauditedRole, act: get("/api/v1/audit-events", admin),
		about: "page of 50 audit events; floor: the service without the audit event",
	},
	{name: "html-sign-in", base: meCase, act: browse("/sign-in", false), about: "page of the sign-in; compared with GET /me"},
	{name: "html-account", base: meCase, act: browse("/account", true), about: "page of the own account; compared with GET /me"},
	{name: "html-members", base: membersCase, act: browse("/console/members", true), about: "page of 50 members; compared with their list"},
	{name: "html-events", base: eventsCase, act: browse("/console/audit", true), about: "page of 50 events; compared with their list"},
}

// admin and nobody return the access token of a request.
func admin(w *world) string { return w.admin.access }

func nobody(*world) string { return "" }

// get returns the act of a request that is always the same.
func get(path string, bearer func(*world) string) func(client) act {
	return func(s client) act {
		request := call{method: "GET", path: path, bearer: bearer(s.world)}
		return func(c *connection) error { return c.send(request, nil) }
	}
}

// browse returns the act of a request for a page, with the cookie of the administrator's session or without one.
func browse(path string, signedIn bool) func(client) act {
	return func(s client) act {
		request := call{method: "GET", path: path}
		if signedIn {
			request.cookie = "sole_session=" + s.world.admin.access + "~" + s.world.admin.refresh
		}
		return func(c *connection) error { return c.send(request, nil) }
	}
}

// turns returns a function that returns the accounts of a client in turn, for ever. Clients share no account if there are enough. No other
// connection uses them, unless there are fewer accounts than connections.
func turns[A any](s client, all []A) func() A {
	next := s.i % len(all)
	return func() A {
		chosen := all[next]
		if next += s.of; next >= len(all) {
			next = s.i % len(all)
		}
		return chosen
	}
}

func getMe(s client) act {
	next := turns(s, s.world.members)
	return func(c *connection) error {
		return c.send(call{method: "GET", path: "/api/v1/me", bearer: next().access}, nil)
	}
}

// signInAnswer is the part of the answer to a sign-in that the clients read.
type signInAnswer struct {
	Status    string
	Challenge struct{ Token string }
}

// logIn sends a password. It returns an error if the status of the sign-in is not want.
func logIn(c *connection, a *account, want string) (answer signInAnswer, err error) {
	body := fmt.Sprintf(`{"email":%q,"password":%q}`, a.email, memberPassword)
	err = c.send(call{method: "POST", path: "/api/v1/auth/login", body: body}, &answer)
	if err == nil && answer.Status != want {
		err = fmt.Errorf("the sign-in is %q, not %q", answer.Status, want)
	}
	return answer, err
}

func signIn(s client) act {
	next := turns(s, s.world.members)
	return func(c *connection) error {
		_, err := logIn(c, next(), "authenticated")
		return err
	}
}

func signInWithCode(s client) act {
	next := s.codes()
	return func(c *connection) error {
		account, code, err := next()
		if err != nil {
			return err
		}
		answer, err := logIn(c, account, "mfa_required")
		if err != nil {
			return err
		}
		body := fmt.Sprintf(`{"challenge_token":%q,"code":%q}`, answer.Challenge.Token, code)
		err = c.send(call{method: "POST", path: "/api/v1/auth/login/mfa", body: body}, &answer)
		if err == nil && answer.Status != "authenticated" {
			err = fmt.Errorf("the sign-in with a code is %q", answer.Status)
		}
		return err
	}
}

func stepUp(s client) act {
	next := s.codes()
	return func(c *connection) error {
		account, code, err := next()
		if err != nil {
			return err
		}
		body := fmt.Sprintf(`{"action":"account.update","code":%q}`, code)
		return c.send(call{method: "POST", path: "/api/v1/auth/step-up", bearer: account.access, body: body}, nil)
	}
}

// refresh uses many sessions, because a session keeps the tokens that were rotated within the grace, and few are in real use.
func refresh(s client) act {
	next := turns(s, s.world.members)
	return func(c *connection) error {
		member := next()
		var answer struct {
			Refresh string `json:"refresh_token"`
		}
		body := fmt.Sprintf(`{"refresh_token":%q}`, member.refresh)
		err := c.send(call{method: "POST", path: "/api/v1/auth/refresh", body: body}, &answer)
		if err == nil {
			member.refresh = answer.Refresh
		}
		return err
	}
}

// renamed numbers the new names, because the service writes nothing if the name is the same.
var renamed atomic.Int64

// rename changes the name of an account, which writes an audit event.
func rename(s client) act {
	next := turns(s, s.world.members)
	return func(c *connection) error {
		body := fmt.Sprintf(`{"full_name":"Member %d"}`, renamed.Add(1))
		return c.send(call{method: "PATCH", path: "/api/v1/me", bearer: next().access, body: body}, nil)
	}
}

// limited returns the act, which ends the round after some repetitions, and a function that starts the next round.
func limited(do act, limit int) (limited act, reset func()) {
	done := 0
	return func(c *connection) error {
		if done >= limit {
			return errCodesUsed
		}
		done++
		return do(c)
	}, func() { done = 0 }
}

func scenarioNamed(name string) (scenario, error) {
	for _, s := range scenarios {
		if s.name == name {
			return s, nil
		}
	}
	return scenario{}, errors.New("no case has the name " + name + ": --help lists them")
}
