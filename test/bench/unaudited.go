package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

// unaudited is a database that drops audit events.
type unaudited struct{ port.Database }

func (d unaudited) InOrg(ctx context.Context, org domain.OrgID, fn func(port.OrgTx) error) error {
	return d.Database.InOrg(ctx, org, func(tx port.OrgTx) error { return fn(unauditedTx{tx}) })
}

type unauditedTx struct{ port.OrgTx }

func (t unauditedTx) Audit() port.Audit { return droppedEvents{t.OrgTx.Audit()} }

type droppedEvents struct{ port.Audit }

func (droppedEvents) Append(context.Context, domain.AuditEvent) error { return nil }

// serveUnaudited serves the whole service without its audit events, until the process is told to end.
func serveUnaudited(config bootstrap.Config) error {
	app, err := bootstrap.Build(config, bootstrap.Environment{
		Log: io.Discard, Database: func(database port.Database) port.Database { return unaudited{database} },
	})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	listener, err := net.Listen("tcp", net.JoinHostPort(config.Host, strconv.Itoa(config.Port)))
	if err != nil {
		return errors.Join(err, app.Close())
	}
	return errors.Join(app.Run(ctx, listener), app.Close())
}
