// Package disk stores files in a folder. Each org has a subfolder named by its id, which contains each file under the
// file's id. No other names are used, and nothing outside the folder can be accessed.
package disk
