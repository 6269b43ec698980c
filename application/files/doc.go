// Package files has the use cases of plain files, avatars and logos. The content is in a port.FileStore
// and the row about it in the database. The content is stored before its row and the row is read before
// the content, so that a file with a row always has content. Sweep removes content without a row.
package files
