package zxcvbn

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trustelem/zxcvbn"
	"github.com/trustelem/zxcvbn/frequency"

	"github.com/sole-platform/sole/domain"
)

// dictionaryOf returns the dictionary of the library that has the word, or an empty name.
func dictionaryOf(word string) string {
	for _, part := range zxcvbn.PasswordStrength(word, nil).Sequence {
		if part.Pattern == "dictionary" && part.Token == word {
			return part.DictionaryName
		}
	}
	return ""
}

func TestTheWordListsAreInMemoryOnlyAfterAPasswordWasJudged(t *testing.T) {
	words.drop()
	if found := dictionaryOf("password"); found != "" {
		t.Fatalf("before: found in %s", found)
	}
	synctest.Test(t, func(t *testing.T) {
		words.unused = nil // its timer belongs to no bubble or to another one
		verdict := Judge{}.Judge(domain.NewSecret("password"), nil)
		if !verdict.Common || verdict.Warning != "This is a common password." {
			t.Errorf("got %+v", verdict)
		}
		if found := dictionaryOf("password"); found != "passwords" {
			t.Errorf("after: found in %q", found)
		}
		time.Sleep(keepFor - time.Second)
		done := words.open()
		time.Sleep(2 * keepFor)
		if found := dictionaryOf("password"); found != "passwords" {
			t.Errorf("in use: found in %q", found)
		}
		done()
		time.Sleep(keepFor)
		synctest.Wait()
		if found := dictionaryOf("password"); found != "" || words.common != nil {
			t.Errorf("a minute later: found in %q", found)
		}
		words.unused = nil
	})
}

func TestEachListOfTheLibraryIsRankedFromOne(t *testing.T) {
	ranked := rank(frequency.FrequencyLists)
	if len(ranked) != len(frequency.FrequencyLists) || len(ranked) < 6 {
		t.Fatalf("%d lists", len(ranked))
	}
	if first, second := ranked["passwords"]["123456"], ranked["passwords"]["password"]; first != 1 || second != 2 {
		t.Errorf("the first words have the ranks %d and %d", first, second)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		words.open()()
		words.drop()
	}
}

// TestPasswordsAreJudgedWhileTheWordListsAreDropped at any moment by several callers.
func TestPasswordsAreJudgedWhileTheWordListsAreDropped(t *testing.T) {
	over := make(chan struct{})
	var dropping, judging sync.WaitGroup
	dropping.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
				words.drop()
				time.Sleep(time.Millisecond)
			}
		}
	})
	for range 4 {
		judging.Go(func() {
			for range 20 {
				verdict := Judge{}.Judge(domain.NewSecret("password"), nil)
				if !verdict.Common || verdict.Warning != "This is a common password." {
					t.Errorf("got %+v", verdict)
				}
			}
		})
	}
	judging.Wait()
	close(over)
	dropping.Wait()
	if words.users != 0 {
		t.Errorf("%d users are left", words.users)
	}
}
