// Package disk keeps files in a folder: a folder of its own for each org in it, named by the
// org's id, and in that each file under its own id. No other name ever reaches the disk, and
// nothing outside of the folder can be reached.
package disk
