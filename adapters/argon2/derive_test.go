package argon2

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"

	"golang.org/x/crypto/argon2"
)

// The vector of RFC 9106 §5.3 has a secret and associated data, which passwords do not use.
func TestDeriveKeyComputesTheVectorOfTheRFC(t *testing.T) {
	fill := func(with byte, size int) []byte { return bytes.Repeat([]byte{with}, size) }
	in := inputs{
		Params: Params{MemoryKiB: 32, Time: 3, Threads: 4}, kind: argon2id, version: argon2.Version,
		password: fill(1, 32), salt: fill(2, 16), secret: fill(3, 8), data: fill(4, 12), size: 32,
	}
	key := deriveKey(make([]block, in.blocks()), in)
	if got, want := hex.EncodeToString(key), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDeriveKeyEqualsTheLibrary(t *testing.T) {
	for _, p := range []Params{
		{MemoryKiB: 8, Time: 1, Threads: 1}, {MemoryKiB: 64, Time: 2, Threads: 1}, {MemoryKiB: 67, Time: 3, Threads: 1},
		{MemoryKiB: 32, Time: 2, Threads: 4}, {MemoryKiB: 1021, Time: 2, Threads: 3}, {MemoryKiB: 4096, Time: 1, Threads: 16},
		Default(),
	} {
		for _, size := range []uint32{16, 32, 64} {
			t.Run(fmt.Sprintf("m=%d,t=%d,p=%d,%d", p.MemoryKiB, p.Time, p.Threads, size), func(t *testing.T) {
				password, salt := random(int(p.MemoryKiB)%100), random(saltBytes)
				got := deriveKey(make([]block, p.blocks()), inputs{
					Params: p, kind: argon2id, version: argon2.Version, password: password, salt: salt, size: size,
				})
				want := argon2.IDKey(password, salt, p.Time, p.MemoryKiB, p.Threads, size)
				if string(got) != string(want) {
					t.Errorf("got %x, want %x", got, want)
				}
			})
		}
	}
}
