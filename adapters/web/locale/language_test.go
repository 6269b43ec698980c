package locale

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheFirstKnownLanguageIsChosen(t *testing.T) {
	for _, c := range []struct{ chosen, accepted, fallback, want string }{
		{want: "en"},
		{chosen: "de", accepted: "en", fallback: "en", want: "de"},
		{chosen: "fr", accepted: "de", fallback: "en", want: "de"},
		{chosen: "fr", accepted: "fr", fallback: "de", want: "de"},
		{chosen: "fr", accepted: "fr", fallback: "fr", want: "en"},
		{accepted: "de-AT", want: "de"},
		{accepted: "de-CH,de;q=0.9,en;q=0.8", want: "de"},
		{accepted: "en-GB,de;q=0.9", fallback: "de", want: "en"},
		{accepted: "en;q=0.3, de;q=0.7", want: "de"},
		{accepted: "en;q=0.7, de;q=0.3", want: "en"},
		{accepted: "fr, it;q=0.9, de;q=0.1", want: "de"},
		{accepted: "de;q=0, en;q=0.1", fallback: "de", want: "en"},
		{accepted: "de;q=0", fallback: "fr", want: "en"},
		{accepted: "*", fallback: "de", want: "de"},
		{accepted: "fr, *;q=0.5", fallback: "de", want: "de"},
		{accepted: "*, de;q=0.5", fallback: "en", want: "de"},
		{accepted: "%%%, de;q=0.4", want: "de"},
		{accepted: "de;q=high, en;q=0.1", fallback: "de", want: "en"},
		{accepted: ",,;;q=,-", fallback: "de", want: "de"},
		{accepted: strings.Repeat("fr,", 500) + "de", want: "en"},
		{accepted: strings.Repeat("a-", 5000), fallback: "de", want: "de"},
		{fallback: "de-AT", want: "de"},
		{fallback: "pt-BR", want: "en"},
	} {
		require.Equal(t, c.want, Match(c.chosen, c.accepted, c.fallback).Tag(), "%+v", c)
	}
}

func TestKnownLanguages(t *testing.T) {
	for wanted, known := range map[string]bool{"": false, "fr": false, "*": false, "de;q=0": false, "de-AT": true, "fr, en;q=0.1": true} {
		require.Equal(t, known, Known(wanted), wanted)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("de", "de-AT;q=0.3,*", "en")
	f.Add("", "en;q=,,;q=1", "\xff")
	f.Fuzz(func(t *testing.T, chosen, accepted, fallback string) {
		l := Match(chosen, accepted, fallback)
		require.Contains(t, Languages(), l)
		require.Equal(t, l, Match(l.Tag(), accepted, fallback))
	})
}

func TestEnglishIsFirst(t *testing.T) {
	var tags, names []string
	for _, l := range Languages() {
		tags, names = append(tags, l.Tag()), append(names, l.Name())
		require.Contains(t, []string{"ltr", "rtl"}, l.Direction())
	}
	require.Equal(t, []string{"en", "de"}, tags)
	require.Equal(t, []string{"English", "Deutsch"}, names)
}

func TestCallersCannotChangeTheLanguages(t *testing.T) {
	Languages()[0] = nil
	require.NotNil(t, Languages()[0])
}

func TestValuesAndPluralForms(t *testing.T) {
	en, de := english(t), german(t)
	require.Equal(t, "1 day", en.Text("language.days", "count", 1))
	require.Equal(t, "0 days", en.Text("language.days", "count", 0))
	require.Equal(t, "1 Tag", de.Text("language.days", "count", 1))
	require.Equal(t, "1.200 Tage", de.Text("language.days", "count", 1200))
	require.Equal(t, "1,200 days", en.Text("language.days", "count", int64(1200)))
	require.Equal(t, "{count} days", en.Text("language.days"))
	require.Equal(t, "{count} days", en.Text("language.days", "other", 2))
	require.Equal(t, "{b} {a}", en.Text("language.size", "amount", "{b}", "unit", "{a}"), "values are not filled in again")
	require.Equal(t, "language.none", en.Text("language.none", "count", 1))
	require.True(t, en.Has("language.days"))
	require.False(t, en.Has("language.none"))
}

func TestAContextCarriesTheLanguage(t *testing.T) {
	require.Equal(t, "en", From(t.Context()).Tag())
	ctx := With(context.Background(), german(t))
	require.Equal(t, "de", From(ctx).Tag())
	require.Equal(t, "2 Stunden", T(ctx, "language.hours", "count", 2))
}

func TestATextWithoutValuesIsFoundWithoutAllocation(t *testing.T) {
	l := german(t)
	require.Zero(t, testing.AllocsPerRun(100, func() { l.Text("language.now") }))
}

func TestALanguageIsSafeForConcurrentUse(t *testing.T) {
	l := german(t)
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			for range 100 {
				if got := l.Number(1234567) + l.Bytes(1536); got != "1.234.5671,5 KB" {
					t.Error(got)
				}
			}
		})
	}
	running.Wait()
}
