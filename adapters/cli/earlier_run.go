package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/earlier"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// earlierRun is one run of the command.
type earlierRun struct {
	commands
	service *Service
	want    EarlierRequest
	source  port.EarlierService
	report  *importReport
	shown   int
	refused int
}

// plan makes and prints the plan. A plan with problems is an error.
func (r *earlierRun) plan(ctx context.Context) (earlier.Plan, error) {
	plan, err := r.service.Earlier.Plan.Execute(ctx, r.source, r.want.Move, r.finding)
	if err != nil {
		return plan, Refusal(err)
	}
	for _, org := range plan.Orgs {
		r.org(org)
	}
	r.facts(plan)
	problems := len(plan.Problems)
	for _, problem := range plan.Problems {
		r.printf("problem: %s%s", problem.Text, solution(problem, "ID"))
	}
	for _, org := range plan.Orgs {
		for _, problem := range org.Problems {
			problems++
			r.printf("problem: org %q: %s%s", org.From.ID, problem.Text, solution(problem, org.From.ID))
		}
	}
	if problems > 0 {
		return plan, fmt.Errorf("nothing was changed: solve %d problems first", problems)
	}
	return plan, nil
}

// earlierRemedies say how to solve problems; ID stands for the id of the org.
var earlierRemedies = map[earlier.Remedy]string{
	earlier.RemedyName:    "correct the flags",
	earlier.RemedyTenancy: "set TENANCY_MODE=multi, or choose one with --only ID",
	earlier.RemedyKeys: "give EARLIER_SECRET_KEY, and EARLIER_FERNET_KDF_SALT if the earlier service has a salt; " +
		"or move without authenticator apps with --without-authenticators",
	earlier.RemedySlug:    "choose another one with --slug ID=SLUG, or an org that exists here with --into ID=ORG",
	earlier.RemedyInto:    "start the service once, or name another org with --into ID=ORG",
	earlier.RemedyAddress: "correct --owner",
	earlier.RemedyOwner:   "name an account with --owner ID=ADDRESS, or move it without one with --without-owner",
}

func solution(problem earlier.Problem, id string) string {
	if earlierRemedies[problem.Remedy] == "" {
		return ""
	}
	return ": " + strings.ReplaceAll(earlierRemedies[problem.Remedy], "ID", id)
}

// finding prints an account that is refused, and writes every finding to the report.
func (r *earlierRun) finding(f earlier.Finding) error {
	if f.Row.Status == domain.RowRefused && !f.Here {
		r.refused++
		for _, fault := range f.Row.Faults {
			switch {
			case r.shown < maxShown:
				r.printf("refused: org %q, account %d, %q: %s %s", f.Org.From.ID, f.Row.Line, f.Row.Email, fault.Field, fault.Message)
			case r.shown == maxShown:
				r.printf("and more: --report FILE lists them all")
			}
			r.shown++
		}
	}
	return r.report.write(f.Row)
}

func (r *earlierRun) org(plan earlier.OrgPlan) {
	if plan.Org.ID == "" {
		r.printf("org %q cannot be planned yet", plan.From.ID)
		return
	}
	becomes := "becomes a new org"
	if plan.Exists {
		becomes = "goes into the org"
	}
	counts := plan.Counts
	r.printf("org %q %s with the slug %s and the id %s", plan.From.ID, becomes, plan.Org.Slug, plan.Org.ID)
	r.printf("  %d accounts, of which %d are suspended, %d have no password and %d have an authenticator app; %d owners",
		counts.Accounts, counts.Suspended, counts.WithoutPassword, counts.WithFactor, counts.Owners)
	if counts.Noted > 0 {
		r.printf("  %d accounts lose something: --report FILE says what", counts.Noted)
	}
	if counts.Here > 0 {
		r.printf("  %d addresses have an account in the org already: it stays as it is", counts.Here)
	}
	if counts.Refused > 0 {
		r.printf("  %d accounts are refused", counts.Refused)
	}
	for _, note := range plan.Notes {
		r.printf("  note: %s", note)
	}
}

// facts prints what is not about one org.
func (r *earlierRun) facts(plan earlier.Plan) {
	if keys := plan.Keys; keys.Sampled > 0 {
		r.printf("of %d secrets of authenticator apps that were tried, the key of the later generation opens %d, that of the older one %d, "+
			"and none opens %d", keys.Sampled, keys.Later, keys.Older, keys.None)
	}
	var left []string
	for _, table := range slices.Sorted(maps.Keys(plan.Left)) {
		if rows := plan.Left[table]; rows > 0 {
			left = append(left, fmt.Sprintf("%s (%d rows)", table, rows))
		}
	}
	if len(left) > 0 {
		r.printf("left behind: %s", strings.Join(left, ", "))
	}
	if len(plan.Settings) > 0 {
		r.printf("settings of orgs without a counterpart: %s", strings.Join(plan.Settings, ", "))
	}
	if plan.Operators > 0 {
		r.printf("%d superusers become owners of the operators' org", plan.Operators)
	}
}

// move moves what the plan names.
func (r *earlierRun) move(ctx context.Context, plan earlier.Plan) error {
	progress := importProgress{to: commands{out: r.err}, every: 5 * time.Second}
	created := 0
	err := r.service.Earlier.Move.Execute(ctx, r.source, plan, earlier.Progress{
		Org: func(org earlier.OrgPlan) {
			progress.done, progress.total = 0, org.Counts.Accounts+org.Counts.Refused+org.Counts.Here
			progress.to.printf("moving %s", org.From.ID)
		},
		Settled: progress.settled,
		Done: func(moved earlier.Moved) {
			created += moved.Import.Created
			r.printf("org %q: created %d accounts, made %d of --owner owners; its id here is %s", moved.Plan.From.ID, moved.Import.Created,
				moved.Owners, moved.Plan.Org.ID)
		},
	})
	if err != nil {
		if ctx.Err() != nil {
			return errors.New("stopped: run the command again to continue")
		}
		return Refusal(err)
	}
	r.printf("created %d accounts", created)
	return refusedRows(r.refused)
}
