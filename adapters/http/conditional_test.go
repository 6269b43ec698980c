package http

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestIfMatchIsReadAsAList(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]domain.Versions{
		"":                        nil,
		"*":                       nil,
		" * ":                     nil,
		" ":                       nil,
		",":                       {0}, // a list without a tag matches nothing
		" , ,":                    {0},
		`"7"`:                     {7},
		`"1", "99"`:               {1, 99},
		`"1","99"`:                {1, 99},
		` "1" ,, "99" , `:         {1, 99},
		`W/"7"`:                   {7},
		`W/"1", "2"`:              {1, 2},
		`"7-gzip"`:                {7},
		`W/"7-br"`:                {7},
		`"7--gzip"`:               {7},
		`"a,b", "7"`:              {0, 7}, // a comma inside a tag does not end it
		`"7-gzipped"`:             {0},
		`"0"`:                     {0},
		`"-7"`:                    {0},
		`"+7"`:                    {0},
		`"07"`:                    {0},
		`"9999999999999999999"`:   {0},
		`7`:                       {0},
		`w/"7"`:                   {0}, // the prefix is case-sensitive
		`W/x`:                     {0},
		`"7" "8"`:                 {0},
		`"7", "8`:                 {7, 0},
		`"7", *`:                  {7, 0},
		`"` + "\u00fc" + `", "7"`: {0, 7},
	} {
		require.Equal(t, want, Conditional{IfMatch: header}.versions(), header)
	}
}

func TestAnETagReadsBackAsItsVersion(t *testing.T) {
	t.Parallel()
	require.Equal(t, domain.Versions{1 << 62}, Conditional{IfMatch: etag(1 << 62)}.versions())
}
