package http

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

type previewRequest struct{ Body settingsChange }

// preview is the effect of a change. All its numbers are complete, except that of the sign-ins.
type preview struct {
	Changes        map[string]string `json:"changes" doc:"Before -> after, by setting."`
	PolicyVersion  int64             `json:"policy_version" doc:"The version of the current settings; send it as If-Match with the change."`
	Sessions       int               `json:"sessions_ended" doc:"Active sessions that would end."`
	EndsOwnSession bool              `json:"ends_own_session" doc:"Whether your own session would end."`
	Accounts       int               `json:"accounts_to_enroll" doc:"Accounts whose next sign-in would newly require an enrolment."`
	Forgotten      int               `json:"devices_forgotten" doc:"Remembered devices that would be forgotten."`
	Stopped        int               `json:"devices_no_longer_excusing" doc:"Remembered devices that would no longer skip the code."`
	Services       int               `json:"service_accounts_refused" doc:"Service accounts that would no longer be able to do an action."`
	SignIns        previewedSignIns  `json:"sign_ins"`
	Refused        *previewRefusal   `json:"refused" doc:"Why the change would be refused; null when it would be accepted."`
}

type previewedSignIns struct {
	Days         int  `json:"days" doc:"How many days of earlier sign-ins were evaluated."`
	Counted      int  `json:"counted" doc:"How many sign-ins were evaluated: the newest 200,000 at most."`
	Complete     bool `json:"complete" doc:"Whether these are all sign-ins of that time."`
	ExtraPrompts int  `json:"extra_prompts" doc:"How many of them would newly have needed a code or an enrolment."`
	Undated      int  `json:"undated" doc:"How many used a device of unknown age, which counts as new."`
}

type previewRefusal struct {
	Code   domain.Code `json:"code"`
	Detail string      `json:"detail"`
}

type previewResponse struct{ Body preview }

func (a settingsAPI) previewSettings(ctx context.Context, caller domain.Caller, in *previewRequest) (*previewResponse, error) {
	p, err := a.uc.PreviewSettings.Execute(ctx, caller, in.Body.change)
	if err != nil {
		return nil, err
	}
	shown := preview{
		Changes: p.Differences, PolicyVersion: p.PolicyVersion, Sessions: p.SessionsEnded, EndsOwnSession: p.EndsOwnSession,
		Accounts: p.AccountsToEnroll, Forgotten: p.DevicesForgotten, Stopped: p.DevicesStopped,
		Services: p.ServiceAccountsRefused,
		SignIns: previewedSignIns{
			Days: domain.RehearsalDays, Counted: p.SignIns, Complete: p.Complete, ExtraPrompts: p.ExtraPrompts, Undated: p.Undated,
		},
	}
	if p.Refusal != nil {
		shown.Refused = &previewRefusal{Code: p.Refusal.Code, Detail: p.Refusal.Message}
	}
	return &previewResponse{Body: shown}, nil
}
