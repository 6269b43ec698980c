package argon2

import (
	"encoding/binary"
	_ "unsafe" // for go:linkname

	"golang.org/x/crypto/blake2b"
)

// argon2.IDKey allocates 19 MiB for each hash and leaves them to the garbage collector, because it takes no buffer
// (https://go.dev/issue/36634). This would be most of the memory of a service with many sign-ins. deriveKey computes the same in memory of
// the caller, with unexported functions of the library. TestDeriveKeyEqualsTheLibrary compares the results, so that an update of the
// library cannot change them unnoticed.

//go:linkname blake2bHash golang.org/x/crypto/argon2.blake2bHash
func blake2bHash(out []byte, in []byte)

//go:linkname processBlocks golang.org/x/crypto/argon2.processBlocks
func processBlocks(blocks []block, time, memory, threads uint32, mode int)

//go:linkname extractKey golang.org/x/crypto/argon2.extractKey
func extractKey(blocks []block, memory, threads, keyLen uint32) []byte

const (
	argon2d    = 0 // the types (RFC 9106 §3.1)
	argon2i    = 1
	argon2id   = 2
	segments   = 4 // of a lane (RFC 9106 §3.4)
	hashBytes  = blake2b.Size
	blockBytes = 1024
)

// block is a block of the memory that Argon2 fills (RFC 9106 §3.1).
type block [blockBytes / 8]uint64

// blocks returns how many blocks the parameters need: m' in RFC 9106 §3.2.
func (p Params) blocks() int {
	least := segments * int(p.Threads)
	return max(2*least, int(p.MemoryKiB)/least*least)
}

// inputs are the inputs of Argon2 (RFC 9106 §3.1). The secret and the data are empty for passwords; the test vectors have them.
type inputs struct {
	Params
	kind                         uint32 // argon2d, argon2i or argon2id
	version                      uint32 // argon2.Version or firstVersion
	password, salt, secret, data []byte
	size                         uint32 // of the key, in bytes
}

// seed returns H0 (RFC 9106 §3.2, step 1), followed by eight bytes for the position of a block.
func (in inputs) seed() (seed [hashBytes + 8]byte) {
	hash, _ := blake2b.New512(nil) // fails only for a key that is too long
	write := func(number uint32) { _, _ = hash.Write(binary.LittleEndian.AppendUint32(nil, number)) }
	for _, number := range []uint32{uint32(in.Threads), in.size, in.MemoryKiB, in.Time, in.version, in.kind} {
		write(number)
	}
	for _, text := range [][]byte{in.password, in.salt, in.secret, in.data} {
		write(uint32(len(text)))
		_, _ = hash.Write(text)
	}
	hash.Sum(seed[:0])
	return seed
}

// deriveKey computes the key in memory, which must have in.blocks() blocks, all zero.
func deriveKey(memory []block, in inputs) []byte {
	var (
		seed    = in.seed()
		total   = uint32(len(memory))
		threads = uint32(in.Threads)
		bytes   [blockBytes]byte
	)
	for lane := range threads {
		for column := range uint32(2) { // the first two blocks of each lane (RFC 9106 §3.2, steps 3 and 4)
			binary.LittleEndian.PutUint32(seed[hashBytes:], column)
			binary.LittleEndian.PutUint32(seed[hashBytes+4:], lane)
			blake2bHash(bytes[:], seed[:])
			first := &memory[lane*(total/threads)+column]
			for i := range first {
				first[i] = binary.LittleEndian.Uint64(bytes[8*i:])
			}
		}
	}
	if in.version == firstVersion && in.Time > 1 { // the versions differ from the second pass on
		overwriteBlocks(memory, in.Time, threads, in.kind)
	} else {
		processBlocks(memory, in.Time, total, threads, int(in.kind))
	}
	return extractKey(memory, total, threads, in.size)
}
