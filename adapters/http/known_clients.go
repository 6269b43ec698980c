package http

import (
	"crypto/sha256"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"
	lru "github.com/hashicorp/golang-lru/v2"
)

// A service that asks about the token of each of its requests needs more introspections than the limit of a network allows, so
// those of clients that were authenticated within knownFor do not count. All others count, as other requests do, also the
// first of each client.
const (
	knownClients = 4096
	knownFor     = 10 * time.Minute
)

// clientCache holds the hashes of credentials that were right, with the time.
type clientCache struct {
	seen  *lru.Cache[[sha256.Size]byte, time.Time]
	clock func() time.Time
}

func newClientCache(clock func() time.Time) clientCache {
	cache, err := lru.New[[sha256.Size]byte, time.Time](knownClients)
	if err != nil {
		panic(err) // the size is positive
	}
	return clientCache{seen: cache, clock: clock}
}

// knows reports whether the credentials were right a short while ago.
func (c clientCache) knows(credentials [sha256.Size]byte) bool {
	at, found := c.seen.Get(credentials)
	return found && c.clock().Sub(at) < knownFor
}

// credentialsSum returns a hash of the credentials of a request to an endpoint of OAuth 2.0, wherever they are.
func credentialsSum(c *fiber.Ctx) [sha256.Size]byte {
	if authorization := c.Request().Header.Peek("Authorization"); len(authorization) > 0 {
		return sha256.Sum256(authorization)
	}
	body := requestOf(c.UserContext()).body
	sent, err := url.ParseQuery(string(body))
	if err != nil {
		return [sha256.Size]byte{}
	}
	return sha256.Sum256([]byte(sent.Get("client_id") + "\n" + sent.Get("client_secret")))
}

// limitIntrospections counts the request against the limit of the network unless its client is known. It remembers a client that
// was authenticated, and forgets one that was not.
func (s *Server) limitIntrospections(c *fiber.Ctx) error {
	credentials := credentialsSum(c)
	if !s.clients.knows(credentials) {
		if err := s.takeRequest(c); err != nil {
			return err
		}
	}
	if err := c.Next(); err != nil {
		return err
	}
	switch c.Response().StatusCode() {
	case fiber.StatusOK:
		s.clients.seen.Add(credentials, s.Clock())
	case fiber.StatusUnauthorized:
		s.clients.seen.Remove(credentials)
	}
	return nil
}
