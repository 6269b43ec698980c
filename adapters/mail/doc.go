// Package mail writes letters in text and HTML and hands them to an SMTP server, or in
// development into a folder.
package mail
