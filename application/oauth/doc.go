// Package oauth lets programs get tokens and lets services ask about tokens, by the protocols of OAuth 2.0: client
// credentials (RFC 6749 §4.4), introspection (RFC 7662) and revocation (RFC 7009). The client is always a service account,
// which authenticates with one of its API keys.
package oauth
