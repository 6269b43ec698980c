package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sole-platform/sole/application/port"
)

func migrate(actions Actions, run runner, o *Options) *cobra.Command {
	parent := group("migrate", "Bring the database schema up to date", "up, down, status or create NAME")
	create := &cobra.Command{
		Use: "create NAME", Short: "Add empty migration files for both databases to the source tree", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return actions.MigrateCreate(cmd.Context(), *o, args[0])
		},
	}
	parent.AddCommand(
		run("up", "Apply every pending migration", actions.MigrateUp),
		run("down", "Undo the newest migration", actions.MigrateDown),
		run("status", "List the migrations and when they were applied", actions.MigrateStatus),
		create,
	)
	return parent
}

// MigrateUp implements Actions.
func (c commands) MigrateUp(ctx context.Context, o Options) error {
	return closing(c.program.Create(ctx, o))(func(s *Service) error {
		applied, err := s.Database.Migrate(ctx)
		return c.printMigrations("applied", applied, err)
	})
}

// MigrateDown implements Actions.
func (c commands) MigrateDown(ctx context.Context, o Options) error {
	return c.onService(ctx, o, func(s *Service) error {
		undone, err := s.Database.Rollback(ctx)
		return c.printMigrations("undone", undone, err)
	})
}

func (c commands) printMigrations(done string, migrations []port.Migration, err error) error {
	if err != nil {
		return err
	}
	for _, m := range migrations {
		c.printf("%s %s", done, m.Name)
	}
	if len(migrations) == 0 {
		c.printf("nothing to do: the schema is up to date")
	}
	return nil
}

// MigrateStatus implements Actions.
func (c commands) MigrateStatus(ctx context.Context, o Options) error {
	return c.onService(ctx, o, func(s *Service) error {
		list, err := s.Database.Migrations(ctx)
		for _, m := range list {
			state := "pending"
			if !m.AppliedAt.IsZero() {
				state = "applied " + m.AppliedAt.UTC().Format(time.RFC3339)
			}
			c.printf("%-40s %s", m.Name, state)
		}
		return err
	})
}

// MigrateCreate implements Actions.
func (c commands) MigrateCreate(_ context.Context, _ Options, name string) error {
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || name == "" {
		return UsageError{Cause: errors.New("NAME consists of lower-case letters, digits and underscores")}
	}
	paths, err := c.program.CreateMigration(name)
	for _, path := range paths {
		c.printf("created %s", path)
	}
	return err
}
