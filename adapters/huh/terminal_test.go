package huh_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/huh"
)

func TestAnswersComeInTheOrderOfTheQuestions(t *testing.T) {
	var out bytes.Buffer
	terminal := huh.Terminal{In: iotest.OneByteReader(strings.NewReader("\nwrong\nright\n2\n")), Out: &out, Accessible: true}
	answers, err := terminal.Ask(t.Context(),
		huh.Question{Title: "First", Value: "kept"},
		huh.Question{Title: "Second", Validate: func(s string) error {
			if s == "wrong" {
				return errors.New("not that one")
			}
			return nil
		}},
		huh.Question{Title: "Third", Choices: []string{"a", "b"}, Value: "a"},
	)
	require.NoError(t, err)
	require.Equal(t, []string{"kept", "right", "b"}, answers)
	require.Contains(t, out.String(), "not that one")
}

func TestNoIsTheAnswerUnlessChanged(t *testing.T) {
	for typed, want := range map[string]bool{"y\n": true, "n\n": false, "\n": false} {
		yes, err := huh.Terminal{In: strings.NewReader(typed), Out: &bytes.Buffer{}, Accessible: true}.Confirm(t.Context(), "Write it?")
		require.NoError(t, err)
		require.Equal(t, want, yes, "%q", typed)
	}
}

func TestNobodyIsThereWithoutATerminal(t *testing.T) {
	file, err := os.Open(os.DevNull)
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	require.False(t, huh.Terminal{In: file, Out: file}.Present())
	require.False(t, huh.Terminal{In: strings.NewReader(""), Out: &bytes.Buffer{}}.Present())
}
