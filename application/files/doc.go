// Package files keeps what an org uploads: plain files, avatars and its logo. The bytes go into
// a port.FileStore and what is known of them into the database. First the bytes and then the
// row; on the way out first the row: a file that a row knows is there, and one that no row
// knows is removed by the sweep.
package files
