package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"
)

// PrivateServer is a server that a test can take away and bring back. It keeps its
// address; whether it keeps its data is up to its kind.
type PrivateServer struct {
	url     string
	folder  string
	program string
	args    []string
	ping    func(ctx context.Context, url string) error
	running *process
}

// started brings a new server up, and leaves nothing behind if it will not come.
func started(s *PrivateServer) (*PrivateServer, error) {
	if err := s.start(); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

// forTest has a server go with the test.
func forTest(t testing.TB, kind *sharedServer, start func() (*PrivateServer, error)) *PrivateServer {
	t.Helper()
	server, err := start()
	if err != nil {
		without(t, fmt.Sprintf("no private %s: install %s (%v)", kind.name, kind.advice, err))
	}
	t.Cleanup(func() {
		if err := server.remove(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// forAll has a server go with the test process.
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

// URL is where the server listens while it runs.
func (s *PrivateServer) URL() string { return s.url }

// Start brings the server up and returns once it answers. A running one is left alone.
func (s *PrivateServer) Start(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// Stop takes the server away and with it every connection. A stopped one is left alone.
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

// await asks until there is an answer, for a minute at most.
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
	running.thaw() // a frozen one could not end in good order
	return running.stop()
}

// remove stops the server and forgets its data.
func (s *PrivateServer) remove() error {
	return errors.Join(s.stop(), os.RemoveAll(s.folder))
}
