package bootstrap

import (
	"github.com/sole-platform/sole/adapters/ndjson"
	"github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/port"
)

// accountFormats lists the formats in which accounts of other systems can be imported.
func accountFormats() []port.AccountFormat {
	return []port.AccountFormat{ndjson.Accounts{}}
}

// accountFiles reads files of accounts of other systems.
func (app *App) accountFiles() members.AccountFiles {
	return members.AccountFiles{Formats: accountFormats(), Secrets: app.SecretKeys, Recovery: totp.RecoveryCodes{}}
}
