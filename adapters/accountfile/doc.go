// Package accountfile reads the accounts in files that other systems export. It holds one record of a file in memory at a
// time. Hashes, keys and other secrets of a file never appear in its messages.
package accountfile
