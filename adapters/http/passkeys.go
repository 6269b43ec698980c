package http

import (
	"context"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// passkeysAPI manages the passkeys of the caller's account.
type passkeysAPI struct{ uc mfa.UseCases }

func (a passkeysAPI) mount(s *Server) {
	t := table{server: s, tag: "Me"}
	secured(t, "GET /me/passkeys", proof.OwnAccount, route{id: "list-passkeys", passkeys: true}, a.list)
	secured(t, "POST /me/passkeys", proof.OwnAccount, route{id: "add-passkey", passkeys: true, status: 201, fails: []int{409}}, a.add)
	secured(t, "POST /me/passkeys/options", mfa.BeginNeeds, route{id: "begin-passkey", passkeys: true, fails: []int{409}}, a.begin)
	secured(t, "PATCH /me/passkeys/{id}", proof.OwnAccount, route{id: "rename-passkey", passkeys: true}, byID(a.rename))
	secured(t, "DELETE /me/passkeys/{id}", mfa.RemovePasskeyNeeds, route{
		id: "remove-passkey", passkeys: true, fails: []int{409},
	}, doneByID[PasskeyPath](a.uc.RemovePasskey.Execute))
}

// credential is the result of a WebAuthn ceremony, byte for byte as the client sent it. Unlike everywhere else in a
// request, members that the service does not know are ignored: browsers add some.
type credential []byte

// UnmarshalJSON implements json.Unmarshaler.
func (c *credential) UnmarshalJSON(text []byte) error {
	if string(text) != "null" { // as if it were left out
		*c = append(credential{}, text...) // the caller uses the memory again
	}
	return nil
}

// Schema implements huma.SchemaProvider.
func (credential) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: true,
		Description: "What `credential.toJSON()` returns in the browser: RegistrationResponseJSON or AuthenticationResponseJSON of " +
			"WebAuthn Level 3, section 5.1. Members that the service does not know are ignored.",
	}
}

func (c credential) secret() domain.Secret { return domain.NewSecret(string(c)) }

// publicKey is the options of a WebAuthn ceremony as a JSON object.
type publicKey []byte

// MarshalJSON implements json.Marshaler.
func (k publicKey) MarshalJSON() ([]byte, error) { return json.RawMessage(k).MarshalJSON() }

// Schema implements huma.SchemaProvider.
func (publicKey) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: true,
		Description: "The options for `PublicKeyCredential.parseCreationOptionsFromJSON()` and `navigator.credentials.create()`, or for " +
			"`parseRequestOptionsFromJSON()` and `navigator.credentials.get()` (WebAuthn Level 3, section 5.1). Pass them on unchanged.",
	}
}

func showOptions(prompt port.Prompt) publicKey {
	return publicKey(prompt[factor.PasskeyOptions].Reveal())
}

type passkeyOptionsResponse struct {
	Body struct {
		PublicKey publicKey `json:"public_key"`
	}
}

func showPasskeyOptions(prompt port.Prompt) *passkeyOptionsResponse {
	out := &passkeyOptionsResponse{}
	out.Body.PublicKey = showOptions(prompt)
	return out
}

// Passkey is a passkey as its owner sees it.
type Passkey struct {
	ID         domain.AuthenticatorID `json:"id" doc:"Ours; not the id of the credential."`
	Name       string                 `json:"name"`
	CreatedAt  time.Time              `json:"created_at"`
	LastUsedAt *time.Time             `json:"last_used_at"`
	Synced     bool                   `json:"synced" doc:"Whether it is backed up and can be on several devices; otherwise one device has it."`
	Transports []string               `json:"transports" doc:"How browsers reach it, such as internal, hybrid, usb or nfc; may be empty."`
}

func showPasskey(p mfa.Passkey) Passkey {
	return Passkey{
		ID: p.ID, Name: p.Name, CreatedAt: p.CreatedAt, LastUsedAt: maybe(p.LastUsedAt), Synced: p.Synced, Transports: listed(p.Transports),
	}
}

type passkeysResponse struct{ Body page[Passkey] }

func (a passkeysAPI) list(ctx context.Context, caller domain.Caller, _ *nothing) (*passkeysResponse, error) {
	passkeys, err := a.uc.Passkeys.Execute(ctx, caller)
	return &passkeysResponse{Body: wholeList(passkeys, showPasskey)}, err
}

func (a passkeysAPI) begin(ctx context.Context, caller domain.Caller, in *beginMFARequest) (*passkeyOptionsResponse, error) {
	prompt, err := a.uc.Begin.Execute(ctx, caller, mfa.BeginInput{Kind: domain.FactorPasskey, CurrentPassword: in.currentPassword()})
	return showPasskeyOptions(prompt), err
}

type addPasskeyRequest struct {
	Body struct {
		Credential credential `json:"credential"`
		Name       string     `json:"name,omitempty" minLength:"1" maxLength:"100" example:"Work laptop" doc:"Default: the browser's name."`
	}
}

type addedPasskeyResponse struct{ Body addedPasskey }

type addedPasskey struct {
	Passkey
	RecoveryCodes []string `json:"recovery_codes,omitempty" doc:"With the account's first factor; shown only once. Each replaces a code once."`
}

func (a passkeysAPI) add(ctx context.Context, caller domain.Caller, in *addPasskeyRequest) (*addedPasskeyResponse, error) {
	added, err := a.uc.Confirm.Execute(ctx, caller, mfa.ConfirmInput{
		Kind: domain.FactorPasskey, Answer: in.Body.Credential.secret(), Name: in.Body.Name,
	})
	body := addedPasskey{Passkey: showPasskey(added.Passkey)}
	for _, code := range added.RecoveryCodes {
		body.RecoveryCodes = append(body.RecoveryCodes, code.Reveal())
	}
	return &addedPasskeyResponse{Body: body}, err
}

// PasskeyPath names a passkey of the caller's account.
type PasskeyPath struct {
	ID string `path:"id" maxLength:"64" doc:"The passkey's id."`
}

// id accepts any text, so that even for one that is no id the step-up is asked for first.
func (p PasskeyPath) id() (domain.AuthenticatorID, error) { //nolint:unparam // identified has an error
	return domain.AuthenticatorID(p.ID), nil
}

type renamePasskeyRequest struct {
	PasskeyPath
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"100" example:"Work laptop"`
	}
}

type passkeyResponse struct{ Body Passkey }

func (a passkeysAPI) rename(
	ctx context.Context, caller domain.Caller, id domain.AuthenticatorID, in *renamePasskeyRequest,
) (*passkeyResponse, error) {
	renamed, err := a.uc.RenamePasskey.Execute(ctx, caller, id, in.Body.Name)
	return &passkeyResponse{Body: showPasskey(renamed)}, err
}
