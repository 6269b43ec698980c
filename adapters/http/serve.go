package http

import (
	"context"
	"errors"
	"net"
)

// Serve accepts connections from listener until Shutdown, which may be called first.
func (s *Server) Serve(listener net.Listener) error {
	s.mu.Lock()
	s.listeners = append(s.listeners, listener)
	stopped := s.stopped
	s.mu.Unlock()
	if stopped {
		return listener.Close()
	}
	if err := s.app.Listener(s.gate.guard(listener)); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// Leave makes the server report that it is not ready while it keeps serving, so that proxies send no new requests. Every response
// asks for the end of its connection, so that none is kept open until Shutdown.
func (s *Server) Leave() { s.leaving.Store(true) }

// Shutdown stops accepting connections and waits for the requests that have begun, at most until ctx
// ends. Fiber does not close a listener that it has not started to serve yet, so each is closed here.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.stopped = true
	listeners := s.listeners
	s.mu.Unlock()
	err := errors.Join(s.app.ShutdownWithContext(ctx), s.drain(ctx))
	for _, listener := range listeners {
		_ = listener.Close() // most are closed already
	}
	return err
}

// drain waits for the streams of closeDelimited, which fasthttp does not count, at most until ctx ends.
func (s *Server) drain(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.streams.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
