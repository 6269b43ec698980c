package domain

import "bytes"

// FileEncodingFault returns why a file of accounts that starts so cannot be read as UTF-8; the empty text if it may be UTF-8. It needs
// four bytes, or fewer if the file has no more.
func FileEncodingFault(start []byte) string {
	switch {
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")),
		len(start) > 1 && (start[0] == 0) != (start[1] == 0): // a byte order mark, or an ASCII character in UTF-16
		return "is in UTF-16: save the file in UTF-8"
	case bytes.HasPrefix(start, []byte("\x1f\x8b")), bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return "is an archive: unpack it and import the file in it"
	}
	return ""
}
