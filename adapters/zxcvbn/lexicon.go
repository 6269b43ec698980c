package zxcvbn

import (
	"strings"
	"sync"
	"time"
	_ "unsafe" // for go:linkname

	"github.com/trustelem/zxcvbn/frequency"
)

// keepFor is how long the word lists stay in memory after the last password was judged.
const keepFor = time.Minute

// ranked are the dictionaries of the library: each word with its rank, by the name of the list. The library fills this
// variable when the program starts and never changes it.
//
//go:linkname ranked github.com/trustelem/zxcvbn/matching.defaultRankedDictionnaries
var ranked struct{ lists map[string]map[string]int }

// words is the only lexicon, because the dictionaries of the library exist once.
var words lexicon

func init() { //nolint:gochecknoinits // drops what the library loads in an initialiser
	words.drop()
}

// lexicon holds the word lists only while passwords are judged, which is seldom. In an idle service they would be most of what
// the garbage collector has to scan.
type lexicon struct {
	mu     sync.Mutex
	users  int
	unused *time.Timer
	common []string // the common passwords, sorted by bytes
}

// open loads the lists if they are not in memory. The caller calls done when it has finished with them.
func (l *lexicon) open() (done func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.users++
	if l.common == nil {
		l.common, ranked.lists = unpack(), rank(frequency.FrequencyLists)
	}
	return l.close
}

func (l *lexicon) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.users--
	if l.unused == nil {
		l.unused = time.AfterFunc(keepFor, l.drop)
	} else {
		l.unused.Reset(keepFor)
	}
}

// drop removes the lists from memory if nobody uses them.
func (l *lexicon) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.users == 0 {
		l.common, ranked.lists = nil, nil
	}
}

// rank does what the library does when the program starts. The first word of a list has rank 1.
func rank(lists map[string][]string) map[string]map[string]int {
	ranked := make(map[string]map[string]int, len(lists))
	for name, list := range lists {
		ranks := make(map[string]int, len(list))
		for i, word := range list {
			ranks[strings.ToLower(word)] = i + 1
		}
		ranked[name] = ranks
	}
	return ranked
}
