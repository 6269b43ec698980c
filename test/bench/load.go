package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// call is an HTTP request.
type call struct{ method, path, bearer, cookie, body, form string }

// connection is a keep-alive connection to a server.
type connection struct {
	client   *fasthttp.HostClient
	request  *fasthttp.Request
	response *fasthttp.Response
}

func newConnection(address string) *connection {
	return &connection{
		client: &fasthttp.HostClient{
			Addr: address, MaxConns: 1, MaxIdleConnDuration: time.Minute, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second,
		},
		request: fasthttp.AcquireRequest(), response: fasthttp.AcquireResponse(),
	}
}

// send is expect for the status 200.
func (c *connection) send(call call, into any) error { return c.expect(call, fasthttp.StatusOK, into) }

// expect sends a request and reads the JSON of the answer into a value; nil reads nothing. Any other status is an error.
func (c *connection) expect(call call, want int, into any) error {
	c.request.Reset()
	c.request.SetRequestURI("http://" + c.client.Addr + call.path)
	c.request.Header.SetMethod(call.method)
	if call.bearer != "" {
		c.request.Header.Set("Authorization", "Bearer "+call.bearer)
	}
	if call.cookie != "" {
		c.request.Header.Set("Cookie", call.cookie)
	}
	if call.body != "" {
		c.request.Header.SetContentType("application/json")
		c.request.SetBodyString(call.body)
	}
	if call.form != "" {
		c.request.Header.SetContentType("application/x-www-form-urlencoded")
		c.request.SetBodyString(call.form)
	}
	if err := c.client.Do(c.request, c.response); err != nil {
		return fmt.Errorf("%s %s: %w", call.method, call.path, err)
	}
	if status := c.response.StatusCode(); status != want {
		return fmt.Errorf("%s %s: status %d: %s", call.method, call.path, status, c.response.Body())
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(c.response.Body(), into)
}

// act does on one connection what a case measures, once.
type act func(c *connection) error

// errCodesUsed ends a round early for one connection: its one-time codes are used up for the moment.
var errCodesUsed = errors.New("the one-time codes are used up")

// sample is what one round measured.
type sample struct {
	done int
	took time.Duration
	cpu  cpu
	each []time.Duration
}

// side is what takes turns with another side: a row, or the base of the row.
type side struct {
	connections []*connection
	acts        []act
	resets      []func() // called before each round
	processes   []int
	servers     servers
}

// round repeats the acts of all connections at the same time for some time, at least once each, and returns what it measured.
// A request that fails ends the round with an error.
func (s *side) round(length time.Duration) (sample, error) {
	for _, reset := range s.resets {
		reset()
	}
	before, err := s.servers.spent(s.processes)
	if err != nil {
		return sample{}, err
	}
	var (
		workers sync.WaitGroup
		failed  atomic.Pointer[error]
		each    = make([][]time.Duration, len(s.acts))
		began   = time.Now()
	)
	for i, act := range s.acts {
		workers.Go(func() {
			for n := 0; failed.Load() == nil && (n == 0 || time.Since(began) < length); n++ {
				started := time.Now()
				err := act(s.connections[i])
				switch {
				case errors.Is(err, errCodesUsed):
					return
				case err != nil:
					failed.Store(&err)
					return
				}
				each[i] = append(each[i], time.Since(started))
			}
		})
	}
	workers.Wait()
	took := time.Since(began)
	if err := failed.Load(); err != nil {
		return sample{}, *err
	}
	after, err := s.servers.spent(s.processes)
	all := slices.Concat(each...)
	if len(all) == 0 {
		err = errors.Join(err, errCodesUsed)
	}
	return sample{done: len(all), took: took, cpu: after.minus(before), each: all}, err
}

// close closes the connections.
func (s *side) close() {
	for _, c := range s.connections {
		c.client.CloseIdleConnections()
	}
}
