package cli

import (
	"context"
	"errors"
	"fmt"
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
	var check bool
	up := &cobra.Command{
		Use: "up", Short: "Apply every pending migration", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return actions.MigrateUp(cmd.Context(), *o, check) },
	}
	up.Flags().BoolVar(&check, "check", false, "first check what sole doctor checks, and migrate only if nothing is wrong")
	parent.AddCommand(
		up,
		run("down", "Undo the newest migration", actions.MigrateDown),
		run("status", "List the migrations and when they were applied", actions.MigrateStatus),
		create,
	)
	return parent
}

// MigrateUp implements Actions.
func (c commands) MigrateUp(ctx context.Context, o Options, check bool) error {
	if check {
		if err := c.program.DiagnoseUnmigrated(ctx, o, c.print); err != nil {
			return fmt.Errorf("nothing was migrated: %w", err)
		}
	}
	return closing(c.program.Create(ctx, o))(func(s *Service) error {
		applied, err := s.Database.Migrate(ctx)
		if err != nil || len(applied) > 0 {
			return c.printMigrations("applied", applied, err)
		}
		list, err := s.Database.Migrations(ctx)
		if err != nil || len(list) == 0 || list[len(list)-1].Name != "" {
			return c.printMigrations("applied", nil, err)
		}
		c.printf("nothing to do: a newer version of this service has migrated the database, up to %05d; this build serves with it, "+
			"because those migrations only added to the schema", list[len(list)-1].Version)
		return nil
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
			if m.Name == "" {
				m.Name, state = fmt.Sprintf("%05d", m.Version), "applied by a newer version of this service"
			}
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
