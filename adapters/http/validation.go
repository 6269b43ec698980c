package http

import "github.com/danielgtaylor/huma/v2/validation"

// plainValidation words the messages of Huma's validation like those of the domain: each follows
// the location of a member, as in "body.email must be ...". Where Huma passes a cause that may
// repeat the value, %.0v leaves it out.
func plainValidation() {
	for message, text := range map[*string]string{
		&validation.MsgUnexpectedProperty:                 "is not a member of this request: remove it",
		&validation.MsgExpectedRequiredProperty:           "must have the member %s",
		&validation.MsgExpectedDependentRequiredProperty:  "must have the member %s, because it has %s",
		&validation.MsgExpectedMinProperties:              "must have at least %d members",
		&validation.MsgExpectedMaxProperties:              "must have at most %d members",
		&validation.MsgExpectedPropertyNameInObject:       "must have the member that names its kind",
		&validation.MsgExpectedBoolean:                    "must be true or false",
		&validation.MsgExpectedNumber:                     "must be a number",
		&validation.MsgExpectedInteger:                    "must be a whole number",
		&validation.MsgExpectedString:                     "must be a string",
		&validation.MsgExpectedArray:                      "must be an array",
		&validation.MsgExpectedObject:                     "must be an object",
		&validation.MsgExpectedOneOf:                      `must be one of "%s"`,
		&validation.MsgExpectedMinimumNumber:              "must be at least %v",
		&validation.MsgExpectedMaximumNumber:              "must be at most %v",
		&validation.MsgExpectedExclusiveMinimumNumber:     "must be more than %v",
		&validation.MsgExpectedExclusiveMaximumNumber:     "must be less than %v",
		&validation.MsgExpectedNumberBeMultipleOf:         "must be a multiple of %v",
		&validation.MsgExpectedMinLength:                  "must have at least %d characters",
		&validation.MsgExpectedMaxLength:                  "must have at most %d characters",
		&validation.MsgExpectedBePattern:                  "must be %s",
		&validation.MsgExpectedMatchPattern:               "must match the pattern %s",
		&validation.MsgExpectedMinItems:                   "must have at least %d elements",
		&validation.MsgExpectedMaxItems:                   "must have at most %d elements",
		&validation.MsgExpectedArrayItemsUnique:           "must not have the same element twice",
		&validation.MsgExpectedMatchAtLeastOneSchema:      "must have one of the forms that the API documentation shows",
		&validation.MsgExpectedMatchExactlyOneSchema:      "must have exactly one of the forms that the API documentation shows",
		&validation.MsgExpectedNotMatchSchema:             "must not have the form that the API documentation excludes",
		&validation.MsgExpectedRFC3339DateTime:            "must be a time such as 2026-01-31T09:30:00Z (RFC 3339)",
		&validation.MsgExpectedRFC1123DateTime:            "must be a time such as Sat, 31 Jan 2026 09:30:00 GMT (RFC 1123)",
		&validation.MsgExpectedRFC3339Date:                "must be a date such as 2026-01-31",
		&validation.MsgExpectedRFC3339Time:                "must be a time of day such as 09:30:00Z (RFC 3339)",
		&validation.MsgExpectedDuration:                   "must be a duration such as 1h30m%.0v",
		&validation.MsgExpectedRFC5322Email:               "must be an email address such as name@example.org%.0v",
		&validation.MsgExpectedRFC5890Hostname:            "must be a host name such as login.example.org",
		&validation.MsgExpectedRFC2673IPv4:                "must be an IPv4 address such as 192.0.2.1",
		&validation.MsgExpectedRFC2373IPv6:                "must be an IPv6 address such as 2001:db8::1",
		&validation.MsgExpectedRFCIPAddr:                  "must be an IP address such as 192.0.2.1 or 2001:db8::1",
		&validation.MsgExpectedRFC3986URI:                 "must be a URI such as https://example.org/path%.0v",
		&validation.MsgExpectedRFC6570URITemplate:         "must be a URI template (RFC 6570)",
		&validation.MsgExpectedRFC4122UUID:                "must be a UUID such as 0190f2c4-7a3b-7e5d-9c1a-2b6f8d0e4a71%.0v",
		&validation.MsgExpectedRFC6901JSONPointer:         "must be a JSON pointer (RFC 6901)",
		&validation.MsgExpectedRFC6901RelativeJSONPointer: "must be a relative JSON pointer",
		&validation.MsgExpectedRegexp:                     "must be a regular expression%.0v",
		&validation.MsgExpectedBase64String:               "must be base64",
	} {
		*message = text
	}
}

// plainParameters are the messages that Huma has no variable for.
var plainParameters = map[string]string{
	"required query parameter is missing":  "is required",
	"required header parameter is missing": "is required",
	"required path parameter is missing":   "is required",
	"unknown query parameter":              "is not a parameter of this operation: remove it",
	"invalid integer":                      "must be a whole number",
	"invalid float":                        "must be a number",
	"invalid floating value":               "must be a number",
	"invalid boolean":                      "must be true or false",
	"expected value to match exactly one schema but matched multiple":  "must have only one of the forms that the API documentation shows",
	"write only property is non-zero":                                  "is not a member of this request: remove it",
	"invalid date/time for format 2006-01-02T15:04:05Z07:00":           "must be a time such as 2026-01-31T09:30:00Z (RFC 3339)",
	"invalid date/time for format 2006-01-02T15:04:05.999999999Z07:00": "must be a time such as 2026-01-31T09:30:00Z (RFC 3339)",
}
