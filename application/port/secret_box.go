package port

import "github.com/sole-platform/sole/domain"

// SecretBox encrypts secrets that are stored. A sealed secret is bound to its place: at any other place it must not open.
type SecretBox interface {
	Seal(secret domain.Secret, place Place) (domain.SealedSecret, error)
	// Open must return domain.ErrSecretUnreadable if no known key opens the secret at this place.
	Open(sealed domain.SealedSecret, place Place) (domain.Secret, error)
}

// KeyRing is a SecretBox with several keys, so that a key can be replaced while secrets that it sealed are still stored.
type KeyRing interface {
	// Seal must use the first key, and Open any. A sealed secret names its key (SealedSecret.KeyID).
	SecretBox
	// KeyIDs returns the ids of the keys, at least one, in the order in which they were configured.
	KeyIDs() []string
}

// Place identifies what a sealed secret belongs to. Org and User are empty for a secret of the deployment.
type Place struct {
	Purpose string
	Org     domain.OrgID
	User    domain.UserID
}

// FactorPlace returns the Place of the secret of an account's authenticator.
func FactorPlace(kind domain.FactorKind, org domain.OrgID, user domain.UserID) Place {
	return Place{Purpose: string(kind), Org: org, User: user}
}

// SigningKeyPlace returns the Place of the private half of a signing key.
func SigningKeyPlace(id domain.KeyID) Place { return Place{Purpose: "signing-key:" + string(id)} }

// WebhookPlace returns the Place of the secrets of a webhook.
func WebhookPlace(org domain.OrgID, id domain.WebhookID) Place {
	return Place{Purpose: "webhook:" + string(id), Org: org}
}
