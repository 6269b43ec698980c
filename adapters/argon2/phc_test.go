package argon2

import (
	"strings"
	"testing"
)

const storedHash = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$" + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

func TestParsePHCReadsWhatStringWrites(t *testing.T) {
	h, err := parsePHC(storedHash)
	if err != nil {
		t.Fatal(err)
	}
	if got := h.String(); got != storedHash {
		t.Errorf("got %s, want %s", got, storedHash)
	}
	if want := (Params{MemoryKiB: 64, Time: 1, Threads: 1}); h.Params != want || !h.madeWith(want) {
		t.Errorf("got %+v, want %+v", h.Params, want)
	}
}

func TestParsePHCRefuses(t *testing.T) {
	change := func(from, to string) string { return strings.Replace(storedHash, from, to, 1) }
	for name, text := range map[string]string{
		"nothing":                   "",
		"dollars only":              "$$$$$",
		"no leading dollar":         storedHash[1:],
		"another function":          change("argon2id", "argon2i"),
		"bcrypt":                    "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"an older version":          change("v=19", "v=16"),
		"two gibibytes":             change("m=64", "m=2097152"),
		"memory that overflows":     change("m=64", "m=4294967360"),
		"no memory":                 change("m=64", "m=0"),
		"less than 8 KiB a thread":  change("p=1", "p=16"),
		"too many threads":          change("p=1", "p=17"),
		"no threads":                change("p=1", "p=0"),
		"no passes":                 change("t=1", "t=0"),
		"too many passes":           change("t=1", "t=11"),
		"negative passes":           change("t=1", "t=-1"),
		"a plus sign":               change("t=1", "t=+1"),
		"a leading zero":            change("t=1", "t=01"),
		"parameters in other order": change("m=64,t=1", "t=1,m=64"),
		"one parameter more":        change("p=1", "p=1,x=1"),
		"padding":                   storedHash + "=",
		"a line break":              storedHash + "\n",
		"a part more":               storedHash + "$",
		"truncated":                 storedHash[:len(storedHash)-1],
		"no key":                    storedHash[:strings.LastIndex(storedHash, "$")+1],
		"a short key":               change("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "AAECAwQFBgc"),
		"no salt":                   change("c29tZXNhbHRzb21lc2FsdA", ""),
		"a long salt":               change("c29tZXNhbHRzb21lc2FsdA", strings.Repeat("c29t", 30)),
		"a megabyte":                storedHash + strings.Repeat("A", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			if h, err := parsePHC(text); err == nil {
				t.Errorf("accepted as %v", h)
			}
		})
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add(storedHash)
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=255$$")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parsePHC(text)
		if err == nil && (h.String() != text || h.Validate() != nil) {
			t.Errorf("accepted %q as %v", text, h)
		}
	})
}
