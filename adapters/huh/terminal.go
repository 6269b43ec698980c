// Package huh asks whoever sits at the terminal.
package huh

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"

	"charm.land/huh/v2"
	"github.com/charmbracelet/x/term"
)

// ErrStopped is the answer of who left the form.
var ErrStopped = errors.New("stopped; nothing was written")

// Question is one thing to ask.
type Question struct {
	Title    string
	Help     string
	Value    string   // what is answered unless changed
	Choices  []string // empty: any text
	Hidden   bool     // do not show what is typed
	Validate func(string) error
}

// Terminal is where questions are asked.
type Terminal struct {
	In  io.Reader
	Out io.Writer
	// Accessible asks line by line, which screen readers and scripts can follow.
	Accessible bool
}

// Present tells whether somebody can be asked: both ends are a terminal.
func (t Terminal) Present() bool { return isTerminal(t.In) && isTerminal(t.Out) }

func isTerminal(end any) bool {
	file, ok := end.(*os.File)
	return ok && term.IsTerminal(file.Fd())
}

// Ask asks all questions as one form, a few per page, and returns the answers in their order.
func (t Terminal) Ask(ctx context.Context, questions ...Question) ([]string, error) {
	answers, fields := make([]string, len(questions)), make([]huh.Field, len(questions))
	for i, q := range questions {
		answers[i] = q.Value
		fields[i] = q.field(&answers[i])
	}
	return answers, t.run(ctx, fields...)
}

// Confirm asks for a yes; the answer is no unless changed.
func (t Terminal) Confirm(ctx context.Context, title string) (yes bool, err error) {
	err = t.run(ctx, huh.NewConfirm().Title(title).Value(&yes))
	return yes, err
}

func (q Question) field(answer *string) huh.Field {
	if len(q.Choices) > 0 {
		return huh.NewSelect[string]().Title(q.Title).Description(q.Help).Options(huh.NewOptions(q.Choices...)...).Value(answer)
	}
	input := huh.NewInput().Title(q.Title).Description(q.Help).Value(answer)
	if q.Hidden {
		input.EchoMode(huh.EchoModePassword)
	}
	if q.Validate != nil {
		input.Validate(q.Validate)
	}
	return input
}

// perPage is how many questions fit on a terminal of 24 lines, with long help and an error. What
// does not fit, huh cuts off at the top, and it repaints the terminal all the time.
const perPage = 3

func pages(fields []huh.Field) []*huh.Group {
	var groups []*huh.Group
	for page := range slices.Chunk(fields, perPage) {
		groups = append(groups, huh.NewGroup(page...))
	}
	return groups
}

func (t Terminal) run(ctx context.Context, fields ...huh.Field) error {
	form := huh.NewForm(pages(fields)...).WithInput(t.In).WithOutput(t.Out).WithAccessible(t.Accessible)
	err := form.RunWithContext(ctx)
	if errors.Is(err, huh.ErrUserAborted) {
		return ErrStopped
	}
	return err
}
