// Package console has the pages on which administrators manage their org, and operators all orgs.
package console
