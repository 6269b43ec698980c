// Package mail writes emails as text and HTML and sends them with SMTP or, in development, stores them in a folder.
package mail
