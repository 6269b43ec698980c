package pages

import (
	"io"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// receivedEmail holds the decoded parts of an email.
type receivedEmail struct{ to, subject, text string }

// emails waits for at least n emails of the kind and returns them, oldest first.
func (s *service) emails(t *testing.T, kind domain.EmailKind, n int) []receivedEmail {
	t.Helper()
	pattern := filepath.Join(s.app.Config.DataDir, "mail", "*-"+string(kind)+".eml")
	var files []string
	require.Eventually(t, func() bool {
		files, _ = filepath.Glob(pattern)
		return len(files) >= n
	}, 20*time.Second, 20*time.Millisecond, "%d emails %s, found %d", n, kind, len(files))
	read := make([]receivedEmail, len(files))
	for i, file := range files {
		raw, err := os.Open(file)
		require.NoError(t, err)
		message, err := mail.ReadMessage(raw)
		require.NoError(t, err)
		body, err := io.ReadAll(message.Body)
		require.NoError(t, err)
		require.NoError(t, raw.Close())
		read[i] = receivedEmail{to: message.Header.Get("To"), subject: message.Header.Get("Subject"), text: string(body)}
	}
	return read
}

var address = regexp.MustCompile(`https?://[^\s<"]+`)

// link returns the address in the newest of n emails of the kind, for Goto.
func (s *service) link(t *testing.T, kind domain.EmailKind, n int) string {
	t.Helper()
	all := s.emails(t, kind, n)
	found := address.FindString(all[len(all)-1].text)
	require.NotEmpty(t, found, all[len(all)-1].text)
	return found
}
