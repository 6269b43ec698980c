package bootstrap

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"path/filepath"
)

// deployment returns a name for this deployment that separates it from others on a shared server,
// such as a Redis. Replicas have the same issuer and database; two deployments do not.
func (c Config) deployment() string {
	sum := sha256.Sum256([]byte(c.Issuer + "\n" + c.databaseName()))
	return "sole-" + hex.EncodeToString(sum[:6])
}

// databaseName returns the file, or the hosts and the name, of the database, without login and parameters.
func (c Config) databaseName() string {
	if path, embedded := sqlitePath(c.DatabaseURL); embedded {
		if absolute, err := filepath.Abs(path); err == nil {
			path = absolute
		}
		return path
	}
	at, err := url.Parse(c.DatabaseURL)
	if err != nil {
		return ""
	}
	return at.Host + at.Query().Get("host") + at.Path
}
