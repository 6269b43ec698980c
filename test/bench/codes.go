package main

import (
	"time"

	"github.com/pquerna/otp/hotp"

	"github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/domain"
)

// codeSecret is the TOTP secret of every account with a second factor.
const codeSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// codeStep is how long a one-time code is the current one (RFC 6238).
const codeStep = 30 * time.Second

// fixedCodes are one-time codes whose new secrets are all codeSecret.
type fixedCodes struct{ totp.Codes }

func (fixedCodes) New() domain.Secret { return domain.NewSecret(codeSecret) }

func stepAt(now time.Time) int64 { return now.Unix() / int64(codeStep/time.Second) }

// codes returns a function that returns an account and a code that the account has not used. The service accepts the code of
// the current step and of the next one, each once. If every account of the client has used both, the function returns
// errCodesUsed. A floor accepts a code any number of times.
func (s client) codes() func() (*account, string, error) {
	next := turns(s, s.world.coded)
	return func() (*account, string, error) {
		for range len(s.world.coded)/s.of + 1 {
			chosen, now := next(), stepAt(time.Now())
			step := now
			if !s.floor {
				step = max(now, chosen.usedStep+1)
				if step > now+1 {
					continue
				}
				chosen.usedStep = step
			}
			code, err := hotp.GenerateCode(codeSecret, uint64(step))
			return chosen, code, err
		}
		return nil, "", errCodesUsed
	}
}
