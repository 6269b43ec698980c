package mail

import (
	"context"
	"fmt"
	"log/slog"
	"net/mail"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	gomail "github.com/wneessen/go-mail"

	"github.com/sole-platform/sole/application/port"
)

// Folder implements port.Mailer for development: it stores each email in a file and logs the file's name. Links in the file
// can be copied as they are.
type Folder struct {
	path   string
	from   *mail.Address
	logger *slog.Logger
}

var _ port.Mailer = (*Folder)(nil)

// NewFolder returns a Folder that stores emails at path. The folder is created with the first email. A sender that is
// no address is ErrFrom.
func NewFolder(path, from string, logger *slog.Logger) (*Folder, error) {
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, ErrFrom
	}
	return &Folder{path: path, from: sender, logger: logger}, nil
}

// Send implements port.Mailer. The file is readable only for the user of the process, because it can contain a link.
func (f *Folder) Send(ctx context.Context, mailed port.Mail) error {
	message, err := compose(mailed, f.from, gomail.NoEncoding)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	path := filepath.Join(f.path, uuid.Must(uuid.NewV7()).String()+"-"+string(mailed.Kind)+".eml")
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
	f.logger.InfoContext(ctx, "email stored in a file", slog.String("kind", string(mailed.Kind)), slog.String("file", path))
	return nil
}

// Nowhere implements port.Mailer where no mail server is configured: it drops each email and logs a warning.
type Nowhere struct{ Logger *slog.Logger }

// Send implements port.Mailer.
func (n Nowhere) Send(ctx context.Context, mail port.Mail) error {
	n.Logger.WarnContext(ctx, "email not sent: set SMTP_URL", slog.String("kind", string(mail.Kind)))
	return nil
}
