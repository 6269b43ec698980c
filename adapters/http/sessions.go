package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// sessionsAPI shows and ends the sessions of the caller's account.
type sessionsAPI struct{ uc account.UseCases }

func (a sessionsAPI) mount(s *Server) {
	t := table{server: s, tag: "Me"}
	secured(t, "GET /me/sessions", proof.OwnAccount, route{id: "list-sessions"}, a.list)
	secured(t, "DELETE /me/sessions/{id}", proof.OwnAccount, route{id: "revoke-session"}, doneByID[SessionPath](a.uc.RevokeSession.Execute))
}

type session struct {
	ID         domain.SessionID `json:"id"`
	IP         string           `json:"ip"`
	UserAgent  string           `json:"user_agent"`
	AMR        []domain.AMR     `json:"amr" enum:"pwd,otp,pop,rc,dev" doc:"How the account signed in."`
	CreatedAt  time.Time        `json:"created_at"`
	LastSeenAt time.Time        `json:"last_seen_at" doc:"Can be up to fifteen seconds old."`
	ExpiresAt  time.Time        `json:"expires_at"`
	Current    bool             `json:"current" doc:"Whether it is the session of this request."`
}

type sessionsResponse struct{ Body page[session] }

func (a sessionsAPI) list(ctx context.Context, caller domain.Caller, _ *nothing) (*sessionsResponse, error) {
	live, err := a.uc.ListSessions.Execute(ctx, caller)
	return &sessionsResponse{Body: wholeList(live, func(s domain.Session) session {
		return session{
			ID: s.ID, IP: s.Address, UserAgent: s.UserAgent, AMR: listed(s.AMR),
			CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt, Current: s.ID == caller.Session.ID,
		}
	})}, err
}

// SessionPath names a session.
type SessionPath struct {
	ID string `path:"id" maxLength:"64" doc:"The session's id."`
}

func (p SessionPath) id() (domain.SessionID, error) { return domain.ParseID[domain.SessionID](p.ID) }
