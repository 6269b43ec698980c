// Command sole-client lists the members of an org: as a person (EMAIL, PASSWORD, CODE) or with an API key (KEY).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
)

func main() {
	ctx := context.Background()
	client, err := NewClientWithResponses(os.Getenv("SOLE_URL"))
	if err == nil {
		err = list(ctx, client)
	}
	var refused Refused
	switch {
	case errors.As(err, &refused) && (refused.Code == CodeInvalidCredentials || refused.Code == CodeInvalidCode):
		fmt.Println(refused.Code, "- ask again")
	case err != nil:
		fmt.Println(err)
	default:
		return
	}
	os.Exit(3)
}

// list prints who asks and the address of each member of the org.
func list(ctx context.Context, client *ClientWithResponses) error {
	token := os.Getenv("KEY")
	if token == "" {
		tokens, err := signIn(ctx, client, os.Getenv("EMAIL"), os.Getenv("PASSWORD"), os.Getenv("CODE"))
		if err != nil {
			return err
		}
		if tokens, err = refresh(ctx, client, tokens); err != nil {
			return err
		}
		token = tokens.AccessToken
	}
	me, err := client.MeWithResponse(ctx, &MeParams{}, bearer(token))
	if err != nil {
		return err
	}
	if me.JSON200 == nil {
		return refusal(me.Body)
	}
	who, err := me.JSON200.ValueByDiscriminator()
	if err != nil {
		return err
	}
	switch who := who.(type) {
	case Me:
		fmt.Println("The person", who.Email)
	case ProgramMe:
		fmt.Println("The service account", who.Name)
	}
	return members(ctx, client, bearer(token), func(m Member) { fmt.Println(m.Email) })
}

// signIn signs an account in with its password and, where it is asked for, the code of an authenticator app.
func signIn(ctx context.Context, client *ClientWithResponses, email, password, code string) (Tokens, error) {
	login, err := client.LoginWithResponse(ctx, &LoginParams{}, LoginJSONRequestBody{Email: email, Password: password})
	if err != nil {
		return Tokens{}, err
	}
	result, body := login.JSON200, login.Body
	if result != nil && result.Status == LoginResultStatusMfaRequired && result.Challenge != nil {
		step, err := client.LoginMfaWithResponse(ctx, &LoginMfaParams{},
			LoginMfaJSONRequestBody{ChallengeToken: result.Challenge.Token, Code: &code})
		if err != nil {
			return Tokens{}, err
		}
		result, body = step.JSON200, step.Body
	}
	switch {
	case result == nil:
		return Tokens{}, refusal(body)
	case result.Tokens == nil:
		return Tokens{}, fmt.Errorf("finish the sign-in on the pages of the service: %s", result.Status)
	}
	return *result.Tokens, nil
}

// refresh returns a new access token and refresh token of the session. Each refresh token works once.
func refresh(ctx context.Context, client *ClientWithResponses, tokens Tokens) (Tokens, error) {
	refreshed, err := client.RefreshWithResponse(ctx, &RefreshParams{}, RefreshJSONRequestBody{RefreshToken: tokens.RefreshToken})
	if err != nil {
		return Tokens{}, err
	}
	if refreshed.JSON200 == nil {
		return Tokens{}, refusal(refreshed.Body)
	}
	return *refreshed.JSON200, nil
}

// members calls visit for each member of the org, page after page.
func members(ctx context.Context, client *ClientWithResponses, as RequestEditorFn, visit func(Member)) error {
	limit := int64(2)
	parameters := &ListMembersParams{Limit: &limit}
	for {
		page, err := client.ListMembersWithResponse(ctx, parameters, as)
		if err != nil {
			return err
		}
		if page.JSON200 == nil {
			return refusal(page.Body)
		}
		for _, member := range page.JSON200.Items {
			visit(member)
		}
		if parameters.Cursor = page.JSON200.NextCursor; parameters.Cursor == nil {
			return nil
		}
	}
}

// bearer sends an access token or an API key with a request.
func bearer(token string) RequestEditorFn {
	return func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
}

// Refused is the problem document with which the service refused a request. Decide by its code, which is stable.
type Refused Problem

// Error implements error.
func (r Refused) Error() string {
	return fmt.Sprintf("%s: %s (request %s)", r.Code, r.Detail, r.RequestId)
}

// refusal returns the problem document in the body of a response.
func refusal(body []byte) error {
	var refused Refused
	if err := json.Unmarshal(body, &refused); err != nil {
		return fmt.Errorf("a response that is no problem document: %w", err)
	}
	return refused
}
