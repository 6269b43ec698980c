// Package locale is the catalogue of all texts of the pages, in every language that they are shown in.
//
// A language is a folder below texts, named by its tag; every JSON file in it is an area of texts. A key begins with the
// name of its file: "signin.title" is in signin.json. A text is a string, or an object with the plural forms of the
// language, of which the value "count" chooses one. {name} stands for a value.
//
// The file language.json says how the language is written: its name, its direction, its dates and durations. The file
// errors.json translates the messages of the domain, with the English message as the key: see Language.Message. Rules
// and changes of a decision, reasons in audit events and faults of import rows are such messages, too.
//
// These files name what the domain lists. Their tests walk the domain, so that nothing is missing and nothing is left
// over:
//
//	permission.<name>, permission.<name>.help    domain.Permissions
//	action.<name>                                domain.Actions
//	event.<name>                                 names of audit events
//	detail.<name>                                details of audit events, besides names of settings
//	resource.<type>                              what an audit event is about
//	setting.<name>, setting.<name>.help          domain.Settings
//	choice.<setting>.<word>                      words of settings with a choice
//	role.<name>, role.<name>.help                domain.SystemRoles
//	status.<word>                                domain.Status, of accounts and orgs
//	factor.<kind>                                domain.FactorKind
//	amr.<value>                                  domain.AMR
//	reason.<word>                                why a session or a remembered device ended
//	decision.<kind>                              domain.DecisionKinds
//	outcome.<word>                               outcomes of decisions and of audit events
//	fact.<name>                                  facts and deciders of decisions, besides names of settings
//	device.<verdict>                             domain.DeviceVerdict; device.none without one
//	by.<who>                                     domain.Reach.By
//	row.<status>, column.<name>                  results of import rows, and the columns of their faults
package locale
