package domain

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The limits of webhooks.
const (
	MaxWebhooks      = 20 // of an org
	maxWebhookURL    = 2000
	maxWebhookEvents = 100
)

// AllEvents in the events of a webhook stands for every event.
const AllEvents EventName = "*"

// Webhook is an endpoint of another system to which the audit events of an org are sent (standardwebhooks.com).
type Webhook struct {
	ID     WebhookID
	URL    string
	Events []EventName // names of audit events, or AllEvents alone
	// Disabled says why nothing is sent any more; empty: the webhook is active.
	Disabled WebhookEnd
	Secret   SealedSecret
	// Previous is the secret before the last rotation. Both sign until PreviousUntil.
	Previous      SealedSecret
	PreviousUntil time.Time
	Circuit       WebhookCircuit
	CreatedAt     time.Time
	UpdatedAt     time.Time
	Version       int64
}

// WebhookEnd is why a webhook was disabled.
type WebhookEnd string

// The reasons for which a webhook is disabled.
const (
	WebhookDisabled WebhookEnd = "disabled" // by an administrator
	WebhookGone     WebhookEnd = "gone"     // the receiver answered 410
)

// Active reports whether events are sent.
func (w Webhook) Active() bool { return w.Disabled == "" }

// WebhookDraft holds the values of a new webhook.
type WebhookDraft struct {
	URL    string
	Events []EventName
}

// WebhookChange holds the new values of a webhook. A nil field leaves the value unchanged.
type WebhookChange struct {
	URL    *string
	Events *[]EventName
	Active *bool
}

// NewWebhook returns an active webhook. It returns ErrInvalid for a URL that the rules refuse, and for events that do not exist.
func NewWebhook(id WebhookID, draft WebhookDraft, rules WebhookRules, now time.Time) (Webhook, error) {
	w := Webhook{ID: id, CreatedAt: now, Version: 1}
	return w.Changed(WebhookChange{URL: &draft.URL, Events: &draft.Events}, rules, now)
}

// Changed returns the webhook with the change applied, or ErrInvalid as NewWebhook does.
func (w Webhook) Changed(change WebhookChange, rules WebhookRules, now time.Time) (Webhook, error) {
	next := w
	if change.URL != nil {
		if fault := rules.urlFault(*change.URL); fault != "" {
			return w, Invalid("url", fault)
		}
		next.URL = *change.URL
	}
	if change.Events != nil {
		events, err := webhookEvents(*change.Events)
		if err != nil {
			return w, err
		}
		next.Events = events
	}
	switch {
	case change.Active == nil:
	case *change.Active:
		next.Disabled = ""
	case next.Active():
		next.Disabled = WebhookDisabled
	}
	if !next.Equal(w) {
		next.UpdatedAt = now
	}
	return next, nil
}

// Equal reports whether the URL, the events and the state are the same.
func (w Webhook) Equal(other Webhook) bool {
	return w.URL == other.URL && w.Disabled == other.Disabled && slices.Equal(w.Events, other.Events)
}

// Gone returns the webhook after its receiver answered that it exists no more.
func (w Webhook) Gone(now time.Time) Webhook {
	w.Disabled, w.UpdatedAt = WebhookGone, now
	return w
}

// Rotated returns the webhook with a new secret. The one before also signs for WebhookRotation.
func (w Webhook) Rotated(secret SealedSecret, now time.Time) Webhook {
	w.Previous, w.PreviousUntil = w.Secret, now.Add(WebhookRotation)
	w.Secret, w.UpdatedAt = secret, now
	return w
}

// Secrets returns the sealed secrets that sign at a time, the newest first.
func (w Webhook) Secrets(now time.Time) []SealedSecret {
	if w.Previous != "" && now.Before(w.PreviousUntil) {
		return []SealedSecret{w.Secret, w.Previous}
	}
	return []SealedSecret{w.Secret}
}

// Host returns the host of the URL, with its port if it has one. The rest of the URL may contain a token, so events and logs do
// not show it.
func (w Webhook) Host() string {
	if parsed, err := url.Parse(w.URL); err == nil {
		return parsed.Host
	}
	return ""
}

// Details returns what events say about the webhook.
func (w Webhook) Details() Details { return Details{"host": w.Host(), "events": joined(w.Events)} }

// Differences returns the values that differ, as "before -> after", by name. Of two URLs on one host it says only that the URL
// was changed.
func (w Webhook) Differences(next Webhook) Details {
	details := differences(map[string][2]string{
		"host": {w.Host(), next.Host()}, "events": {joined(w.Events), joined(next.Events)},
		"status": {w.state(), next.state()},
	})
	if w.URL != next.URL {
		details["url"] = "changed"
	}
	return details
}

func (w Webhook) state() string {
	if w.Active() {
		return "active"
	}
	return string(w.Disabled)
}

// urlFault returns what is wrong with the URL of a webhook, or an empty text.
func (r WebhookRules) urlFault(raw string) string {
	parsed, err := url.Parse(raw)
	switch {
	case len(raw) > maxWebhookURL || !utf8.ValidString(raw) || strings.ContainsFunc(raw, isControlOrSpace):
		return "must be at most 2000 bytes, without spaces and control characters"
	case err != nil || !parsed.IsAbs() || parsed.Opaque != "" || parsed.Hostname() == "":
		return "must be a whole URL with scheme and host"
	case parsed.Scheme == "http" && !r.PlainHTTP:
		return "must use https"
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return "must use https"
	case parsed.User != nil:
		return "must not contain a user name or password"
	case strings.Contains(raw, "#"):
		return "must not contain a fragment (#)"
	case !isPort(parsed.Port()) || strings.HasSuffix(parsed.Host, ":"):
		return "must have a port from 1 to 65535, or none"
	}
	return r.hostFault(parsed.Hostname())
}

func isControlOrSpace(r rune) bool { return r == ' ' || isControl(r) }

// isPort reports whether the text is empty or a port without leading zeros.
func isPort(text string) bool {
	if text == "" {
		return true
	}
	number := 0
	for _, digit := range text {
		if digit < '0' || digit > '9' || len(text) > 5 {
			return false
		}
		number = number*10 + int(digit-'0')
	}
	return text[0] != '0' && number <= 65535
}

// webhookEvents checks the events of a webhook and returns each once, in the order of EventNames.
func webhookEvents(events []EventName) ([]EventName, error) {
	if len(events) == 0 || len(events) > maxWebhookEvents {
		return nil, Invalid("events", "must list 1 to 100 events, or * alone for all")
	}
	var faults []FieldError
	for i, event := range events {
		switch {
		case event == AllEvents && len(events) > 1:
			faults = append(faults, FieldError{fmt.Sprintf("events[%d]", i), "must be the only one, because * stands for all events"})
		case event != AllEvents && !event.Known():
			faults = append(faults, FieldError{fmt.Sprintf("events[%d]", i), "must be the name of an audit event, such as account.suspended"})
		}
	}
	if faults != nil {
		return nil, ErrInvalid.In(faults...)
	}
	if events[0] == AllEvents {
		return []EventName{AllEvents}, nil
	}
	return slices.DeleteFunc(EventNames(), func(n EventName) bool { return !slices.Contains(events, n) }), nil
}
