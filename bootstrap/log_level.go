package bootstrap

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

// rereadLevel reads the log level from the configuration again at each SIGHUP, until ctx ends.
func (app *App) rereadLevel(ctx context.Context, source Source) {
	hangUp := make(chan os.Signal, 1)
	signal.Notify(hangUp, syscall.SIGHUP)
	defer signal.Stop(hangUp)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangUp:
			app.setLevel(ctx, source)
		}
	}
}

func (app *App) setLevel(ctx context.Context, source Source) {
	v, _, err := read(source)
	if err != nil {
		app.Logger.WarnContext(ctx, "the log level was not changed", slog.Any("error", err))
		return
	}
	p := &parser{v: v}
	level := p.level("LOG_LEVEL")
	if err := p.err(); err != nil {
		app.Logger.WarnContext(ctx, "the log level was not changed", slog.Any("error", err))
		return
	}
	app.level.Set(level)
	app.Logger.WarnContext(ctx, "the log level was changed", slog.String("to", level.String()))
}
