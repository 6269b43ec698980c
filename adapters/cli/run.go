package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sole-platform/sole/domain"
)

func serve(actions Actions, o *Options) *cobra.Command {
	var first bool
	command := &cobra.Command{Use: "serve", Short: "Serve HTTP", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		return actions.Serve(cmd.Context(), *o, first)
	}}
	command.Long = command.Short + settingsHint
	command.Flags().BoolVar(&first, "migrate", false, "wait for the database and apply pending migrations first, as sole migrate up does")
	return command
}

// Serve implements Actions. The password of a new owner and the link of the first run are printed to err, because out is the
// log, which other people may read.
func (c commands) Serve(ctx context.Context, o Options, migrate bool) error {
	return c.program.Serve(ctx, o, migrate, commands{out: c.err}.printStarted)
}

// Dev implements Actions. It prints at once that it starts, because creating keys or reaching a database can take a while.
func (c commands) Dev(ctx context.Context, o Options) error {
	commands{out: c.err}.printf("starting sole %s: preparing keys, database and first owner", c.program.Build().Version)
	return c.program.Dev(ctx, o, c.greet)
}

// Started describes a development service that listens.
type Started struct {
	URL        string // where it listens
	Program    string // path of this program
	DataDir    string
	OrgSlug    string // that requests must name; empty if there is only one org
	FileKept   bool   // whether the database is in DataDir
	Owner      string // email address of the first owner
	Password   domain.Secret
	Fresh      bool          // whether the owner was created now
	Claimed    bool          // whether a person chose the owner's address and password at the first run
	Configured bool          // whether the password is in SEED_ADMIN_PASSWORD
	Pages      bool          // whether it has pages
	FirstRun   domain.Secret // the link with which a person becomes the first owner; zero if one is already
}

// greet prints commands to try. They can be pasted into a shell all at once.
func (c commands) greet(s Started) {
	password, first, browser, signIn := s.Password.Reveal(), firstSignIn, "", ""
	switch {
	case s.Claimed:
		password, first = "the one that was chosen", ""
	case !s.Fresh:
		password, first = "the one shown at the first start", ""
	case s.Configured:
		password, first = "the one in SEED_ADMIN_PASSWORD", strings.Replace(firstSignIn, "PASSWORD='{password}'", askPassword, 1)
	}
	org := ""
	if s.OrgSlug != "" {
		org = " -H 'X-Org-Id: " + s.OrgSlug + "'"
	}
	if !s.FirstRun.IsZero() {
		browser = strings.Replace(firstRun, "{first}", s.FirstRun.Reveal(), 1)
	}
	if s.Pages {
		signIn = strings.Replace(signInLine, "{url}", s.URL, 1)
	}
	kept := "everything is kept in"
	if !s.FileKept {
		kept = "uploaded files, and keys that it creates, are kept in"
	}
	c.printf("%s", strings.NewReplacer(
		"{sign in}", signIn, "{url}", s.URL, "{kept}", kept, "{org}", org, "{email}", s.Owner, "{password}", password,
		"{data}", s.DataDir, "{sole}", strings.ReplaceAll(s.Program, "'", `'\''`), "{ask}", askPassword,
	).Replace(browser+greeting+first+laterSignIn))
}
