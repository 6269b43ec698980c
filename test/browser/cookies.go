package browser

import (
	"encoding/json"

	"github.com/stretchr/testify/require"
)

// Cookie is a cookie that a service has set.
type Cookie struct {
	Name, Value, Domain, Path string
	HTTPOnly, Secure, Session bool   // Session: it ends with the browser
	SameSite                  string // Strict, Lax, None or empty
}

// SetCookie sets a cookie of the origin under test.
func (b *Tab) SetCookie(name, value string) {
	b.t.Helper()
	b.call("Network.setCookie", message{"name": name, "value": value, "url": b.origin, "httpOnly": true, "sameSite": "Lax"})
}

// Cookies returns the cookies that the browser sends to the origin under test.
func (b *Tab) Cookies() (cookies []Cookie) {
	b.t.Helper()
	raw, err := json.Marshal(b.call("Network.getCookies", message{"urls": []string{b.origin}})["cookies"])
	require.NoError(b.t, err)
	require.NoError(b.t, json.Unmarshal(raw, &cookies))
	return cookies
}
