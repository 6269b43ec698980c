package cli_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/cli"
)

func TestAnswersAreInTheOrderOfTheQuestions(t *testing.T) {
	var out bytes.Buffer
	terminal := cli.Terminal{In: strings.NewReader("\nwrong\nright\n3\n2\n-\nb\n"), Out: &out}
	answers, err := terminal.Ask(t.Context(),
		cli.Question{Title: "First", Value: "kept"},
		cli.Question{Title: "Second", Validate: func(s string) error {
			if s == "wrong" {
				return errors.New("not that one")
			}
			return nil
		}},
		cli.Question{Title: "Third", Choices: []string{"a", "b"}, Value: "a"},
		cli.Question{Title: "Fourth", Value: "removed"},
		cli.Question{Title: "Fifth", Choices: []string{"a", "b"}, Value: "a"},
	)
	require.NoError(t, err)
	require.Equal(t, []string{"kept", "right", "b", "", "b"}, answers)
	require.Contains(t, out.String(), "not that one")
	require.Contains(t, out.String(), "type one of the numbers")
}

func TestANeededAnswerIsNotNothing(t *testing.T) {
	var out bytes.Buffer
	terminal := cli.Terminal{In: strings.NewReader("\n-\nfirst\n-\n\n"), Out: &out}
	answers, err := terminal.Ask(t.Context(),
		cli.Question{Title: "First", Needed: true}, cli.Question{Title: "Second", Needed: true, Value: "kept"})
	require.NoError(t, err)
	require.Equal(t, []string{"first", "kept"}, answers)
	require.Equal(t, 3, strings.Count(out.String(), "this is needed"))
	require.NotContains(t, out.String(), "clears", "an answer that would be refused is not offered")
}

func TestAHiddenValueIsKeptOrRemovedWithoutBeingShown(t *testing.T) {
	for typed, want := range map[string]string{"\n": "s3cret", "-\n": "", "other\n": "other"} {
		var out bytes.Buffer
		answers, err := cli.Terminal{In: strings.NewReader(typed), Out: &out}.Ask(t.Context(),
			cli.Question{Title: "First", Value: "s3cret", Hidden: true})
		require.NoError(t, err)
		require.Equal(t, []string{want}, answers, "%q", typed)
		require.NotContains(t, out.String(), "s3cret")
	}
}

func TestTheEndOfTheInputStopsTheQuestions(t *testing.T) {
	var out bytes.Buffer
	_, err := cli.Terminal{In: strings.NewReader("half a line"), Out: &out}.Ask(t.Context(), cli.Question{Title: "First"})
	require.ErrorIs(t, err, cli.ErrStopped)
	require.True(t, strings.HasSuffix(out.String(), "> \n"), "the message that follows begins a line: %q", out.String())
}

func TestCtrlCStopsTheQuestions(t *testing.T) {
	in, typing := io.Pipe()
	t.Cleanup(func() { _ = typing.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	_, err := cli.Terminal{In: in, Out: &out}.Confirm(ctx, "Write it?")
	require.ErrorIs(t, err, cli.ErrStopped)
	require.True(t, strings.HasSuffix(out.String(), "[y/N] \n"), "the message that follows begins a line: %q", out.String())
}

func TestTheDefaultOfConfirmIsNo(t *testing.T) {
	for typed, want := range map[string]bool{"y\n": true, "n\n": false, "\n": false} {
		yes, err := cli.Terminal{In: strings.NewReader(typed), Out: &bytes.Buffer{}}.Confirm(t.Context(), "Write it?")
		require.NoError(t, err)
		require.Equal(t, want, yes, "%q", typed)
	}
}

func TestPresentNeedsATerminal(t *testing.T) {
	file, err := os.Open(os.DevNull)
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	require.False(t, cli.Terminal{In: file, Out: file}.Present())
	require.False(t, cli.Terminal{In: strings.NewReader(""), Out: &bytes.Buffer{}}.Present())
}
