//go:build unix

package faults

import (
	"context"
	"database/sql"
	"net/http"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
	"github.com/sole-platform/sole/test/inprocess"
)

// loopback lets webhooks call receivers on this machine.
const loopback = `WEBHOOK_ALLOWED_NETWORKS=["127.0.0.1/32"]`

var loopbackNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}

// TestAConsumerThatWasAwayForAnHourHasMissedNothing moves the clock of the service.
func TestAConsumerThatWasAwayForAnHourHasMissedNothing(t *testing.T) {
	onAJumpingClock(t, func(t *testing.T, s *service, c *clock) {
		db := look(t, s.database)
		owner := s.enrol(t)
		r := newReceiver(t)
		s.subscribe(t, r, owner)
		s.happen(t, owner, 3)
		r.mustHaveEverything(db, 3)

		r.stop()
		for range 12 {
			s.happen(t, owner, 5)
			time.Sleep(1500 * time.Millisecond) // so that deliveries are attempted
			c.Advance(5 * time.Minute)
			owner = s.renewed(t, owner)
		}
		r.start()
		c.Advance(5 * time.Minute)
		r.mustHaveEverything(db, 60)
	})
}

// renewed refreshes the tokens of an account.
func (s *service) renewed(t *testing.T, who account) account {
	t.Helper()
	a := s.post("/auth/refresh", map[string]any{"refresh_token": who.refresh}).is(t, 200, "")
	who.access, who.refresh = a.text("access_token"), a.text("refresh_token")
	return who
}

// TestAReceiverGetsEveryEventAcrossRestarts restarts the receiver, Redis and the service, cleanly and by a kill, while events
// happen.
func TestAReceiverGetsEveryEventAcrossRestarts(t *testing.T) {
	t.Parallel()
	database, redis := harness.Postgres(t), harness.NewRedisServer(t)
	d := deploy(t, database, redis.URL(), loopback)
	s, other := d.serve(t), d.serve(t)
	owner, r := s.enrol(t), newReceiver(t)
	s.subscribe(t, r, owner)
	over := make(chan struct{})
	var traffic sync.WaitGroup
	traffic.Go(func() {
		for {
			select {
			case <-over:
				return
			case <-time.After(50 * time.Millisecond):
				other.ask("PATCH", "/me", map[string]any{"full_name": uuid.NewString()}, "Authorization", "Bearer "+owner.access)
			}
		}
	})
	for _, restart := range []func(){
		func() { r.stop(); time.Sleep(3 * time.Second); r.start() },
		func() { redis.Stop(t); time.Sleep(time.Second); redis.Start(t) },
		func() { require.Zero(t, s.terminate()); s.start(t) },
		func() { s.kill(); s.start(t) },
		func() {
			redis.Kill(t)
			s.kill()
			r.stop()
			redis.Start(t)
			s.start(t)
			r.start()
		},
	} {
		time.Sleep(2 * time.Second)
		restart()
	}
	time.Sleep(2 * time.Second)
	close(over)
	traffic.Wait()
	r.mustHaveEverything(look(t, database), 100)
	events, again := r.received()
	t.Logf("%d events, %d of them again", events, again)
	require.NotContains(t, s.log.String()+other.log.String(), "canary-of-the-url")
}

// TestAReceiverIsSentToAgainAfterAKill kills the process while the receiver has got events whose results are not stored. Another
// process goes on after the reservation.
func TestAReceiverIsSentToAgainAfterAKill(t *testing.T) {
	for name, database := range map[string]func(*testing.T) string{
		"postgres": func(t *testing.T) string { return harness.Postgres(t) },
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "sole.db") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := database(t)
			s := deploy(t, database, "memory://", loopback).serve(t)
			owner, r := s.enrol(t), newReceiver(t)
			s.subscribe(t, r, owner)
			r.answers(hang)
			s.happen(t, owner, 5)
			eventually(t, "events arrive", func() bool { return r.attempts() >= 4 })
			s.kill()
			r.answers(nil)
			s.start(t)
			r.mustSoonHaveEverything(t, look(t, database))
			events, again := r.received()
			t.Logf("%d events, %d of them again", events, again)
		})
	}
}

// mustSoonHaveEverything waits until every event has arrived, also those of a job that ended without giving its webhook back.
func (r *receiver) mustSoonHaveEverything(t *testing.T, db *sql.DB) {
	t.Helper()
	require.Eventually(t, func() bool { return len(r.missing(db)) == 0 }, 2*time.Minute, 100*time.Millisecond)
}

// TestPostgresIsAwayWhileEventsAreDelivered ends the database between the attempts and their results.
func TestPostgresIsAwayWhileEventsAreDelivered(t *testing.T) {
	t.Parallel()
	server := harness.NewPostgresServer(t)
	s := deploy(t, server.URL(), "memory://", loopback).serve(t)
	owner, r := s.enrol(t), newReceiver(t)
	s.subscribe(t, r, owner)
	answer := make(chan struct{})
	r.answers(func(w http.ResponseWriter, _ *http.Request) {
		<-answer
		w.WriteHeader(http.StatusNoContent)
	})
	s.happen(t, owner, 20)
	eventually(t, "events arrive", func() bool { return r.attempts() >= 4 })
	server.Kill(t)
	r.answers(nil)
	close(answer)
	time.Sleep(time.Second)
	server.Start(t)
	eventually(t, "the service is ready", func() bool { return s.get("/health/ready", "").status == 200 })
	s.happen(t, owner, 5)
	r.mustSoonHaveEverything(t, look(t, server.URL()))
	events, again := r.received()
	t.Logf("%d events, %d of them again", events, again)
}

// TestAReceiverFailsForAWhile gets 500s, is paused, and then gets everything.
func TestAReceiverFailsForAWhile(t *testing.T) {
	onAJumpingClock(t, func(t *testing.T, s *service, c *clock) {
		owner, r := s.enrol(t), newReceiver(t)
		s.subscribe(t, r, owner)
		r.answers(fail)
		s.happen(t, owner, 40)
		eventually(t, "it is paused", func() bool { return r.attempts() >= 5 })
		time.Sleep(2 * time.Second)
		require.Less(t, r.attempts(), 10, "a receiver that fails is left alone")
		r.answers(nil)
		c.Advance(10 * time.Second)
		r.mustHaveEverything(look(t, s.database), 40)
	})
}

// TestReplicasDeliverEachEventOnce has two processes and several webhooks. Without a fault no event is sent twice.
func TestReplicasDeliverEachEventOnce(t *testing.T) {
	t.Parallel()
	database := harness.Postgres(t)
	d := deploy(t, database, harness.Redis(t)+"?prefix="+uuid.NewString(), loopback)
	one, two := d.serve(t), d.serve(t)
	owner := one.enrol(t)
	receivers := make([]*receiver, 4)
	for i := range receivers {
		receivers[i] = newReceiver(t)
		one.subscribe(t, receivers[i], owner)
	}
	for range 10 {
		one.happen(t, owner, 15)
		two.happen(t, owner, 15)
	}
	for _, r := range receivers {
		r.mustHaveEverything(look(t, database), 300)
		_, again := r.received()
		require.Zero(t, again, "events that arrived again")
	}
}

// TestDeadReceiversHoldNobodyUp has ten receivers, of which one hangs and one is not there.
func TestDeadReceiversHoldNobodyUp(t *testing.T) {
	t.Parallel()
	database := harness.Postgres(t)
	s := deploy(t, database, "memory://", loopback).serve(t)
	owner := s.enrol(t)
	receivers := make([]*receiver, 10)
	for i := range receivers {
		receivers[i] = newReceiver(t)
		s.subscribe(t, receivers[i], owner)
	}
	receivers[0].answers(hang)
	receivers[1].stop()
	db := look(t, database)
	for range 3 {
		s.happen(t, owner, 10)
		happened := time.Now()
		for _, r := range receivers[2:] {
			r.mustHaveEverything(db, 10)
		}
		require.Less(t, time.Since(happened), 8*time.Second)
		t.Logf("the others had everything after %s", time.Since(happened))
	}
}

// TestAServiceStopsWhileAReceiverHangs ends the process in time, and another one delivers.
func TestAServiceStopsWhileAReceiverHangs(t *testing.T) {
	t.Parallel()
	database := harness.Postgres(t)
	s := deploy(t, database, "memory://", loopback).serve(t)
	owner, r := s.enrol(t), newReceiver(t)
	s.subscribe(t, r, owner)
	r.answers(hang)
	s.happen(t, owner, 5)
	eventually(t, "events arrive", func() bool { return r.attempts() >= 4 })
	asked := time.Now()
	require.Zero(t, s.terminate())
	require.Less(t, time.Since(asked), 15*time.Second)
	r.answers(nil)
	s.start(t)
	r.mustHaveEverything(look(t, database), 5)
}

// TestAServiceThatJustDeliveredStopsAtOnce has a job that waits for further events.
func TestAServiceThatJustDeliveredStopsAtOnce(t *testing.T) {
	t.Parallel()
	database := harness.Postgres(t)
	s := deploy(t, database, "memory://", loopback).serve(t)
	owner, r := s.enrol(t), newReceiver(t)
	s.subscribe(t, r, owner)
	s.happen(t, owner, 5)
	r.mustHaveEverything(look(t, database), 5)
	asked := time.Now()
	require.Zero(t, s.terminate())
	require.Less(t, time.Since(asked), 4*time.Second)
}

// TestAnHourWithRestarts moves the clock by an hour, in which the receiver, Redis and the service are each restarted.
func TestAnHourWithRestarts(t *testing.T) {
	t.Parallel()
	database, _ := inprocess.Deployments()[1].URLs(t)
	redis, c := harness.NewRedisServer(t), &clock{}
	begin := func() (*service, func()) {
		ctx, end := context.WithCancel(context.Background())
		s := inProcess(ctx, t, stores{database: database, redis: redis.URL()}, c)
		return s, func() { end(); <-s.ended }
	}
	s, end := begin()
	owner, r := s.enrol(t), newReceiver(t)
	s.subscribe(t, r, owner)
	for step := range 12 {
		s.happen(t, owner, 5)
		switch step {
		case 2:
			r.stop()
		case 4:
			redis.Stop(t)
		case 5:
			redis.Start(t)
		case 6:
			r.start()
		case 8:
			end()
			s, end = begin()
		}
		time.Sleep(1200 * time.Millisecond)
		c.Advance(5 * time.Minute)
		owner = s.renewed(t, owner)
	}
	r.mustHaveEverything(look(t, database), 60)
	events, again := r.received()
	t.Logf("%d events, %d of them again", events, again)
	end()
}

// TestAReceiverThatIsGoneIsDisabled answers 410.
func TestAReceiverThatIsGoneIsDisabled(t *testing.T) {
	onAJumpingClock(t, func(t *testing.T, s *service, _ *clock) {
		owner, r := s.enrol(t), newReceiver(t)
		s.subscribe(t, r, owner)
		r.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
		s.happen(t, owner, 1)
		db := look(t, s.database)
		eventually(t, "the event of it", func() bool { return len(r.events(db, "name = 'webhook.disabled'")) == 1 })
		attempts := r.attempts()
		require.LessOrEqual(t, attempts, 4, "only attempts under way still end")
		s.happen(t, owner, 5)
		time.Sleep(2500 * time.Millisecond)
		require.Equal(t, attempts, r.attempts(), "nothing is sent any more")
	})
}
