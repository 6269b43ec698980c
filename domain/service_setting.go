package domain

import "strings"

const servicePrefix = "service."

// Deciders that are settings of the whole service, which only its operator changes.
const (
	ServiceSessionTimeout  = servicePrefix + "session_timeout_minutes"
	ServiceSessionLifetime = servicePrefix + "refresh_token_expire_minutes"
	ServiceAttemptLimit    = servicePrefix + "login_attempt_limit"
)

// ServiceSetting returns the name of a setting of the whole service without the prefix that distinguishes
// it from the settings of orgs. ok is false for every other fact or decider.
func ServiceSetting(decider string) (name string, ok bool) {
	return strings.CutPrefix(decider, servicePrefix)
}
