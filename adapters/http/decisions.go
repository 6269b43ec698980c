package http

import (
	"context"
	"reflect"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/authz"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// decisionsAPI explains decisions about access.
type decisionsAPI struct{ uc authz.UseCases }

func (a decisionsAPI) mount(s *Server) {
	t := table{server: s, tag: "Org"}
	secured(t, "GET /decisions/{id}", proof.SignedIn, route{id: "explain-decision"}, a.explain)
	secured(t, "GET /authz/explain", proof.SignedIn, route{id: "foresee-permission", fails: []int{404}}, a.checkPermission)
}

type explanation struct {
	Kind          domain.DecisionKind `json:"kind" enum:"sign_in,session,action,permission,allowance,rank,api_key" doc:"The kind of decision."`
	Verdict       string              `json:"verdict" example:"mfa_required"`
	Granted       bool                `json:"granted" doc:"Whether the request was allowed without another step."`
	DecidedAt     time.Time           `json:"decided_at"`
	AccountID     *domain.UserID      `json:"account_id" doc:"The account that the decision is about; null when it was unknown."`
	PolicyVersion int64               `json:"policy_version" doc:"The version of the org's settings at that time; 0 when they were not used."`
	Rules         []explainedRule     `json:"rules" doc:"The rules in the order in which they were applied. The last one decided."`
	Facts         []explainedFact     `json:"facts" doc:"The facts that the rules used."`
	Decider       string              `json:"decider" doc:"The setting or the fact that decided." example:"require_two_factor"`
	LastChange    *lastChange         `json:"last_change,omitempty" doc:"The last change of the decider in the audit log; for auditors only."`
	Smallest      []explainedChange   `json:"smallest_change" doc:"The changes with the least effect that together reverse the verdict."`
	ByOthers      []explainedChange   `json:"smallest_change_by_others" doc:"The same, without steps of the account itself; may be empty."`
	BoundedBy     *boundedBy          `json:"bounded_by,omitempty" doc:"Whose permissions bound the service account; for auditors only."`
	Redacted      bool                `json:"redacted" doc:"Whether details for auditors are left out."`
}

// boundedBy is the account that chose the roles of a service account.
type boundedBy struct {
	AccountID   *domain.UserID      `json:"account_id" doc:"Null when the account was removed: the service account can do nothing."`
	Email       *domain.Email       `json:"email"`
	Active      bool                `json:"active" doc:"While it is not, the service account can do nothing."`
	Permissions []domain.Permission `json:"permissions" doc:"What it can do now."`
}

type explainedRule struct {
	Rule      string `json:"rule"`
	Decider   string `json:"decider"`
	Satisfied bool   `json:"satisfied"`
}

type explainedFact struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

type explainedChange struct {
	What string          `json:"what"`
	By   string          `json:"by" enum:"account,administrator,operator" doc:"Who can make the change."`
	Sets []explainedFact `json:"sets" doc:"The facts that the change sets."`
}

type lastChange struct {
	EventID    domain.EventID   `json:"event_id"`
	Action     domain.EventName `json:"action"`
	At         time.Time        `json:"at"`
	ActorID    *domain.UserID   `json:"actor_id" doc:"The account, or service account, that made the change."`
	ActorOrgID *domain.OrgID    `json:"actor_org_id"`
	Values     string           `json:"values,omitempty" doc:"For a setting: before -> after." example:"false -> true"`
}

type explanationResponse struct{ Body explanation }

func showExplanation(e authz.Explanation) *explanationResponse {
	shown := explanation{
		Kind: e.Question.Kind(), Verdict: e.Ruling.Outcome, Granted: e.Ruling.Granted, DecidedAt: e.At, AccountID: known(e.User),
		PolicyVersion: e.PolicyVersion, Rules: make([]explainedRule, len(e.Ruling.Reasons)), Facts: showFacts(e.Facts),
		Decider: showDecider(e.Decider), Smallest: showChanges(e.Smallest), ByOthers: showChanges(e.ByOthers), Redacted: e.Redacted,
	}
	for i, reason := range e.Ruling.Reasons {
		shown.Rules[i] = explainedRule{Rule: reason.Rule, Decider: showDecider(reason.Decider), Satisfied: reason.Satisfied}
	}
	if e.LastChange != nil {
		event := e.LastChange.Event
		shown.LastChange = &lastChange{
			EventID: event.ID, Action: event.Name, At: event.At, ActorID: known(event.Actor), ActorOrgID: known(event.Origin.HomeOrg),
			Values: e.LastChange.Values,
		}
	}
	if by := e.BoundedBy; by != nil {
		shown.BoundedBy = &boundedBy{AccountID: known(by.Account), Email: known(by.Address), Active: by.Active, Permissions: listed(by.Can)}
	}
	return &explanationResponse{Body: shown}
}

func showChanges(changes []domain.Change) []explainedChange {
	shown := make([]explainedChange, len(changes))
	for i, change := range changes {
		shown[i] = explainedChange{What: change.What, By: change.Reach.By(), Sets: showFacts(change.Sets)}
	}
	return shown
}

func showFacts(facts []domain.Fact) []explainedFact {
	shown := make([]explainedFact, len(facts))
	for i, fact := range facts {
		shown[i] = explainedFact{Name: showDecider(fact.Name), Value: showFact(fact.Value)}
	}
	return shown
}

// showDecider returns the name of a fact or decider. A setting of the service has the name of its environment variable.
func showDecider(name string) string {
	if setting, ok := domain.ServiceSetting(name); ok {
		return strings.ToUpper(setting)
	}
	return name
}

// showFact converts a value for JSON: a zero time becomes null, a duration its minutes, and an empty
// list [] instead of null.
func showFact(value any) any {
	switch v := value.(type) {
	case time.Time:
		return maybe(v)
	case time.Duration:
		return v.Minutes()
	}
	if list := reflect.ValueOf(value); list.Kind() == reflect.Slice && list.Len() == 0 {
		return []string{}
	}
	return value
}

type decisionRequest struct {
	ID string `path:"id" maxLength:"600" doc:"The decision_id of a denial or a challenge."`
}

func (a decisionsAPI) explain(ctx context.Context, caller domain.Caller, in *decisionRequest) (*explanationResponse, error) {
	e, err := a.uc.Explain.Execute(ctx, caller, domain.DecisionID(in.ID))
	if err != nil {
		return nil, err
	}
	return showExplanation(e), nil
}

type checkPermissionRequest struct {
	Permission string `query:"permission" required:"true" maxLength:"100" example:"member.read" doc:"The permission to check."`
	Account    string `query:"account" maxLength:"254" doc:"An id, also of a service account, or an address; your own account when left out."`
}

func (a decisionsAPI) checkPermission(ctx context.Context, caller domain.Caller, in *checkPermissionRequest) (*explanationResponse, error) {
	input := authz.CheckPermissionInput{Permission: domain.Permission(in.Permission), Account: in.Account}
	e, err := a.uc.CheckPermission.Execute(ctx, caller, input)
	if err != nil {
		return nil, err
	}
	return showExplanation(e), nil
}
