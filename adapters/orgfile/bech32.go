package orgfile

import "strings"

const bech32Letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// encodeBech32 encodes data as in BIP 173, the form in which the age package takes a key. The package exports no other way to
// make an identity of given bytes.
func encodeBech32(prefix string, data []byte) string {
	values := regroup(data)
	var text strings.Builder
	text.WriteString(prefix + "1")
	for _, value := range append(values, checksum(prefix, values)...) {
		text.WriteByte(bech32Letters[value])
	}
	return text.String()
}

// regroup splits bytes into groups of five bits, the last one filled with zeros.
func regroup(data []byte) (groups []byte) {
	var held, bits uint32
	for _, b := range data {
		held, bits = held<<8|uint32(b), bits+8
		for bits >= 5 {
			bits -= 5
			groups = append(groups, byte(held>>bits&31))
		}
	}
	if bits > 0 {
		groups = append(groups, byte(held<<(5-bits)&31))
	}
	return groups
}

func checksum(prefix string, values []byte) []byte {
	input := make([]byte, 0, 2*len(prefix)+len(values)+7)
	for _, c := range []byte(prefix) {
		input = append(input, c>>5)
	}
	input = append(input, 0)
	for _, c := range []byte(prefix) {
		input = append(input, c&31)
	}
	sum := polymod(append(append(input, values...), make([]byte, 6)...)) ^ 1
	out := make([]byte, 6)
	for i := range out {
		out[i] = byte(sum >> (5 * (5 - i)) & 31)
	}
	return out
}

func polymod(values []byte) uint32 {
	sum := uint32(1)
	for _, value := range values {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(value)
		for i, generator := range []uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= generator
			}
		}
	}
	return sum
}
