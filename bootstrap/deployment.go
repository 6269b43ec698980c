package bootstrap

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"path/filepath"
)

// deployment names this deployment in what it may share with others, such as a Redis.
// Replicas have the same issuer and database; two deployments do not.
func (c Config) deployment() string {
	sum := sha256.Sum256([]byte(c.Issuer + "\n" + c.databaseName()))
	return "sole-" + hex.EncodeToString(sum[:6])
}

// databaseName is where the database is, without who asks for it and how.
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
