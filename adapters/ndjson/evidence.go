package ndjson

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Evidence is the audit log of one org in files. It stores only the offsets of the events in memory.
type Evidence struct {
	org      domain.OrgID
	events   *os.File
	seals    []domain.SealRecord
	places   []place // by position
	unsealed []port.UnsealedEvent
	expiry   domain.Expiry
}

// place is the offset in the file of the event with a position.
type place struct{ position, at int64 }

var _ port.Evidence = (*Evidence)(nil)

// Open reads an export of events and the seals of an org. If org is empty, all seals must be of one org, which is used.
// Lines of the log stream that are not seals are ignored.
func Open(events, seals string, org domain.OrgID) (*Evidence, error) {
	e := &Evidence{org: org}
	if err := e.readSeals(seals); err != nil {
		return nil, fmt.Errorf("the file of seals: %w", err)
	}
	var err error
	if e.events, err = open(events); err != nil {
		return nil, fmt.Errorf("the file of events: %w", err)
	}
	if err := eachLine(e.events, e.index); err != nil {
		return nil, errors.Join(fmt.Errorf("the file of events: %w", err), e.Close())
	}
	slices.SortFunc(e.places, func(a, b place) int { return cmp.Or(cmp.Compare(a.position, b.position), cmp.Compare(a.at, b.at)) })
	slices.SortFunc(e.unsealed, func(a, b port.UnsealedEvent) int { return cmp.Compare(a.ID, b.ID) })
	return e, nil
}

func open(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, errors.New("it cannot be opened")
	}
	return file, nil
}

// Close closes the file of events.
func (e *Evidence) Close() error { return e.events.Close() }

// Org returns the org of the log.
func (e *Evidence) Org() domain.OrgID { return e.org }

func (e *Evidence) readSeals(path string) error {
	file, err := open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	only := e.org
	err = eachLine(file, func(_ int64, text []byte) error {
		line, err := object[sealLine](text)
		if err != nil || line.Token == "" || only != "" && line.OrgID != only {
			return err
		}
		if e.org == "" {
			e.org = line.OrgID
		}
		if line.OrgID != e.org {
			return errors.New("the seals are of several orgs: choose one with --org ID")
		}
		e.seals = append(e.seals, domain.SealRecord{Number: line.Seal, At: line.At.UTC(), Token: line.Token})
		return nil
	})
	slices.SortFunc(e.seals, func(a, b domain.SealRecord) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Token, b.Token))
	})
	e.seals = slices.CompactFunc(e.seals, func(a, b domain.SealRecord) bool { return a.Number == b.Number && a.Token == b.Token })
	if err == nil && len(e.seals) == 0 {
		return errors.New("it contains no seal of the org: use the id of the org, because the files contain no other name of it")
	}
	return err
}

// index stores the place of a sealed event, and any other event as unsealed.
func (e *Evidence) index(at int64, text []byte) error {
	line, err := object[eventLine](text)
	if err != nil {
		return err
	}
	event := line.sealed()
	if event.Seal == 0 {
		e.unsealed = append(e.unsealed, port.UnsealedEvent{ID: event.Event.ID, At: event.Event.At, Waiting: true})
	} else {
		e.places = append(e.places, place{event.Position, at})
	}
	if x, ok := domain.ExpiryOf(event.Event); ok && x.Through > e.expiry.Through {
		e.expiry = x
	}
	return nil
}

// Seals implements port.Evidence.
func (e *Evidence) Seals(_ context.Context, after int64, limit int) ([]domain.SealRecord, error) {
	i, _ := slices.BinarySearchFunc(e.seals, after+1, func(s domain.SealRecord, number int64) int { return cmp.Compare(s.Number, number) })
	rest := e.seals[i:]
	return rest[:min(limit, len(rest))], nil
}

// Covered implements port.Evidence.
func (e *Evidence) Covered(_ context.Context, first int64, n int) (covered []domain.SealedEvent, err error) {
	i := e.firstAt(first)
	for ; i < len(e.places) && e.places[i].position < first+int64(n); i++ {
		event, err := e.at(e.places[i].at)
		if err != nil {
			return nil, err
		}
		covered = append(covered, event)
	}
	return covered, nil
}

func (e *Evidence) firstAt(position int64) int {
	i, _ := slices.BinarySearchFunc(e.places, position, func(p place, position int64) int { return cmp.Compare(p.position, position) })
	return i
}

// at reads the event at an offset of the file.
func (e *Evidence) at(offset int64) (domain.SealedEvent, error) {
	reader := bufio.NewReaderSize(io.NewSectionReader(e.events, offset, maxLine), 4<<10)
	text, err := reader.ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return domain.SealedEvent{}, fmt.Errorf("the file of events: %w", err)
	}
	line, err := object[eventLine](text)
	return line.sealed(), err
}

// Unsealed implements port.Evidence. Every unsealed event is reported as waiting, because the files do not show more.
func (e *Evidence) Unsealed(
	_ context.Context, after domain.EventID, limit int,
) (events []port.UnsealedEvent, last domain.EventID, err error) {
	i := 0
	if after != "" {
		i, _ = slices.BinarySearchFunc(e.unsealed, after, func(u port.UnsealedEvent, id domain.EventID) int { return cmp.Compare(u.ID, id) })
		for i < len(e.unsealed) && e.unsealed[i].ID == after {
			i++
		}
	}
	page := e.unsealed[i:min(i+limit, len(e.unsealed))]
	if len(page) > 0 {
		last = page[len(page)-1].ID
	}
	return page, last, nil
}

// Lost implements port.Evidence. An export does not show lost events.
func (e *Evidence) Lost(context.Context) (domain.EventID, error) { return "", nil }

// Beyond implements port.Evidence. Events after the last seal of the file are not reported: the export may be newer than
// the seals.
func (e *Evidence) Beyond(context.Context, int64) (domain.EventID, error) {
	if len(e.places) == 0 || e.places[0].position > 0 {
		return "", nil
	}
	event, err := e.at(e.places[0].at)
	return event.Event.ID, err
}

// Expiry implements port.Evidence.
func (e *Evidence) Expiry(context.Context) (domain.Expiry, error) { return e.expiry, nil }
