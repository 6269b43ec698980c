package browser

import (
	"bytes"
	"compress/gzip"
	_ "embed" // axe-core
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"
)

//go:embed testdata/axe.min.js.gz
var compressed []byte

// axe is axe-core, which finds faults of accessibility.
var axe = sync.OnceValues(func() (string, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(unzipped)
	return string(text), err
})

// These rules of axe-core are for WCAG 2.2 AA and good practice, and for colours alone.
const (
	allRules = `['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']`
	colours  = `['color-contrast', 'link-in-text-block']`
)

// still ends transitions of colours, so that none is half way.
const still = `document.getAnimations().forEach(a => a.effect.getComputedTiming().endTime == Infinity || a.finish())`

// run is a function of JavaScript that runs rules of axe-core.
const run = `(rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'] }).then(result => result.violations.map(found => [
	found.id + ': ' + found.help,
	...found.nodes.map(node => node.target.join(' ') + '\n      ' + (node.failureSummary ?? '').replaceAll('\n', '\n      '))
].join('\n    '))))`

// Accessible requires that axe-core finds nothing in the page. It names the rule, the element and what to change.
func (b *Tab) Accessible() {
	b.t.Helper()
	b.requireNone(allRules)
}

// Readable requires that axe-core finds nothing in the colours of the page.
func (b *Tab) Readable() {
	b.t.Helper()
	b.requireNone(colours)
}

func (b *Tab) requireNone(rules string) {
	b.t.Helper()
	if found := b.violations(rules); len(found) > 0 {
		require.Fail(b.t, fmt.Sprintf("axe finds %d faults", len(found)), "%s\n  %s", b.address(), strings.Join(found, "\n  "))
	}
}

// violations returns what axe-core finds.
func (b *Tab) violations(rules string) (found []string) {
	b.t.Helper()
	if b.Value("typeof axe") != "object" {
		script, err := axe()
		require.NoError(b.t, err)
		b.Value(script + "\n;0")
	}
	b.Value(still)
	for _, violation := range b.Value(run + "(" + rules + ")").([]any) {
		found = append(found, violation.(string))
	}
	return found
}
