package arch

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Details of audit events are sent to the receivers of webhooks only if domain.AuditEvent.WebhookBody lists them. Here each
// detail that the code records is decided on, so that a new one is too.

const everywhere = "everywhere"

// published says on which types of resources a detail is sent. Without any it is never sent.
var published = map[string][]string{
	// Numbers, instants, ids and words of the service.
	"amr": {everywhere}, "by": {everywhere}, "call": {everywhere}, "created": {everywhere}, "days": {everywhere}, "devices": {everywhere},
	"devices_forgotten": {everywhere}, "ended": {everywhere}, "event": {everywhere}, "event_id": {everywhere}, "events": {everywhere},
	"expires_at": {everywhere}, "forgotten": {everywhere}, "format": {everywhere}, "kind": {everywhere}, "links": {everywhere},
	"media": {everywhere}, "outcome": {everywhere}, "reason": {everywhere}, "refused": {everywhere}, "rows": {everywhere},
	"service_account_id": {everywhere}, "service_accounts": {everywhere}, "sessions": {everywhere}, "size": {everywhere},
	"status": {everywhere}, "through_seal": {everywhere}, "url": {everywhere},
	"permissions": {"role"}, "taken_at": {"org"},
	// Names of orgs and roles, and the hosts of receivers.
	"host": {everywhere}, "name": {"org", "role"}, "roles": {everywhere}, "slug": {"org"},
	// A word of the service in a step-up, a text that somebody wrote in a search.
	"action": {"session"},

	// Private, written by somebody, or of no use to a receiver.
	"actor_id": nil, "before": nil, "description": nil, "device_days": nil, "email": nil, "from": nil, "full_name": nil, "granted_by": nil,
	"networks": nil, "offered_at": nil, "received": nil, "resource_id": nil, "resource_type": nil, "service_account": nil, "stored": nil,
	"to": nil, "token_id": nil, "accounts": nil, "file_digest": nil, "file_key": nil, "former_org_id": nil, "issuer": nil, "recipient": nil,
}

// recorded returns the names of the details that the file records, and a fault for each that is not written in the code.
func recorded(f goFile) (names map[string]token.Pos, faults []string) {
	names = map[string]token.Pos{}
	add := func(key ast.Expr) {
		literal, ok := key.(*ast.BasicLit)
		if !ok {
			faults = append(faults, f.fault(key.Pos(), "write the name of a detail as a literal: tests decide whether webhooks send it"))
			return
		}
		name, _ := strconv.Unquote(literal.Value)
		names[name] = literal.Pos()
	}
	addAll := func(literal *ast.CompositeLit) {
		for _, part := range literal.Elts {
			if pair, ok := part.(*ast.KeyValueExpr); ok {
				add(pair.Key)
			}
		}
	}
	ast.Inspect(f.syntax, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.CompositeLit:
			if written := nameOf(n.Type); written == "domain.Details" || written == "Details" {
				addAll(n)
			}
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if index, ok := left.(*ast.IndexExpr); ok && nameOf(index.X) == "details" {
					if at, isName := index.Index.(*ast.Ident); !isName || at.Name != "name" {
						add(index.Index)
					}
				}
			}
		case *ast.CallExpr:
			if nameOf(n.Fun) == "differences" {
				addAll(n.Args[0].(*ast.CompositeLit))
			}
		case *ast.FuncDecl:
			if n.Name.Name == "Details" && n.Body != nil {
				ast.Inspect(n.Body, func(inner ast.Node) bool {
					if literal, ok := inner.(*ast.CompositeLit); ok {
						if _, isMap := literal.Type.(*ast.MapType); isMap {
							addAll(literal)
						}
					}
					return true
				})
			}
		}
		return true
	})
	return names, faults
}

// recordedBy returns the details that the domain, the use cases and the wiring record.
func recordedBy(files []goFile) (names map[string]string, faults []string) {
	names = map[string]string{}
	for _, f := range files {
		top, _, _ := strings.Cut(f.path, "/")
		if f.isTest() || !slices.Contains([]string{"domain", "application", "bootstrap"}, top) {
			continue
		}
		found, more := recorded(f)
		faults = append(faults, more...)
		for name, at := range found {
			names[name] = f.fault(at, "detail %q", name)
		}
	}
	return names, faults
}

// resourceTypes returns the types of resources that events are about: the first value of each domain.Resource in domain/actor.go.
func resourceTypes(files []goFile) (types []string) {
	for _, f := range files {
		if f.path != "domain/actor.go" {
			continue
		}
		ast.Inspect(f.syntax, func(node ast.Node) bool {
			literal, ok := node.(*ast.CompositeLit)
			if !ok || nameOf(literal.Type) != "Resource" || len(literal.Elts) == 0 {
				return true
			}
			first := literal.Elts[0]
			if pair, keyed := first.(*ast.KeyValueExpr); keyed {
				first = pair.Value
			}
			if text, isText := first.(*ast.BasicLit); isText {
				name, _ := strconv.Unquote(text.Value)
				types = append(types, name)
			}
			return true
		})
	}
	return types
}

func sent(name, resourceType string) bool {
	event := domain.Actor{}.Did(domain.EventOrgUpdated, domain.Resource{Type: resourceType}, domain.Details{name: "x"}).Stamp("", time.Now())
	return event.WebhookBody("").Details[name] != ""
}

func TestWebhooksSendOnlyWhatWasDecided(t *testing.T) {
	types := resourceTypes(tree(t))
	if len(types) < 14 {
		t.Fatalf("found %d types of resources: %v", len(types), types)
	}
	names, faults := recordedBy(tree(t))
	for _, fault := range faults {
		t.Error(fault)
	}
	for name, where := range names {
		on, decided := published[name]
		if !decided {
			t.Errorf("%s: decide in this test whether webhooks send it, on which resources", where)
		}
		for _, resource := range types {
			if want := slices.Contains(on, everywhere) || slices.Contains(on, resource); sent(name, resource) != want {
				t.Errorf("%s: sent on a resource of type %q: %v, want %v", where, resource, !want, want)
			}
		}
	}
	for name := range published {
		if names[name] == "" {
			t.Errorf("no event records the detail %q any more", name)
		}
	}
	for _, setting := range domain.Settings() {
		for _, resource := range types {
			if sent(setting.Name, resource) != (resource == "org") {
				t.Errorf("setting %q is sent on a resource of type %q", setting.Name, resource)
			}
		}
	}
}

func TestEveryEventIsListed(t *testing.T) {
	listed := map[string]bool{}
	for _, name := range domain.EventNames() {
		listed[string(name)] = true
	}
	declared := 0
	for _, f := range tree(t) {
		if f.path != "domain/audit.go" {
			continue
		}
		ast.Inspect(f.syntax, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || nameOf(spec.Type) != "EventName" {
				return true
			}
			declared++
			name, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if !listed[name] {
				t.Errorf("%s", f.fault(spec.Pos(), "the event %q is missing in EventNames", name))
			}
			return true
		})
	}
	if declared != len(listed) {
		t.Errorf("%d events are declared, %d are listed", declared, len(listed))
	}
}

func TestARecordedDetailIsFound(t *testing.T) {
	for _, f := range plant(t, map[string]string{"domain/x.go": `package domain
func (x X) Details() map[string]string { return map[string]string{"a": ""} }
func (x X) Differences(y X) Details {
	details := differences(map[string][2]string{"b": {x.B, y.B}})
	details["c"] = "d"
	details[x.Key] = ""
	return Details{"e": "f"}
}`}) {
		names, faults := recorded(f)
		if len(names) != 4 || len(faults) != 1 || names["a"]*names["b"]*names["c"]*names["e"] == 0 {
			t.Errorf("found %v, faults %v", names, faults)
		}
	}
}
