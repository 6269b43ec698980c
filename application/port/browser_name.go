package port

// BrowserName returns the name of the browser with a User-Agent header, such as "Firefox on Linux". Every word of the name
// must come from a fixed list, because a client can send any header.
type BrowserName func(userAgent string) string
