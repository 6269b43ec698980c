package bunstore

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

type serviceAccounts struct{ *orgTx }

type apiKeys struct{ *orgTx }

func (r serviceAccounts) Get(_ context.Context, _ domain.ServiceAccountID) (r0 domain.ServiceAccount, err error) {
	return r0, domain.ErrUnavailable
}

func (r serviceAccounts) Lock(_ context.Context, _ domain.ServiceAccountID) (r0 domain.ServiceAccount, err error) {
	return r0, domain.ErrUnavailable
}

func (r serviceAccounts) Standing(_ context.Context, _ domain.ServiceAccountID) (r0 domain.Principal, err error) {
	return r0, domain.ErrUnavailable
}

func (r serviceAccounts) Insert(_ context.Context, _ domain.ServiceAccount) (err error) {
	return domain.ErrUnavailable
}

func (r serviceAccounts) Update(_ context.Context, _ domain.ServiceAccount) (err error) {
	return domain.ErrUnavailable
}

func (r serviceAccounts) Remove(_ context.Context, _ domain.ServiceAccountID) (err error) {
	return domain.ErrUnavailable
}

func (r serviceAccounts) List(_ context.Context, _ domain.ServiceAccountID, _ int) (r0 []domain.ServiceAccount, err error) {
	return r0, domain.ErrUnavailable
}

func (r serviceAccounts) Count(_ context.Context) (r0 int, err error) {
	return r0, domain.ErrUnavailable
}

func (r apiKeys) Insert(_ context.Context, _ domain.APIKey) (err error) {
	return domain.ErrUnavailable
}

func (r apiKeys) Of(_ context.Context, _ domain.ServiceAccountID) (r0 []domain.APIKey, err error) {
	return r0, domain.ErrUnavailable
}

func (r apiKeys) Get(_ context.Context, _ domain.ServiceAccountID, _ domain.APIKeyID) (r0 domain.APIKey, err error) {
	return r0, domain.ErrUnavailable
}

func (r apiKeys) Remove(_ context.Context, _ domain.APIKeyID) (err error) {
	return domain.ErrUnavailable
}

func (r apiKeys) Touch(_ context.Context, _ domain.APIKeyID, _ time.Time) (err error) {
	return domain.ErrUnavailable
}

func (r apiKeys) RevokeToken(_ context.Context, _ string, _ time.Time) (err error) {
	return domain.ErrUnavailable
}
