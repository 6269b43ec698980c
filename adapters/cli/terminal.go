package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/term"
)

// ErrStopped means that the user stopped instead of answering.
var ErrStopped = errors.New("stopped; nothing was written")

// Question is one thing to ask.
type Question struct {
	Title    string
	Help     string
	Value    string   // the answer unless changed
	Choices  []string // empty: any text
	Needed   bool     // refuse an empty answer
	Hidden   bool     // show neither the value nor what is typed
	Validate func(string) error
}

// Terminal is where questions are asked, line by line, which screen readers and scripts can follow.
type Terminal struct {
	In  io.Reader
	Out io.Writer
}

// Present reports whether questions can be asked: both ends are a terminal.
func (t Terminal) Present() bool { return isTerminal(t.In) && isTerminal(t.Out) }

func isTerminal(end any) bool {
	file, ok := end.(*os.File)
	return ok && term.IsTerminal(file.Fd())
}

// clears is the answer that clears the value. An empty line keeps it.
const clears = "-"

// Ask asks the questions and returns the answers in their order.
func (t Terminal) Ask(ctx context.Context, questions ...Question) ([]string, error) {
	answers := make([]string, len(questions))
	for i, q := range questions {
		t.show("\n%s: %s\n", q.Title, q.Help)
		for n, choice := range q.Choices {
			t.show("  %d. %s\n", n+1, choice)
		}
		for {
			typed, err := t.prompt(ctx, q)
			if err != nil {
				return answers, err
			}
			if answers[i], err = q.answer(typed); err == nil {
				break
			}
			t.show("%v\n", err)
		}
	}
	return answers, nil
}

// Confirm asks a question that is answered with yes or no. The answer is no unless changed.
func (t Terminal) Confirm(ctx context.Context, title string) (yes bool, err error) {
	t.show("\n%s [y/N] ", title)
	typed, err := t.line(ctx, false)
	return slices.Contains([]string{"y", "yes"}, strings.ToLower(typed)), err
}

func (t Terminal) prompt(ctx context.Context, q Question) (string, error) {
	if q.Value != "" {
		value := q.Value
		if q.Hidden {
			value = "it"
		}
		t.show("[Enter keeps %s", value)
		if len(q.Choices) == 0 && !q.Needed {
			t.show(", %s clears it", clears)
		}
		t.show("] ")
	}
	t.show("> ")
	return t.line(ctx, q.Hidden)
}

// answer returns the answer for a typed line. A choice can be typed as its number or its text.
func (q Question) answer(typed string) (string, error) {
	answer := typed
	switch {
	case typed == "":
		answer = q.Value
	case len(q.Choices) > 0:
		if n, err := strconv.Atoi(typed); err == nil && n >= 1 && n <= len(q.Choices) {
			return q.Choices[n-1], nil
		}
		if !slices.Contains(q.Choices, typed) {
			return "", errors.New("type one of the numbers")
		}
	case typed == clears:
		answer = ""
	}
	if answer == "" && q.Needed {
		return "", errors.New("this is needed")
	}
	if q.Validate != nil {
		return answer, q.Validate(answer)
	}
	return answer, nil
}

func (t Terminal) show(format string, values ...any) { _, _ = fmt.Fprintf(t.Out, format, values...) }

// line reads a line and trims blanks. It returns ErrStopped at the end of the input, and when ctx ends, as after Ctrl-C.
func (t Terminal) line(ctx context.Context, hidden bool) (string, error) {
	type result struct {
		text string
		err  error
	}
	read := make(chan result, 1)
	file, _ := t.In.(*os.File)
	hidden = hidden && isTerminal(t.In)
	var state *term.State
	if hidden {
		state, _ = term.GetState(file.Fd())
	}
	go func() {
		if !hidden {
			text, err := readLine(t.In)
			read <- result{text, err}
			return
		}
		text, err := term.ReadPassword(file.Fd())
		t.show("\n")
		read <- result{string(text), err}
	}()
	select {
	case r := <-read:
		if errors.Is(r.err, io.EOF) {
			t.show("\n")
			return "", ErrStopped
		}
		return strings.TrimSpace(r.text), r.err
	case <-ctx.Done():
		if state != nil {
			_ = term.Restore(file.Fd(), state) // shows again what is typed
		}
		t.show("\n")
		return "", ErrStopped
	}
}

// readLine reads one line and nothing after it, because the next line belongs to the next question.
func readLine(in io.Reader) (string, error) {
	var line []byte
	for next := make([]byte, 1); ; {
		n, err := in.Read(next)
		switch {
		case n > 0 && next[0] == '\n':
			return string(line), nil
		case n > 0:
			line = append(line, next[0])
		case err != nil:
			return "", err
		}
	}
}
