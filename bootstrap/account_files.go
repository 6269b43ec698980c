package bootstrap

import (
	"github.com/sole-platform/sole/adapters/accountfile"
	"github.com/sole-platform/sole/adapters/ndjson"
	"github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/port"
)

// accountFormats lists the formats in which accounts of other systems can be imported.
func accountFormats(clock port.Clock) []port.AccountFormat {
	return append([]port.AccountFormat{ndjson.Accounts{}}, accountfile.Formats(clock)...)
}

// accountFiles reads files of accounts of other systems.
func (app *App) accountFiles() members.AccountFiles {
	return members.AccountFiles{Formats: accountFormats(app.clock), Secrets: app.SecretKeys, Recovery: totp.RecoveryCodes{}}
}
