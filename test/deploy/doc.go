// Package deploy starts the programs that the files of deploy/ configure, with these very files, before processes of the product.
// A test replaces only what belongs to a site, such as addresses, names and folders, and fails if a replaced text is not in the file.
package deploy
