package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sole-platform/sole/application/serviceaccounts"
	"github.com/sole-platform/sole/domain"
)

// ServiceAccountActions are the commands about service accounts. An org is an id or a slug; empty: the default org.
type ServiceAccountActions interface {
	ServiceAccountsCreate(ctx context.Context, o Options, want ServiceAccountRequest) error
	ServiceAccountsList(ctx context.Context, o Options, org string) error
	ServiceAccountsRevoke(ctx context.Context, o Options, org, id string) error
}

// ServiceAccountRequest describes a service account and its first key.
type ServiceAccountRequest struct {
	Org, By           string // By is the address of the account that chooses the roles
	Name, Description string
	Roles             []string
	Key               string // the name of its key; empty: no key
	Days              int    // until the key expires; 0: domain.DefaultKeyDays
	Networks          []string
}

const orgFlag = "the org: an id or a slug (default: the default org)"

func serviceAccounts(actions Actions, o *Options) *cobra.Command {
	const short = "Create, list or suspend the accounts of programs, and create their API keys"
	parent := group("service-accounts", short, "create, list or revoke ID")
	var org string
	list := &cobra.Command{
		Use: "list [--org ORG]", Short: "List the service accounts of an org, with their roles", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return actions.ServiceAccountsList(cmd.Context(), *o, org)
		},
	}
	list.Flags().StringVar(&org, "org", "", orgFlag)
	revoke := &cobra.Command{
		Use: "revoke [--org ORG] ID", Short: "Suspend a service account: its keys and tokens are refused from now on", Args: exactly(1),
		Long: `Suspend a service account: its keys and tokens are refused from now on.

An administrator can activate it again, and its keys with it. To end a key for ever, revoke the key in
the pages or with the API. The suspension is recorded in the audit log.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return actions.ServiceAccountsRevoke(cmd.Context(), *o, org, args[0])
		},
	}
	revoke.Flags().StringVar(&org, "org", "", orgFlag)
	parent.AddCommand(createServiceAccount(actions, o), list, revoke)
	return parent
}

func createServiceAccount(actions Actions, o *Options) *cobra.Command {
	var want ServiceAccountRequest
	command := &cobra.Command{
		Use:   "create [--org ORG] --by ADDRESS --name NAME [--role ROLE]... [--key NAME]",
		Short: "Create a service account, and with --key its first API key",
		Long: `Create a service account, and with --key its first API key.

--by is an active account of the org that may manage service accounts and has what the roles grant.
The service account can do only what that account can do at the time of each request. The audit
log names it as the one who created the service account, with this command.

The id is printed. With --key only the key is printed on standard output, once, and the rest on
standard error, so that a script can store the key.`,
		Example: "  sole service-accounts create --by ann@example.org --name \"Nightly export\" --role auditor\n" +
			"  KEY=$(sole service-accounts create --by ann@example.org --name Backup --role auditor --key first --network 10.1.0.0/16)",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := want.check(cmd.Flags().Changed); err != nil {
				return UsageError{Cause: err}
			}
			return actions.ServiceAccountsCreate(cmd.Context(), *o, want)
		},
	}
	flags := command.Flags()
	flags.StringVar(&want.Org, "org", "", orgFlag)
	flags.StringVar(&want.By, "by", "", "the address of the account that chooses the roles, and bounds them")
	flags.StringVar(&want.Name, "name", "", "the name of the service account, which no other one of the org has")
	flags.StringVar(&want.Description, "description", "", "what it is for")
	flags.StringArrayVar(&want.Roles, "role", nil, "the id of a role of the org, or the name of a system role; can be given again")
	flags.StringVar(&want.Key, "key", "", "also create an API key with this name, and print it once")
	flags.IntVar(&want.Days, "expires-in-days", 0, fmt.Sprintf("after how many days the key expires: 1 to %d (default %d)",
		domain.MaxKeyDays, domain.DefaultKeyDays))
	flags.StringArrayVar(&want.Networks, "network", nil,
		"from where the key can be used, such as 10.1.0.0/16 (default: everywhere); can be given again")
	complete(command, "role", domain.RoleAdmin, domain.RoleAuditor, domain.RoleMember)
	return command
}

// check returns what is wrong with the flags. given reports whether a flag was given.
func (r ServiceAccountRequest) check(given func(flag string) bool) error {
	switch {
	case r.By == "":
		return errors.New("give --by, the address of the account of the org that chooses the roles")
	case r.Name == "":
		return errors.New("give --name, the name of the service account")
	case given("key") && r.Key == "":
		return errors.New("give --key the name of the key")
	case r.Key == "" && (given("expires-in-days") || given("network")):
		return errors.New("--expires-in-days and --network are about a key: give its name with --key")
	case given("expires-in-days") && (r.Days < 1 || r.Days > domain.MaxKeyDays):
		return fmt.Errorf("--expires-in-days must be 1 to %d", domain.MaxKeyDays)
	}
	return nil
}

// ServiceAccountsCreate implements Actions.
func (c commands) ServiceAccountsCreate(ctx context.Context, o Options, want ServiceAccountRequest) error {
	return c.onMigrated(ctx, o, func(s *Service) error {
		in := serviceaccounts.OperatorCreateInput{
			Org: cmp.Or(want.Org, string(s.DefaultOrg)), By: want.By, Command: "sole service-accounts create",
			Account: serviceaccounts.CreateInput{Name: want.Name, Description: want.Description, Roles: want.Roles},
		}
		if want.Key != "" {
			in.Key = &serviceaccounts.CreateKeyInput{Name: want.Key, Days: want.Days, Networks: want.Networks}
		}
		made, err := s.ServiceAccounts.Create.Execute(ctx, in)
		if err != nil {
			return granterRefusal(err)
		}
		return c.printServiceAccount(made)
	})
}

// printServiceAccount prints the key alone to out if there is one, otherwise the id, and what a person should know to err.
func (c commands) printServiceAccount(made serviceaccounts.OperatorCreateResult) error {
	said := commands{out: c.err}
	said.printf("created the service account %s with the id %s", made.Account.Name, made.Account.ID)
	if len(made.Account.Roles) == 0 {
		said.printf("it has no role and can do nothing yet")
	}
	text := string(made.Account.ID)
	if !made.Key.Secret.IsZero() {
		said.printf("its key %s is shown only once and expires %s", made.Key.Key.Name, made.Key.Key.ExpiresAt.Format(time.RFC3339))
		text = made.Key.Secret.Reveal()
	}
	if _, err := fmt.Fprintln(c.out, text); err != nil {
		return fmt.Errorf("the account exists, but standard output cannot be written: suspend it with `sole service-accounts revoke %s`: %w",
			made.Account.ID, err)
	}
	return nil
}

// granterRefusal says which account or flag a failure is about: the messages of the domain speak to the account itself.
func granterRefusal(err error) error {
	switch {
	case errors.Is(err, domain.ErrNotFound), errors.Is(err, domain.ErrTokenRevoked):
		return errors.New("the org has no account with this address: give --by the address of an administrator of the org")
	case errors.Is(err, domain.ErrAccountSuspended):
		return errors.New("the account of --by is suspended: give --by the address of an active administrator of the org")
	case errors.Is(err, domain.ErrPermissionDenied):
		return errors.New("the account of --by lacks the permission service_account.manage: " +
			"give --by the address of an administrator of the org")
	case errors.Is(err, domain.ErrEscalation):
		return errors.New("the roles grant permissions that the account of --by lacks: choose other roles, " +
			"or give --by the address of an account that has these permissions")
	case errors.Is(err, domain.ErrOrgSuspended):
		return errors.New("the org is suspended: a platform operator must activate it first")
	}
	return Refusal(err)
}

// ServiceAccountsList implements Actions.
func (c commands) ServiceAccountsList(ctx context.Context, o Options, org string) error {
	return c.onMigrated(ctx, o, func(s *Service) error {
		accounts, err := s.ServiceAccounts.List.Execute(ctx, cmp.Or(org, string(s.DefaultOrg)))
		if err != nil {
			return Refusal(err)
		}
		c.printf("%-36s  %-9s  %-20s  %-24s  %s", "ID", "STATUS", "CREATED", "ROLES", "NAME")
		for _, a := range accounts {
			roles := cmp.Or(domain.RoleNames(a.Roles), "-")
			c.printf("%-36s  %-9s  %-20s  %-24s  %s", a.ID, a.Status, a.CreatedAt.Format(time.RFC3339), roles, a.Name)
		}
		return nil
	})
}

// ServiceAccountsRevoke implements Actions.
func (c commands) ServiceAccountsRevoke(ctx context.Context, o Options, org, id string) error {
	return c.onMigrated(ctx, o, func(s *Service) error {
		before, err := s.ServiceAccounts.Suspend.Execute(ctx, serviceaccounts.OperatorSuspendInput{
			Org: cmp.Or(org, string(s.DefaultOrg)), ID: id, Command: "sole service-accounts revoke",
		})
		switch {
		case errors.Is(err, domain.ErrNotFound):
			return errors.New("the org has no service account with this id: `sole service-accounts list` shows them")
		case err != nil:
			return Refusal(err)
		case !before.Active():
			c.printf("%s was suspended already", before.Name)
		default:
			c.printf("suspended %s: its keys and tokens are refused within seconds", before.Name)
		}
		return nil
	})
}
