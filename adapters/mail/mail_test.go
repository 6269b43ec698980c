package mail_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"math/big"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/mail"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const from = "SOLE <no-reply@example.org>"

func someMail(change func(*port.Mail)) port.Mail {
	m := port.Mail{
		Kind: domain.EmailPasswordForgotten, To: "member@example.org", Name: "Mia <Member>", OrgName: "Acme & Co",
		Link: domain.NewSecret("https://id.example.org/reset-password?token=pr_abc"),
		At: time.Date(
			2026,
			3,
			14,
			15,
			9,
			0,
			0,
			time.UTC,
		), Expires: time.Date(2026, 3, 14, 17, 9, 0, 0, time.UTC), Address: "192.0.2.7", Browser: "Firefox on Linux",
		Details: map[string]string{"change": "an authenticator app was enrolled", "device": "Firefox on Linux", "wrong": "passwords"},
		Orgs:    []domain.Org{{Name: "Acme", Slug: "acme-inc"}, {Name: "Acme", Slug: "acme-inc-2"}},
	}
	change(&m)
	return m
}

// server is a mail server that keeps what it is sent.
type server struct {
	mu    sync.Mutex
	mails []string
	url   string
}

func (s *server) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{s}, nil }

type session struct{ server *server }

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (s *session) Reset()                               {}
func (s *session) Logout() error                        { return nil }
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.mails = append(s.server.mails, string(raw))
	return err
}

func listen(t *testing.T, config *tls.Config) *server {
	t.Helper()
	kept := &server{}
	listening := smtp.NewServer(kept)
	listening.TLSConfig, listening.Domain = config, "localhost"
	listening.ErrorLog = discard{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = listening.Serve(listener) }()
	t.Cleanup(func() { require.NoError(t, listening.Close()) })
	kept.url = "smtp://" + listener.Addr().String()
	return kept
}

type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}

// selfSigned is a certificate that nobody has reason to trust.
func selfSigned(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func TestAnEmailReachesTheServer(t *testing.T) {
	kept := listen(t, nil)
	mailer, err := mail.NewSMTP(kept.url+"?tls=none", from)
	require.NoError(t, err)
	require.NoError(t, mailer.Check(t.Context()))
	require.NoError(t, mailer.Send(t.Context(), someMail(func(*port.Mail) {})))
	require.Len(t, kept.mails, 1)
	message, err := netmail.ReadMessage(strings.NewReader(kept.mails[0]))
	require.NoError(t, err)
	require.Equal(t, "<member@example.org>", message.Header.Get("To"))
	require.Contains(t, message.Header.Get("From"), "no-reply@example.org")
	require.Equal(t, "Set a new password for Acme & Co", message.Header.Get("Subject"))
	require.Equal(t, "auto-generated", message.Header.Get("Auto-Submitted"))
	require.Contains(t, message.Header.Get("Content-Type"), "multipart/alternative")
	require.Contains(t, kept.mails[0], "Content-Transfer-Encoding: quoted-printable", "not every server takes 8 bits")
}

func TestNothingIsSentWithoutTLS(t *testing.T) {
	for name, kept := range map[string]*server{"no STARTTLS": listen(t, nil), "a certificate of nobody": listen(t, selfSigned(t))} {
		mailer, err := mail.NewSMTP(kept.url, from)
		require.NoError(t, err)
		require.Error(t, mailer.Send(t.Context(), someMail(func(*port.Mail) {})), name)
		require.Error(t, mailer.Check(t.Context()), name)
		require.Empty(t, kept.mails, name)
	}
}

func TestTheErrorOfAnUnreachableServerDoesNotContainThePassword(t *testing.T) {
	mailer, err := mail.NewSMTP("smtp://user:topsecret@127.0.0.1:1", from)
	require.NoError(t, err)
	err = mailer.Send(t.Context(), someMail(func(*port.Mail) {}))
	require.Error(t, err)
	require.NotContains(t, err.Error(), "topsecret")
	require.NotContains(t, err.Error(), "pr_abc")
}

func TestUnusableConfigurationIsRefused(t *testing.T) {
	for _, url := range []string{"", "http://h", "smtp://", "smtp://h:port", "smtp://u:p%zz@h", "h:25"} {
		_, err := mail.NewSMTP(url, from)
		require.ErrorIs(t, err, mail.ErrURL, url)
	}
	for _, sender := range []string{"", "nobody", "a@b, c@d", "x\r\nBcc: y@z"} {
		_, err := mail.NewSMTP("smtp://h", sender)
		require.ErrorIs(t, err, mail.ErrFrom, sender)
	}
	require.True(t, mail.Unencrypted("smtp://h?tls=none"))
	require.False(t, mail.Unencrypted("smtp://h"))
}

// written gives the one mail that a folder holds.
func written(t *testing.T, m port.Mail) string {
	t.Helper()
	var log bytes.Buffer
	path := filepath.Join(t.TempDir(), "mail")
	folder, err := mail.NewFolder(path, from, slog.New(slog.NewJSONHandler(&log, nil)))
	require.NoError(t, err)
	require.NoError(t, folder.Send(t.Context(), m))
	files, err := filepath.Glob(filepath.Join(path, "*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	info, err := os.Stat(files[0])
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	require.Contains(t, log.String(), files[0])
	require.NotContains(t, log.String(), "pr_abc")
	raw, err := os.ReadFile(files[0])
	require.NoError(t, err)
	return string(raw)
}

func TestTheLinkOfAStoredEmailCanBeCopied(t *testing.T) {
	raw := written(t, someMail(func(m *port.Mail) {
		m.Link = domain.NewSecret("https://id.example.org/accept-invitation?token=pr_" + strings.Repeat("long", 20))
	}))
	require.Contains(t, raw, "\nhttps://id.example.org/accept-invitation?token=pr_"+strings.Repeat("long", 20)+"\n")
}

func TestEveryKindOfEmailHasATemplate(t *testing.T) {
	english := struct{ lang, at, expires string }{
		lang: `<html lang="en">`, at: "When: 14 March 2026, 15:09 UTC", expires: "works until 14 March 2026, 17:09 UTC",
	}
	german := struct{ lang, at, expires string }{
		lang: `<html lang="de">`, at: "Wann: 14. März 2026, 15:09 Uhr UTC", expires: "gilt bis 14. März 2026, 17:09 Uhr UTC",
	}
	for _, kind := range []domain.EmailKind{
		domain.EmailPasswordForgotten, domain.EmailPasswordChanged, domain.EmailDeviceRemembered, domain.EmailMFAChanged,
		domain.EmailPasskeyAdded, domain.EmailPasskeyRemoved, domain.EmailPasskeyCounterRefused,
		domain.EmailRecoveryCodeUsed, domain.EmailAccountLocked, domain.EmailOrgDiscovery, domain.EmailAddressChanged, domain.EmailConfirmAddress,
		domain.EmailAddressChangeRequested,
		domain.EmailInvitation,
	} {
		for locale, want := range map[string]struct{ lang, at, expires string }{
			"en": english, "": english, "pt-BR": english, "..": english, "en/../de": english, "de": german, "de-AT": german, "DE-ch": german,
		} {
			raw := written(t, someMail(func(m *port.Mail) { m.Kind, m.Locale = kind, locale }))
			require.NotContains(t, raw, "${", kind)
			require.Contains(t, raw, want.lang, kind)
			if kind == domain.EmailInvitation || kind == domain.EmailConfirmAddress {
				require.Contains(t, raw, want.expires)
				continue
			}
			require.Contains(t, raw, "192.0.2.7", kind)
			require.Contains(t, raw, want.at, kind)
		}
	}
	folder, err := mail.NewFolder(t.TempDir(), from, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.Error(t, folder.Send(t.Context(), someMail(func(m *port.Mail) { m.Kind = "unknown" })))
}

func TestAnEmailWithoutOptionalValuesHasNoGaps(t *testing.T) {
	raw := written(t, someMail(func(m *port.Mail) { m.Name, m.Address, m.Browser = "", "", "" }))
	require.Contains(t, raw, "Hello,")
	require.Contains(t, raw, "When: 14 March 2026")
	require.NotContains(t, raw, "Address:")
	require.NotContains(t, raw, "Browser:")
	require.NotContains(t, raw, "\r\n\r\n\r\n")
}

func TestNamesCannotAddMarkupLinesOrHeaders(t *testing.T) {
	raw := written(t, someMail(func(m *port.Mail) {
		m.Browser = "Firefox <b> ${link}\r\n\r\nhttps://evil.example/"
		m.Name, m.OrgName = "Eve\r\n\r\nhttps://evil.example/", "Acme\r\nBcc: victim@example.org\r\n\r\n<script>alert(1)</script>"
	}))
	message, err := netmail.ReadMessage(strings.NewReader(raw))
	require.NoError(t, err)
	require.Empty(t, message.Header.Get("Bcc"))
	_, html, found := strings.Cut(raw, "text/html")
	require.True(t, found)
	require.NotContains(t, html, "<script>")
	require.NotContains(t, html, `href="https://evil.example`)
	require.Contains(t, html, `<a href="https://id.example.org/reset-password?token=pr_abc">`)
	require.Contains(t, html, "Firefox &lt;b&gt; ${link}")
}

func TestWithoutAServerEveryEmailLogsAWarning(t *testing.T) {
	var log bytes.Buffer
	require.NoError(t, mail.Nowhere{Logger: slog.New(slog.NewJSONHandler(&log, nil))}.Send(t.Context(), someMail(func(*port.Mail) {})))
	require.Contains(t, log.String(), "SMTP_URL")
	require.NotContains(t, log.String(), "pr_abc")
}
