package mail

import (
	"context"
	"fmt"
	"log/slog"
	"net/mail"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/sole-platform/sole/application/port"
)

// Folder implements port.Mailer for development: each mail becomes a file, and a line in
// the log that says where.
type Folder struct {
	path   string
	from   *mail.Address
	logger *slog.Logger
}

var _ port.Mailer = (*Folder)(nil)

// NewFolder writes mails into the folder at path, which it makes when the first one comes.
func NewFolder(path, from string, logger *slog.Logger) (*Folder, error) {
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, ErrFrom
	}
	return &Folder{path, sender, logger}, nil
}

// Send implements port.Mailer. Only the owner of the process reads the file: it may hold a link.
func (f *Folder) Send(ctx context.Context, letter port.Mail) error {
	message, err := compose(letter, f.from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	path := filepath.Join(f.path, uuid.Must(uuid.NewV7()).String()+"-"+string(letter.Kind)+".eml")
	file, err := os.OpenFile(path+".part", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	_, err = message.WriteTo(file)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(path+".part", path)
	}
	if err != nil {
		_ = os.Remove(path + ".part")
		return fmt.Errorf("mail: %w", err)
	}
	f.logger.InfoContext(ctx, "a mail was written", slog.String("kind", string(letter.Kind)), slog.String("file", path))
	return nil
}

// Nowhere implements port.Mailer where no mail server is configured: each mail is a warning.
type Nowhere struct{ Logger *slog.Logger }

// Send implements port.Mailer.
func (n Nowhere) Send(ctx context.Context, mail port.Mail) error {
	n.Logger.WarnContext(ctx, "a mail was not sent: set SMTP_URL", slog.String("kind", string(mail.Kind)))
	return nil
}
