package browser

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Allow lets the pages send requests to another origin too, such as http://127.0.0.1:8000.
func (b *Tab) Allow(origin string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.allowed = append(b.allowed, origin)
}

// ExpectFault says that a fault with this text will happen. The test fails if it does not.
func (b *Tab) ExpectFault(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, part)
}

// Faults returns what went wrong so far and was not expected, and what was expected and did not happen.
func (b *Tab) Faults() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var faults []string
	for _, fault := range b.found {
		if !slices.ContainsFunc(b.expected, func(part string) bool { return strings.Contains(fault, part) }) {
			faults = append(faults, fault)
		}
	}
	for _, part := range b.expected {
		if !slices.ContainsFunc(b.found, func(fault string) bool { return strings.Contains(fault, part) }) {
			faults = append(faults, "there was no fault with the text "+part)
		}
	}
	return faults
}

// fault returns what an event says went wrong, or nothing.
func (b *Tab) fault(m received) string {
	var read func([]byte) (string, error)
	switch m.Method {
	case "Runtime.consoleAPICalled":
		read = consoleFault
	case "Runtime.exceptionThrown":
		read = exceptionFault
	case "Log.entryAdded":
		read = logFault
	case "Audits.issueAdded":
		read = issueFault
	case "Network.requestWillBeSent":
		read = b.requestFault
	case "Network.responseReceived":
		read = b.responseFault
	case "Network.loadingFailed":
		read = failureFault
	case "Page.javascriptDialogOpening":
		read = b.dialogFault
	default:
		return ""
	}
	fault, err := read(m.Params)
	if err != nil {
		return fmt.Sprintf("%s: %v", m.Method, err)
	}
	return fault
}

func consoleFault(raw []byte) (string, error) {
	var params struct {
		Type string
		Args []struct {
			Value       any
			Description string
		}
	}
	err := json.Unmarshal(raw, &params)
	if params.Type != "error" && params.Type != "warning" && params.Type != "assert" {
		return "", err
	}
	said := "console." + params.Type + ":"
	for _, arg := range params.Args {
		if arg.Description != "" {
			said += " " + arg.Description
		} else {
			said += fmt.Sprint(" ", arg.Value)
		}
	}
	return said, err
}

func exceptionFault(raw []byte) (string, error) {
	var params struct {
		ExceptionDetails struct {
			Text      string
			URL       string
			Exception struct{ Description string }
		}
	}
	err := json.Unmarshal(raw, &params)
	e := params.ExceptionDetails
	return fmt.Sprintf("exception: %s %s in %s", e.Text, e.Exception.Description, e.URL), err
}

// logFault reads a line that the browser itself logs. Failed requests are read from their answers instead.
func logFault(raw []byte) (string, error) {
	var params struct {
		Entry struct{ Source, Level, Text, URL string }
	}
	err := json.Unmarshal(raw, &params)
	e := params.Entry
	if e.Source == "network" || e.Level != "error" && e.Level != "warning" {
		return "", err
	}
	return fmt.Sprintf("%s %s: %s %s", e.Source, e.Level, e.Text, e.URL), err
}

// issueFault reads what the panel "Issues" of the developer tools shows, except advice about speed and automatic filling.
func issueFault(raw []byte) (string, error) {
	var params struct {
		Issue struct {
			Code    string
			Details json.RawMessage
		}
	}
	err := json.Unmarshal(raw, &params)
	if params.Issue.Code == "PerformanceIssue" || params.Issue.Code == "GenericIssue" {
		return "", err
	}
	return fmt.Sprintf("%s: %s", params.Issue.Code, params.Issue.Details), err
}

func (b *Tab) requestFault(raw []byte) (string, error) {
	var params struct{ Request struct{ Method, URL string } }
	if err := json.Unmarshal(raw, &params); err != nil {
		return "", err
	}
	to, err := url.Parse(params.Request.URL)
	if err != nil || to.Host == "" { // data:, blob: and about:
		return "", err
	}
	origin := to.Scheme + "://" + to.Host
	if origin == b.origin || slices.Contains(b.allowed, origin) {
		return "", nil
	}
	return fmt.Sprintf("request to another origin: %s %s", params.Request.Method, params.Request.URL), nil
}

// responseFault notes the answer that the page comes with. An answer is a fault from 500 on, and for what a page is made of, such
// as pictures and scripts, from 400 on.
func (b *Tab) responseFault(raw []byte) (string, error) {
	var params struct {
		FrameID  string
		Type     string
		Response struct {
			URL     string
			Status  int
			Headers map[string]string
		}
	}
	if err := json.Unmarshal(raw, &params); err != nil {
		return "", err
	}
	limit := 400
	switch params.Type {
	case "Document":
		limit = 500
		if params.FrameID == b.frame {
			b.document = Document{Status: params.Response.Status, Headers: map[string]string{}}
			for name, value := range params.Response.Headers {
				b.document.Headers[strings.ToLower(name)] = value
			}
		}
	case "Fetch", "XHR":
		limit = 500
	}
	if params.Response.Status < limit || strings.HasSuffix(params.Response.URL, "/favicon.ico") { // asked for by itself
		return "", nil
	}
	return fmt.Sprintf("status %d for %s %s", params.Response.Status, params.Type, params.Response.URL), nil
}

func failureFault(raw []byte) (string, error) {
	var params struct {
		Type, ErrorText, BlockedReason string
		Canceled                       bool
	}
	err := json.Unmarshal(raw, &params)
	if params.Canceled || params.ErrorText == "net::ERR_ABORTED" {
		return "", err
	}
	return fmt.Sprintf("failed request for %s: %s %s", params.Type, params.ErrorText, params.BlockedReason), err
}

// dialogFault reports a dialog that a script opens, and answers it: a page that asks before it is left is left.
func (b *Tab) dialogFault(raw []byte) (string, error) {
	var params struct{ Type, Message string }
	err := json.Unmarshal(raw, &params)
	go func() {
		_, _ = b.chrome.call(b.session, "Page.handleJavaScriptDialog", message{"accept": params.Type == "beforeunload"})
	}()
	return fmt.Sprintf("%s dialog: %s", params.Type, params.Message), err
}
