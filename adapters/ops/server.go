// Package ops serves metrics, the log level and profiles to the operators of the service, on an address of
// their own. It requires no login: the address must not be public.
package ops

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"
)

// The timeouts of the server. A profile takes as many seconds as the request names.
const (
	readTimeout  = 10 * time.Second
	writeTimeout = 5 * time.Minute
	idleTimeout  = 2 * time.Minute
)

// Level is the log level, which may change while the service runs.
type Level interface {
	Level() slog.Level
	Set(slog.Level)
}

// Server serves on the operators' address.
type Server struct{ http *http.Server }

// New returns a server, which does not listen yet.
func New(metrics http.Handler, level Level, logger *slog.Logger) *Server {
	routes := http.NewServeMux()
	routes.Handle("GET /metrics", metrics)
	routes.HandleFunc("GET /log-level", showLevel(level))
	routes.HandleFunc("PUT /log-level", setLevel(level, logger))
	routes.HandleFunc("GET /debug/pprof/", pprof.Index)
	routes.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	routes.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	routes.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	routes.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return &Server{&http.Server{
		Handler: routes, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}}
}

// Serve serves on listener until Close.
func (s *Server) Serve(listener net.Listener) error {
	if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close stops the server at once, without waiting for requests.
func (s *Server) Close() error { return s.http.Close() }

func showLevel(level Level) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { respond(w, http.StatusOK, name(level.Level())) }
}

// setLevel takes the name of a level as the body: debug, info, warn or error.
func setLevel(level Level, logger *slog.Logger) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64))
		var wanted slog.Level
		if err != nil || wanted.UnmarshalText([]byte(strings.TrimSpace(string(text)))) != nil {
			respond(w, http.StatusUnprocessableEntity, "write debug, info, warn or error")
			return
		}
		level.Set(wanted)
		logger.LogAttrs(context.WithoutCancel(r.Context()), slog.LevelWarn, "the log level was changed", slog.String("to", name(wanted)))
		respond(w, http.StatusOK, name(wanted))
	}
}

func name(level slog.Level) string { return strings.ToLower(level.String()) }

func respond(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // the client may have disconnected
}
