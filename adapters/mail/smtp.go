package mail

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	gomail "github.com/wneessen/go-mail"

	"github.com/sole-platform/sole/application/port"
)

const smtpTimeout = 15 * time.Second

// SMTP implements port.Mailer with a mail server. It is safe for concurrent use: every email has its own connection.
type SMTP struct {
	host    string
	options []gomail.Option
	from    *mail.Address
}

var _ port.Mailer = (*SMTP)(nil)

// NewSMTP accepts smtp://user:password@host:587, which requires STARTTLS, and smtps://user:password@host:465, which uses
// TLS from the start. With ?tls=none nothing is encrypted: only for a mail catcher on the developer's own machine. An
// unusable URL is ErrURL, and a sender that is no address is ErrFrom.
func NewSMTP(rawURL, from string) (*SMTP, error) {
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, ErrFrom
	}
	parsed, err := url.Parse(rawURL)
	if err != nil || parsed.Hostname() == "" || (parsed.Scheme != "smtp" && parsed.Scheme != "smtps") {
		return nil, ErrURL // the cause can contain the password
	}
	s := &SMTP{host: parsed.Hostname(), from: sender, options: []gomail.Option{gomail.WithTimeout(smtpTimeout), gomail.WithoutNoop()}}
	port := 587
	switch {
	case parsed.Scheme == "smtps":
		port = 465
		s.options = append(s.options, gomail.WithSSL())
	case parsed.Query().Get("tls") == "none":
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if parsed.Port() != "" {
		if port, err = strconv.Atoi(parsed.Port()); err != nil {
			return nil, ErrURL
		}
	}
	s.options = append(s.options, gomail.WithPort(port))
	if user := parsed.User; user != nil {
		password, _ := user.Password()
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(user.Username()), gomail.WithPassword(password))
	}
	return s, nil
}

// Errors of a configuration. They do not repeat its values, which can contain a password.
var (
	ErrURL  = errors.New("write smtp://user:password@host:587 or smtps://user:password@host:465")
	ErrFrom = errors.New("write an address such as SOLE <no-reply@example.org>")
)

// Unencrypted reports whether an SMTP URL turns TLS off.
func Unencrypted(rawURL string) bool {
	parsed, err := url.Parse(rawURL)
	return err == nil && parsed.Query().Get("tls") == "none"
}

// Send implements port.Mailer.
func (s *SMTP) Send(ctx context.Context, mailed port.Mail) error {
	message, err := compose(mailed, s.from, gomail.EncodingQP)
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, message); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return nil
}

// Check connects to the server, with TLS and the login as configured, and returns the error if that fails.
func (s *SMTP) Check(ctx context.Context) error {
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return err
	}
	return client.Close()
}

func compose(mailed port.Mail, from *mail.Address, encoding gomail.Encoding) (*gomail.Msg, error) {
	written, err := write(mailed)
	if err != nil {
		return nil, err
	}
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(encoding))
	message.FromMailAddress(from)
	if err := message.To(string(mailed.To)); err != nil {
		return nil, fmt.Errorf("mail: the recipient's address is not usable: %w", err)
	}
	message.Subject(written.subject)
	message.SetMessageIDWithValue(uuid.NewString() + from.Address[strings.LastIndexByte(from.Address, '@'):]) // not the host's name
	message.SetDate()
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5
	message.SetBodyString(gomail.TypeTextPlain, written.text)
	message.AddAlternativeString(gomail.TypeTextHTML, written.html)
	return message, nil
}
