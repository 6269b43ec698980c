package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"
)

// PrivateServer is a server that a test can stop and start again. It keeps its address. Whether it keeps
// its data depends on the kind of server.
type PrivateServer struct {
	url     string
	folder  string
	program string
	args    []string
	ping    func(ctx context.Context, url string) error
	running *process
}

// started starts a new server and removes everything if that fails.
func started(s *PrivateServer) (*PrivateServer, error) {
	if err := s.start(); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

// forTest starts a server and removes it when the test ends.
func forTest(t testing.TB, kind *sharedServer, start func() (*PrivateServer, error)) *PrivateServer {
	t.Helper()
	server, err := start()
	if err != nil {
		Missing(t, fmt.Sprintf("no private %s: install %s (%v)", kind.name, kind.advice, err))
	}
	t.Cleanup(func() {
		if err := server.remove(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// forAll returns a function that starts a server, which is removed when the test process ends.
func forAll(start func() (*PrivateServer, error)) func() (string, error) {
	return func() (string, error) {
		server, err := start()
		if err != nil {
			return "", err
		}
		AtEnd(func() { _ = server.remove() })
		return server.url, nil
	}
}

// URL returns the URL of the server, running or not.
func (s *PrivateServer) URL() string { return s.url }

// Start starts the server and returns once it answers. It does nothing if the server is running.
func (s *PrivateServer) Start(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// Stop stops the server and closes every connection. It does nothing if the server is stopped.
func (s *PrivateServer) Stop(t testing.TB) {
	t.Helper()
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
}

func (s *PrivateServer) start() error {
	if s.running != nil {
		return nil
	}
	running, err := run(s.folder, s.program, s.args...)
	if err != nil {
		return err
	}
	if err := s.await(running); err != nil {
		log := running.log()
		return fmt.Errorf("%s did not come up: %w: %s", s.program, errors.Join(err, running.stop()), log)
	}
	s.running = running
	return nil
}

// await pings the server until it answers, for at most a minute.
func (s *PrivateServer) await(running *process) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		err := s.ping(ctx, s.url)
		if running.over() {
			return errEnded
		}
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *PrivateServer) stop() error {
	if s.running == nil {
		return nil
	}
	running := s.running
	s.running = nil
	running.thaw() // a frozen process could not end cleanly
	return running.stop()
}

// remove stops the server and removes its data.
func (s *PrivateServer) remove() error {
	return errors.Join(s.stop(), os.RemoveAll(s.folder))
}
