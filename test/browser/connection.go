package browser

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/sole-platform/sole/test/harness"
)

// message holds the parameters or the result of a method of the Chrome DevTools Protocol.
type message map[string]any

// connection speaks the Chrome DevTools Protocol over a pipe: JSON messages that end with a zero byte.
type connection struct {
	to    *os.File
	said  *harness.Output
	agent any // what the browser calls itself in User-Agent

	writing sync.Mutex
	mu      sync.Mutex // guards what follows
	calls   int
	waiting map[int]chan received
	events  map[string]func(event received) // by session
	ended   error
}

// received is a message from the browser: an answer, which has an ID, or an event.
type received struct {
	ID        int
	SessionID string
	Method    string
	Params    json.RawMessage
	Result    message
	Error     *struct{ Message string }
}

// errEnded is returned for calls to a browser that is gone.
var errEnded = errors.New("the browser has ended")

// connect starts to read what the browser sends.
func connect(to, from *os.File, said *harness.Output) *connection {
	c := &connection{to: to, said: said, waiting: map[int]chan received{}, events: map[string]func(received){}}
	go c.read(bufio.NewReaderSize(from, 1<<16))
	return c
}

// read passes on answers and events until the pipe ends.
func (c *connection) read(from *bufio.Reader) {
	for {
		text, err := from.ReadBytes(0)
		if err == nil {
			var m received
			if err = json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m); err == nil {
				c.pass(m)
				continue
			}
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ended = fmt.Errorf("%w: %w\n%s", errEnded, err, c.said)
		for _, answer := range c.waiting {
			close(answer)
		}
		return
	}
}

func (c *connection) pass(m received) {
	c.mu.Lock()
	answer, event := c.waiting[m.ID], c.events[m.SessionID]
	delete(c.waiting, m.ID)
	c.mu.Unlock()
	switch {
	case answer != nil:
		answer <- m
	case m.Method != "" && event != nil:
		event(m)
	}
}

// listen passes the events of a session to a function that returns at once, or to none.
func (c *connection) listen(session string, event func(received)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if event == nil {
		delete(c.events, session)
		return
	}
	c.events[session] = event
}

// call calls a method and returns its result. Without a session it is a method of the browser.
func (c *connection) call(session, method string, params message) (message, error) {
	answer := make(chan received, 1)
	id, err := c.expect(answer)
	if err != nil {
		return nil, err
	}
	request := message{"id": id, "method": method, "params": params}
	if params == nil {
		request["params"] = message{}
	}
	if session != "" {
		request["sessionId"] = session
	}
	text, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	c.writing.Lock()
	_, err = c.to.Write(append(text, 0))
	c.writing.Unlock()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	select {
	case m, open := <-answer:
		switch {
		case !open:
			c.mu.Lock()
			defer c.mu.Unlock()
			return nil, c.ended
		case m.Error != nil:
			return nil, fmt.Errorf("%s: %s", method, m.Error.Message)
		}
		return m.Result, nil
	case <-time.After(patience):
		return nil, fmt.Errorf("%s: no answer in %v", method, patience)
	}
}

// expect registers a channel for the answer of the next call.
func (c *connection) expect(answer chan received) (id int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != nil {
		return 0, c.ended
	}
	c.calls++
	c.waiting[c.calls] = answer
	return c.calls, nil
}
