package isolation

import (
	"net/url"
	"strings"
	"testing"
)

// request returns a valid request of the route with id in the slot. Other ids are unknown ones or named.
func (d document) request(o *operation, at slot, id string, named string) request {
	r := request{method: o.Method, path: o.Path}
	query := url.Values{}
	for _, p := range o.Parameters {
		here := at.in == p.In && at.name == p.Name
		switch {
		case p.In == "path" && here:
			r.path = strings.ReplaceAll(r.path, "{"+p.Name+"}", id)
		case p.In == "path":
			r.path = strings.ReplaceAll(r.path, "{"+p.Name+"}", named)
		case p.In == "query" && here:
			query.Set(p.Name, id)
		case p.In == "query" && p.Required:
			v, _ := queryOf(o, p.Name)
			query.Set(p.Name, v.example.(string))
		}
	}
	if len(query) > 0 {
		r.path += "?" + query.Encode()
	}
	for name := range o.Body.Content {
		if name == "application/json" {
			r.body = d.example(o, o.Body.Content[name].Schema, at, id)
		} else {
			r.media, r.body = media[name].name, media[name].body
		}
	}
	return r
}

// example returns a body with id in the slot.
func (d document) example(o *operation, s schema, at slot, id string) any {
	body := fields{}
	for name, member := range d.resolve(s).Properties {
		whole := d.resolve(member)
		v, _ := memberOf(o, name)
		switch {
		case typeOf(whole) == "object" || whole.Type == nil && len(whole.Properties) > 0:
			body[name] = d.example(o, whole, at, id)
		case typeOf(whole) == "array" && len(whole.Properties) > 0:
			body[name] = []any{d.example(o, *whole.Items, at, id)}
		case at.in == "body" && at.name == name && typeOf(whole) == "array":
			body[name] = []string{id}
		case at.in == "body" && at.name == name:
			body[name] = id
		case len(whole.Enum) > 0:
			body[name] = whole.Enum[0]
		case typeOf(whole) == "boolean":
			body[name] = false
		case typeOf(whole) == "integer":
			body[name] = whole.Minimum
		case v.kind == email:
			body[name] = nobodysMail
		case v.example == nil:
			continue
		default:
			body[name] = v.example
		}
	}
	return body
}

// as sends the request as an account, with a step-up if the route needs one and the account has a factor.
func (w *world) as(t *testing.T, o *operation, who *account, acting *org, r request) answer {
	t.Helper()
	r.token = who.access
	if acting != nil {
		r.org = acting.id
	}
	a := w.send(t, r)
	if a.code() == "step_up_required" {
		r.stepUp = w.stepUp(t, who, o.Action)
		a = w.send(t, r)
	}
	return a
}
