package http

import (
	"context"
	"encoding/json"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// meAPI shows and changes the account of the caller.
type meAPI struct{ uc account.UseCases }

func (a meAPI) mount(s *Server) {
	t := table{server: s, tag: "Me"}
	secured(t, "GET /me", proof.OwnIdentity, route{id: "me"}, a.get)
	secured(t, "PATCH /me", account.UpdateProfileNeeds, route{id: "update-me", fails: []int{409}}, a.update)
}

type meResponse struct {
	ETag string `header:"ETag"`
	Body me
}

// me is the account of a person who has signed in.
type me struct {
	Type         string              `json:"type" enum:"person"`
	ID           domain.UserID       `json:"id"`
	Email        domain.Email        `json:"email"`
	FullName     string              `json:"full_name"`
	Status       domain.Status       `json:"status"`
	Org          orgSummary          `json:"org"`
	Roles        []roleSummary       `json:"roles"`
	Permissions  []domain.Permission `json:"permissions" doc:"The current permissions of the account."`
	MFA          mfaState            `json:"mfa"`
	Session      currentSession      `json:"session"`
	LastSignInAt *time.Time          `json:"last_sign_in_at"`
	CreatedAt    time.Time           `json:"created_at"`
}

// programMe is the account of a program.
type programMe struct {
	Type        string                  `json:"type" enum:"service_account"`
	ID          domain.ServiceAccountID `json:"id"`
	Name        string                  `json:"name"`
	Status      domain.Status           `json:"status"`
	Org         orgSummary              `json:"org"`
	Roles       []roleSummary           `json:"roles"`
	Permissions []domain.Permission     `json:"permissions" doc:"The current permissions, within the scope of the token."`
	Key         programKey              `json:"key"`
	CreatedAt   time.Time               `json:"created_at"`
}

type programKey struct {
	ID        domain.APIKeyID `json:"id"`
	ExpiresAt time.Time       `json:"expires_at"`
}

// whoami is a me or a programMe.
type whoami struct{ account any }

// MarshalJSON implements json.Marshaler.
func (w whoami) MarshalJSON() ([]byte, error) { return json.Marshal(w.account) }

// Schema implements huma.SchemaProvider.
func (whoami) Schema(r huma.Registry) *huma.Schema {
	const name = "Identity"
	if r.Map()[name] == nil {
		person, program := r.Schema(reflect.TypeFor[me](), true, ""), r.Schema(reflect.TypeFor[programMe](), true, "")
		r.Map()[name] = &huma.Schema{
			Description: "A person or a service account.",
			OneOf:       []*huma.Schema{person, program},
			Discriminator: &huma.Discriminator{
				PropertyName: "type", Mapping: map[string]string{typePerson: person.Ref, string(domain.ActorServiceAccount): program.Ref},
			},
		}
	}
	return &huma.Schema{Ref: schemaPrefix + name}
}

// whoamiResponse names the caller in headers, too: a proxy that asks about a request reads no body.
type whoamiResponse struct {
	ETag        string        `header:"ETag"`
	AccountID   domain.UserID `header:"X-Account-Id" doc:"The id of the person or service account."`
	AccountType string        `header:"X-Account-Type" enum:"person,service_account" doc:"What the account is."`
	OrgID       domain.OrgID  `header:"X-Org-Id" doc:"The id of the org of the account."`
	Body        whoami
}

// showProgram shows the service account of the caller.
func showProgram(caller domain.Caller) whoami {
	return whoami{programMe{
		Type: string(domain.ActorServiceAccount), ID: domain.ServiceAccountID(caller.User.ID), Name: caller.User.FullName,
		Status: caller.User.Status, Org: summarizeOrg(caller.Org), Roles: summarize(caller.Roles), Permissions: listed(caller.Permissions()),
		Key: programKey{ID: caller.Key.ID, ExpiresAt: caller.Key.ExpiresAt}, CreatedAt: caller.User.CreatedAt,
	}}
}

type mfaState struct {
	Enabled    bool       `json:"enabled"`
	EnrolledAt *time.Time `json:"enrolled_at"`
	Methods    []string   `json:"methods,omitzero" enum:"totp,passkey" doc:"The kinds of factors that your own account has."`
}

func showMFA(factors domain.Factors) mfaState {
	return mfaState{Enabled: factors.Enrolled(), EnrolledAt: maybe(factors.EnrolledAt()), Methods: kindsOf(factors)}
}

// kindsOf returns the kinds of an account's factors, in the order of the methods of a challenge.
func kindsOf(factors domain.Factors) []string {
	kinds := []string{}
	for _, kind := range []domain.FactorKind{domain.FactorTOTP, domain.FactorPasskey} {
		if factors.Has(kind) {
			kinds = append(kinds, string(kind))
		}
	}
	return kinds
}

type currentSession struct {
	ID       domain.SessionID `json:"id"`
	AMR      []domain.AMR     `json:"amr" enum:"pwd,otp,pop,rc,dev" doc:"How it signed in. pop: passkey, rc: recovery code, dev: device."`
	ACR      domain.ACR       `json:"acr" enum:"aal1,aal2"`
	AuthTime time.Time        `json:"auth_time"`
}

// typePerson is the type of accounts that are not service accounts.
const typePerson = "person"

func showMe(caller domain.Caller) *meResponse {
	return &meResponse{ETag: etag(caller.User.Version), Body: me{
		Type: typePerson, ID: caller.User.ID, Email: caller.User.Email, FullName: caller.User.FullName, Status: caller.User.Status,
		Org: summarizeOrg(caller.Org), Roles: summarize(caller.Roles), Permissions: listed(caller.Permissions()),
		MFA: showMFA(caller.Factors),
		Session: currentSession{
			ID: caller.Session.ID, AMR: listed(caller.Session.AMR), ACR: caller.Session.ACR(), AuthTime: caller.Session.AuthTime,
		},
		LastSignInAt: maybe(caller.User.LastSignInAt), CreatedAt: caller.User.CreatedAt,
	}}
}

// get needs no use case, because authentication has loaded everything that it shows.
func (a meAPI) get(_ context.Context, caller domain.Caller, _ *nothing) (*whoamiResponse, error) {
	response := &whoamiResponse{
		ETag: etag(caller.User.Version), AccountID: caller.User.ID, AccountType: typePerson, OrgID: caller.Org.ID,
	}
	if caller.Service() {
		response.AccountType, response.Body = string(domain.ActorServiceAccount), showProgram(caller)
	} else {
		response.Body = whoami{showMe(caller).Body}
	}
	return response, nil
}

type profileRequest struct {
	Conditional
	Body struct {
		FullName *string `json:"full_name,omitempty" minLength:"1" maxLength:"200"`
	}
}

func (a meAPI) update(ctx context.Context, caller domain.Caller, in *profileRequest) (*meResponse, error) {
	input := account.UpdateProfileInput{FullName: in.Body.FullName, IfMatch: in.versions()}
	user, err := a.uc.UpdateProfile.Execute(ctx, caller, input)
	caller.User = user
	return showMe(caller), err
}
