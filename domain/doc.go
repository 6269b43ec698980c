// Package domain holds the types and rules of SOLE: what an account and an org are, what an org requires
// of its accounts, and how a request is decided from that.
//
// The package is pure. It reads no clock, file, network or source of randomness, and imports the standard
// library only: the current time is an argument, ids and secrets are made elsewhere. The same input always
// gives the same result, so any rule can be tested at any time and a past decision can be repeated.
//
// # Types
//
// An [Org] has accounts ([User]) with [Role]s, which grant [Permission]s. Signing in starts a [Session]; a
// [Device] may replace the second factor in later sign-ins. An [AuditEvent] records each change, and
// a [Seal] proves that the events have not changed since. Constructors and methods refuse invalid values with
// an [Error], whose code is part of the API. It names the refused member and says what to do. The adapters add
// the location of the member in the request, and the call or command that helps.
//
// # Policy
//
// [OrgSettings] are what the administrators of an org choose. [OrgSettings.Policy] combines them with the limits
// of the service into a [Policy], from which these functions decide:
//
//   - [DecideSignIn]: the next step of a sign-in
//   - [DecideSession]: whether a session may continue
//   - [DecideAction]: whether an action is allowed, or needs a step-up first
//   - [DecideDevice]: whether a remembered device replaces the second factor
//   - [DecideFreshSignIn]: which proof a sensitive change requires
//   - [DecidePermission], [DecideAllowance], [DecideRank]: whether a request is permitted
//
// Most of them return a [Verdict]: the outcome and the rules that led to it, in order. Each rule names the
// setting or fact that it depends on, and the last one decided. A [Decision] keeps the policy and the facts,
// so that it can be explained later, with the [Change]s that would reverse it.
package domain
