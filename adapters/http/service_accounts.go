package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/serviceaccounts"
	"github.com/sole-platform/sole/domain"
)

// serviceAccountsAPI manages the service accounts of the org and their API keys.
type serviceAccountsAPI struct {
	uc    serviceaccounts.UseCases
	lists Cursors
}

func (a serviceAccountsAPI) mount(s *Server) {
	t := table{server: s, tag: "Service accounts"}
	secured(t, "GET /service-accounts", serviceaccounts.ListNeeds, route{id: "list-service-accounts"}, a.list)
	secured(t, "POST /service-accounts", serviceaccounts.CreateNeeds, route{
		id: "create-service-account", status: 201, fails: []int{409},
	}, a.create)
	secured(t, "GET /service-accounts/{id}", serviceaccounts.GetNeeds, route{
		id: "get-service-account",
	}, foundByID[ServiceAccountPath](a.uc.Get.Execute, showWholeServiceAccount))
	secured(t, "PATCH /service-accounts/{id}", serviceaccounts.UpdateNeeds, route{
		id: "update-service-account", fails: []int{409},
	}, byID(a.update))
	secured(t, "DELETE /service-accounts/{id}", serviceaccounts.RemoveNeeds, route{
		id: "remove-service-account",
	}, byID(a.remove))
	secured(t, "POST /service-accounts/{id}/suspend", serviceaccounts.SuspendNeeds, route{
		id: "suspend-service-account",
	}, doneByID[ServiceAccountPath](a.uc.Suspend.Execute))
	secured(t, "POST /service-accounts/{id}/activate", serviceaccounts.ActivateNeeds, route{
		id: "activate-service-account",
	}, doneByID[ServiceAccountPath](a.uc.Activate.Execute))
	secured(t, "GET /service-accounts/{id}/keys", serviceaccounts.ListKeysNeeds, route{id: "list-api-keys"}, byID(a.listKeys))
	secured(t, "POST /service-accounts/{id}/keys", serviceaccounts.CreateKeyNeeds, route{
		id: "create-api-key", status: 201, fails: []int{409},
	}, byID(a.createKey))
	secured(t, "DELETE /service-accounts/{id}/keys/{key_id}", serviceaccounts.RevokeKeyNeeds, route{id: "revoke-api-key"}, byID(a.revokeKey))
}

type serviceAccount struct {
	ID          domain.ServiceAccountID `json:"id" doc:"It is the client_id of the account's access tokens."`
	Name        string                  `json:"name"`
	Description string                  `json:"description"`
	Status      domain.Status           `json:"status" enum:"active,suspended"`
	Roles       []roleSummary           `json:"roles"`
	GrantedBy   *domain.UserID          `json:"granted_by" doc:"The account that chose the roles, and bounds them; null: removed."`
	CreatedAt   time.Time               `json:"created_at"`
	UpdatedAt   time.Time               `json:"updated_at"`
}

type serviceAccountResponse struct {
	ETag string `header:"ETag"`
	Body serviceAccount
}

func showServiceAccount(a domain.ServiceAccount) serviceAccount {
	return serviceAccount{
		ID: a.ID, Name: a.Name, Description: a.Description, Status: a.Status, Roles: summarize(a.Roles), GrantedBy: known(a.GrantedBy),
		CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt,
	}
}

func showWholeServiceAccount(a domain.ServiceAccount) *serviceAccountResponse {
	return &serviceAccountResponse{ETag: etag(a.Version), Body: showServiceAccount(a)}
}

// ServiceAccountPath names a service account.
type ServiceAccountPath struct {
	ID string `path:"id" maxLength:"64" doc:"The service account's id."`
}

func (p ServiceAccountPath) id() (domain.ServiceAccountID, error) {
	return domain.ParseID[domain.ServiceAccountID](p.ID)
}

type serviceAccountsResponse struct{ Body page[serviceAccount] }

func (a serviceAccountsAPI) list(ctx context.Context, caller domain.Caller, in *Paging) (*serviceAccountsResponse, error) {
	accounts := a.lists.list("list-service-accounts", caller.Org.ID, nil)
	type place = domain.ServiceAccountID
	shown, err := pageOf(accounts, in.Cursor, showServiceAccount, func(after place) ([]domain.ServiceAccount, *place, error) {
		found, more, err := a.uc.List.Execute(ctx, caller, serviceaccounts.ListInput{After: after, Limit: in.Limit})
		return found, nextPlace(found, more, func(account domain.ServiceAccount) place { return account.ID }), err
	})
	return &serviceAccountsResponse{Body: shown}, err
}

type createServiceAccountRequest struct {
	Body struct {
		Name        string   `json:"name" minLength:"1" maxLength:"100" example:"Nightly export"`
		Description string   `json:"description,omitempty" maxLength:"500"`
		Roles       []string `json:"roles,omitempty" maxItems:"50" doc:"Ids, or names of system roles other than owner."`
	}
}

func (a serviceAccountsAPI) create(
	ctx context.Context, caller domain.Caller, in *createServiceAccountRequest,
) (*serviceAccountResponse, error) {
	made, err := a.uc.Create.Execute(ctx, caller, serviceaccounts.CreateInput(in.Body))
	return showWholeServiceAccount(made), err
}

type updateServiceAccountRequest struct {
	Conditional
	ServiceAccountPath
	Body struct {
		Name        *string   `json:"name,omitempty" minLength:"1" maxLength:"100"`
		Description *string   `json:"description,omitempty" maxLength:"500"`
		Roles       *[]string `json:"roles,omitempty" maxItems:"50" doc:"All roles of the account. Your permissions bound them from now on."`
	}
}

func (a serviceAccountsAPI) update(
	ctx context.Context, caller domain.Caller, id domain.ServiceAccountID, in *updateServiceAccountRequest,
) (*serviceAccountResponse, error) {
	input := serviceaccounts.UpdateInput{
		Name: in.Body.Name, Description: in.Body.Description, Roles: in.Body.Roles, IfMatch: in.versions(),
	}
	changed, err := a.uc.Update.Execute(ctx, caller, id, input)
	return showWholeServiceAccount(changed), err
}

type removeServiceAccountRequest struct {
	Conditional
	ServiceAccountPath
}

func (a serviceAccountsAPI) remove(
	ctx context.Context, caller domain.Caller, id domain.ServiceAccountID, in *removeServiceAccountRequest,
) (*nothing, error) {
	return nil, a.uc.Remove.Execute(ctx, caller, id, in.versions())
}

// APIKey is a key of a service account, without its secret.
type APIKey struct {
	ID         domain.APIKeyID `json:"id"`
	Name       string          `json:"name"`
	Networks   []string        `json:"allowed_networks" doc:"From which the key can be used (CIDR); empty: from everywhere."`
	CreatedBy  domain.UserID   `json:"created_by" doc:"The account that made the key; it may be a service account."`
	CreatedAt  time.Time       `json:"created_at"`
	ExpiresAt  time.Time       `json:"expires_at"`
	LastUsedAt *time.Time      `json:"last_used_at" doc:"At most ten minutes behind; null before the first use."`
}

func showAPIKey(k domain.APIKey) APIKey {
	networks := make([]string, len(k.Networks))
	for i, network := range k.Networks {
		networks[i] = network.String()
	}
	return APIKey{
		ID: k.ID, Name: k.Name, Networks: networks, CreatedBy: k.CreatedBy, CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt,
		LastUsedAt: maybe(k.LastUsedAt),
	}
}

type apiKeysResponse struct{ Body page[APIKey] }

func (a serviceAccountsAPI) listKeys(
	ctx context.Context, caller domain.Caller, id domain.ServiceAccountID, _ *ServiceAccountPath,
) (*apiKeysResponse, error) {
	found, err := a.uc.ListKeys.Execute(ctx, caller, id)
	return &apiKeysResponse{Body: wholeList(found, showAPIKey)}, err
}

type createAPIKeyRequest struct {
	ServiceAccountPath
	Body struct {
		Name     string   `json:"name" minLength:"1" maxLength:"100" example:"Export server"`
		Days     int      `json:"expires_in_days,omitempty" minimum:"1" maximum:"366" default:"90"`
		Networks []string `json:"allowed_networks,omitempty" maxItems:"100" doc:"CIDR, or single addresses; at most 20."`
	}
}

type createdAPIKey struct {
	APIKey
	Key string `json:"key" doc:"The secret: send it as bearer token. It is shown only once."`
}

type createdAPIKeyResponse struct{ Body createdAPIKey }

func (a serviceAccountsAPI) createKey(
	ctx context.Context, caller domain.Caller, id domain.ServiceAccountID, in *createAPIKeyRequest,
) (*createdAPIKeyResponse, error) {
	made, err := a.uc.CreateKey.Execute(ctx, caller, id, serviceaccounts.CreateKeyInput(in.Body))
	return &createdAPIKeyResponse{Body: createdAPIKey{APIKey: showAPIKey(made.Key), Key: made.Secret.Reveal()}}, err
}

type revokeAPIKeyRequest struct {
	ServiceAccountPath
	KeyID string `path:"key_id" maxLength:"64" doc:"The key's id."`
}

func (a serviceAccountsAPI) revokeKey(
	ctx context.Context, caller domain.Caller, id domain.ServiceAccountID, in *revokeAPIKeyRequest,
) (*nothing, error) {
	key, err := domain.ParseID[domain.APIKeyID](in.KeyID)
	if err != nil {
		return nil, err
	}
	return nil, a.uc.RevokeKey.Execute(ctx, caller, id, key)
}
