package http

import (
	"context"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/domain"
)

type strengthRequest struct {
	Body struct {
		Password string `json:"password" maxLength:"1024" doc:"The password to rate. It is neither stored nor logged."`
		Email    string `json:"email,omitempty" maxLength:"254" doc:"The address of the account; parts of it make the password weaker."`
		FullName string `json:"full_name,omitempty" maxLength:"200"`
	}
}

type strengthResponse struct{ Body strength }

type strength struct {
	Score       int            `json:"score" minimum:"0" maximum:"4" doc:"From 0, guessed at once, to 4, very hard to guess."`
	Acceptable  bool           `json:"acceptable" doc:"Whether the org would accept the password."`
	Warning     string         `json:"warning" doc:"What makes the password weak; empty when nothing does."`
	Suggestions []string       `json:"suggestions" doc:"How to make the password stronger."`
	Errors      []ProblemField `json:"errors,omitempty" doc:"Why the password would be refused."`
}

func (s *Server) passwordStrength(ctx context.Context, visitor domain.Visitor, in *strengthRequest) (*strengthResponse, error) {
	opinion, err := s.uc.PasswordStrength.Execute(ctx, visitor, auth.PasswordStrengthInput{
		Password: domain.NewSecret(in.Body.Password), Email: in.Body.Email, FullName: in.Body.FullName,
	})
	body := strength{
		Score: opinion.Score, Acceptable: len(opinion.Faults) == 0, Warning: opinion.Warning,
		Suggestions: listed(opinion.Suggestions),
	}
	for _, fault := range opinion.Faults {
		body.Errors = append(body.Errors, ProblemField{"body.password", fault})
	}
	return &strengthResponse{body}, err
}
