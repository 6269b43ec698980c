package serviceaccounts

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// CreateKeyNeeds is what CreateKey requires of its caller.
var CreateKeyNeeds = proof.Needs{Permission: domain.PermServiceAccountManage, Action: domain.ActionAPIKeyCreate}

// CreateKey makes an API key of a service account.
type CreateKey struct {
	Accounts
	Keys port.APIKeyTokens
}

// CreateKeyInput describes the key. Days is when it expires; 0 stands for domain.DefaultKeyDays. Networks are CIDR or single
// addresses; without any the key can be used from everywhere.
type CreateKeyInput struct {
	Name     string
	Days     int
	Networks []string
}

// CreateKeyResult is the new key with its secret. Only the hash is stored, so it cannot be shown again.
type CreateKeyResult struct {
	Key    domain.APIKey
	Secret domain.Secret
}

// Execute returns ErrOutranked for an account with roles that grant what the caller lacks, because its key grants them to
// whoever has it, and ErrTooManyKeys when the account has domain.MaxKeys already, expired ones included. A suspended account
// can get keys: they can be used once it is active.
func (uc CreateKey) Execute(
	ctx context.Context, caller domain.Caller, id domain.ServiceAccountID, in CreateKeyInput,
) (result CreateKeyResult, err error) {
	err = uc.change(ctx, caller, CreateKeyNeeds, id, func(tx proof.Unit, account domain.ServiceAccount) (err error) {
		result, err = uc.insert(ctx, tx, account, in, "")
		return err
	})
	if err != nil {
		return CreateKeyResult{}, err
	}
	return result, nil
}

// insert makes the key in a unit of a caller who may make keys of the account. by is how it was requested, as in insert of an
// account.
func (uc CreateKey) insert(
	ctx context.Context, tx proof.Unit, account domain.ServiceAccount, in CreateKeyInput, by string,
) (result CreateKeyResult, err error) {
	existing, err := tx.APIKeys().Of(ctx, account.ID)
	if err != nil {
		return result, err
	}
	if len(existing) >= domain.MaxKeys {
		return result, domain.ErrTooManyKeys
	}
	token := uc.Keys.New(tx.Caller.Org.ID)
	key, err := domain.NewAPIKey(domain.APIKeyID(uc.NewID()), account.ID, domain.APIKeyDraft{
		Name: in.Name, Days: in.Days, Networks: in.Networks, Hash: token.Hash, CreatedBy: tx.Caller.User.ID,
	}, tx.Now)
	if err != nil {
		return result, err
	}
	if err := tx.APIKeys().Insert(ctx, key); err != nil {
		return result, err
	}
	result = CreateKeyResult{Key: key, Secret: token.Secret}
	return result, tx.Record(ctx, domain.EventAPIKeyCreated, domain.OnAPIKey(key.ID), requested(key.Details(account), by))
}

// RevokeKeyNeeds is what RevokeKey requires of its caller.
var RevokeKeyNeeds = proof.Needs{Permission: domain.PermServiceAccountManage}

// RevokeKey removes an API key of a service account. The tokens that were issued for it end with it.
type RevokeKey struct{ Accounts }

// Execute returns ErrNotFound for a key that the account does not have, and ErrOutranked for an account with roles that grant
// what the caller lacks. A service account can revoke its own key, also the one of the request.
func (uc RevokeKey) Execute(ctx context.Context, caller domain.Caller, id domain.ServiceAccountID, key domain.APIKeyID) error {
	return uc.change(ctx, caller, RevokeKeyNeeds, id, func(tx proof.Unit, account domain.ServiceAccount) error {
		revoked, err := tx.APIKeys().Get(ctx, id, key)
		if err != nil {
			return err
		}
		if err := tx.APIKeys().Remove(ctx, key); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventAPIKeyRevoked, domain.OnAPIKey(key), revoked.Details(account))
	})
}
