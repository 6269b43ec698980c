package http

import (
	"cmp"
	nethttp "net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/domain"
)

// describe returns the OpenAPI description of a route: its parameters, who may call it and how it can fail.
func (s *Server) describe(r route, who access, input reflect.Type) huma.Operation {
	o := operation{route: r, who: who, hasInput: input.NumField() > 0, hasBody: takesBody(r, input)}
	described := huma.Operation{
		Method: r.method, Path: r.path, OperationID: r.id, Summary: operationTexts()[r.id].summary, Description: descriptionOf(o),
		Tags: []string{r.tag}, DefaultStatus: r.status, MaxBodyBytes: int64(cmp.Or(r.body.limit, s.BodyLimit)),
		Responses: s.failureResponses(o), Security: []map[string][]string{}, Extensions: map[string]any{"x-access": who},
	}
	if concernsOrg(o) {
		described.Parameters = append(described.Parameters, &huma.Param{Ref: parameterPrefix + "OrgId"})
	}
	if r.needs.Permission != "" {
		described.Extensions["x-permission"] = r.needs.Permission
	}
	if r.needs.Action != "" {
		described.Extensions["x-step-up"] = r.needs.Action
		described.Parameters = append(described.Parameters, &huma.Param{Ref: parameterPrefix + "StepUpToken"})
	}
	if r.media != nil {
		described.Responses["200"] = s.streamed(r)
	}
	switch who {
	case accessAccount:
		described.Security = append(described.Security, map[string][]string{bearer: {}})
	case accessClient:
		described.Security = append(described.Security, map[string][]string{basic: {}})
	case accessOpen, accessVisitor:
	}
	return described
}

// completeDescription adds what huma.Register would overwrite.
func (s *Server) completeDescription(r route) {
	described := operationsOf(s.api.OpenAPI().Paths[r.path])[r.method]
	if r.body.streamed {
		described.RequestBody = streamedBody(r.body)
	}
	if r.form != nil {
		s.describeForm(described, r)
	}
	for _, status := range r.sameBody {
		described.Responses[statusKey(status)] = &huma.Response{
			Description: nethttp.StatusText(status), Content: described.Responses["200"].Content,
		}
	}
	addExamples(described)
}

func operationsOf(item *huma.PathItem) map[string]*huma.Operation {
	return map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete}
}

func takesBody(r route, input reflect.Type) bool {
	_, body := input.FieldByName("Body")
	_, raw := input.FieldByName("RawBody")
	return body || raw || r.body.media != ""
}

// descriptionOf returns the text of the operation, followed by who may call it.
func descriptionOf(o operation) string {
	paragraphs := []string{operationTexts()[o.id].description}
	switch {
	case o.needs.Permission != "" && o.who == accessClient:
		paragraphs = append(paragraphs, "**Access:** service accounts with the permission `"+string(o.needs.Permission)+"`, by an API key.")
	case o.who == accessClient:
		paragraphs = append(paragraphs, "**Access:** service accounts, by an API key.")
	case o.needs.Permission != "":
		paragraphs = append(paragraphs, "**Access:** accounts with the permission `"+string(o.needs.Permission)+"`.")
	case o.needs.OwnAccount && !o.needs.ServiceAccounts:
		paragraphs = append(paragraphs, "**Access:** any signed-in person; no service accounts.")
	case o.who == accessAccount:
		paragraphs = append(paragraphs, "**Access:** any signed-in account, also a service account.")
	default:
		paragraphs = append(paragraphs, "**Access:** public.")
	}
	if o.multi {
		paragraphs = append(paragraphs, "Available with `TENANCY_MODE=multi` only; otherwise 404.")
	}
	if o.needs.Action != "" {
		paragraphs = append(paragraphs, stepUpText(o.needs.Action))
	}
	return strings.Join(paragraphs, "\n\n")
}

func stepUpText(action domain.Action) string {
	if action.AlwaysGuarded() {
		return "**Step-up:** always, for the action `" + string(action) + "`."
	}
	return "**Step-up:** when the org lists `" + string(action) + "` in `mfa_required_actions`."
}

// streamed describes a response that is sent while it is produced.
func (s *Server) streamed(r route) *huma.Response {
	content := map[string]*huma.MediaType{}
	for _, name := range r.media {
		schema := &huma.Schema{Type: huma.TypeString}
		switch {
		case r.answer != nil:
			schema = s.api.OpenAPI().Components.Schemas.Schema(r.answer, true, "")
		case !strings.HasPrefix(name, "text/") && !strings.HasPrefix(name, "application/"):
			schema.Format = "binary"
		}
		content[name] = &huma.MediaType{Schema: schema}
	}
	return &huma.Response{Description: nethttp.StatusText(nethttp.StatusOK), Content: content}
}

const parameterPrefix = "#/components/parameters/"

// sharedParameters are the headers that many operations take.
func sharedParameters() map[string]*huma.Param {
	return map[string]*huma.Param{
		"OrgId": {
			Name: "X-Org-Id", In: "header", Schema: &huma.Schema{Type: huma.TypeString},
			Description: "Id or slug of the org (for example acme-inc) in a deployment with several. " +
				"Not needed with an access token, which names its org.",
		},
		"StepUpToken": {
			Name: "X-Step-Up-Token", In: "header", Schema: &huma.Schema{Type: huma.TypeString},
			Description: "The `step_up_token` of POST /auth/step-up for the action of this operation. It can be used once. " +
				"A request that is refused without changing anything does not use it up.",
		},
	}
}
