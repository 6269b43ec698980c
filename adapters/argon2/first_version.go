package argon2

import _ "unsafe" // for go:linkname

//go:linkname processBlock golang.org/x/crypto/argon2.processBlock
func processBlock(out, in1, in2 *block)

// firstVersion is version 1.0 of Argon2, whose later passes overwrite a block instead of adding to it.
const firstVersion = 0x10

// segment is a part of a lane that is filled at a time.
type segment struct {
	kind, passes, threads uint32
	pass, slice, lane     uint32
}

// overwriteBlocks is processBlocks for firstVersion, on one processor.
func overwriteBlocks(memory []block, passes, threads, kind uint32) {
	for pass := range passes {
		for slice := range uint32(segments) {
			for lane := range threads {
				segment{kind: kind, passes: passes, threads: threads, pass: pass, slice: slice, lane: lane}.overwrite(memory)
			}
		}
	}
}

// overwrite fills the segment (RFC 9106 §3.2, step 5).
func (s segment) overwrite(memory []block) {
	var addresses, counter, zero block
	total := uint32(len(memory))
	columns := total / s.threads
	length := columns / segments
	independent := s.kind == argon2i || s.kind == argon2id && s.pass == 0 && s.slice < segments/2
	for i, value := range []uint32{s.pass, s.lane, s.slice, total, s.passes, s.kind} {
		counter[i] = uint64(value)
	}
	for index := range length {
		if independent && index%uint32(len(addresses)) == 0 {
			counter[6]++
			processBlock(&addresses, &counter, &zero)
			processBlock(&addresses, &addresses, &zero)
		}
		if s.pass == 0 && s.slice == 0 && index < 2 {
			continue // the first blocks are filled already
		}
		offset := s.lane*columns + s.slice*length + index
		previous := offset - 1
		if s.slice == 0 && index == 0 {
			previous += columns
		}
		random := memory[previous][0]
		if independent {
			random = addresses[index%uint32(len(addresses))]
		}
		processBlock(&memory[offset], &memory[previous], &memory[s.reference(random, columns, index)])
	}
}

// reference returns the block that a random number chooses (RFC 9106 §3.4.1.1 and §3.4.2): of the lane of the segment, or of a
// finished segment of another lane.
func (s segment) reference(random uint64, columns, index uint32) uint32 {
	length := columns / segments
	lane := uint32(random>>32) % s.threads
	if s.pass == 0 && s.slice == 0 {
		lane = s.lane
	}
	candidates, start := s.slice*length, uint32(0) // in the first pass: what is filled already
	if s.pass > 0 {
		candidates, start = columns-length, (s.slice+1)%segments*length
	}
	if lane == s.lane {
		candidates += index
	}
	if lane == s.lane || index == 0 {
		candidates--
	}
	low := random & 0xFFFFFFFF
	low = low * low >> 32
	back := low * uint64(candidates) >> 32
	return lane*columns + uint32((uint64(start)+uint64(candidates)-1-back)%uint64(columns))
}
