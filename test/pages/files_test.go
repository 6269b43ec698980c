package pages

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

// disk writes a file for an upload.
func disk(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

func TestFilesAreStoredOpenedAndRemoved(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.newPerson(t, "Olga Owner", domain.RoleOwner)
		b := s.tab(t, owner)
		b.Goto("/console/files")
		b.WaitForText("No files yet")
		b.Accessible()
		b.Upload("#file", disk(t, "Übersicht <2026>.txt", []byte("hello")))
		b.Click("text=Upload")
		b.WaitForText("The file was uploaded.")
		require.Contains(t, b.Text(".files"), "Übersicht")
		require.Contains(t, b.Text(".files"), "Olga Owner")
		require.Contains(t, b.Text(".files"), "5 bytes")
		b.Accessible()

		path := b.Value("document.querySelector('.files a').getAttribute('href')").(string)
		c := s.client(t, owner)
		p := c.get(path)
		require.Equal(t, "hello", p.text)
		require.Equal(t, "text/plain", p.header.Get("Content-Type")[:10])
		require.Contains(t, p.header.Get("Content-Disposition"), "attachment")
		require.Contains(t, p.header.Get("Content-Security-Policy"), "sandbox")
		require.Equal(t, "nosniff", p.header.Get("X-Content-Type-Options"))
		require.Equal(t, "no-store", p.header.Get("Cache-Control"))

		b.Click(".files summary")
		b.Click("text=Remove for good")
		b.WaitForText("The file was removed.")
		require.Equal(t, http.StatusNotFound, c.get(path).status)
		require.Equal(t, http.StatusNotFound, c.post(path+"/remove", nil).status)
	})
}

func TestARefusedFileKeepsThePersonOnThePage(t *testing.T) {
	t.Parallel()
	s := embeddedWith(t, func(c *bootstrap.Config) { c.MaxUploadBytes, c.MaxOrgUploadBytes = 4096, 5000 })
	owner := s.newPerson(t, "Olga Owner", domain.RoleOwner)
	b := s.tab(t, owner)
	refused := func(content []byte, status int, says string) {
		b.Goto("/console/files")
		b.Upload("#file", disk(t, "report.txt", content))
		b.Value("document.querySelector('#file').setCustomValidity('')") // as without scripts
		b.Click("text=Upload")
		require.Equal(t, "/console/files", b.Path())
		require.Equal(t, status, b.Document().Status)
		require.Contains(t, b.Text("main"), says)
		require.True(t, b.Shows("#file"))
	}
	refused([]byte("\x7fELF\x02\x01\x01"), http.StatusUnprocessableEntity, "office document")
	refused(nil, http.StatusUnprocessableEntity, "empty")
	refused(bytes.Repeat([]byte("too large\n"), 500), http.StatusRequestEntityTooLarge, "large")
	refused(bytes.Repeat([]byte("much too large\n"), 20_000), http.StatusRequestEntityTooLarge, "large")
	b.Upload("#file", disk(t, "fits.txt", bytes.Repeat([]byte("it fits\n"), 500)))
	b.Click("text=Upload")
	b.WaitForText("The file was uploaded.")
	require.Contains(t, b.Text(".storage"), "of 4.9 KB")
	b.ExpectFault("status 507")
	refused(bytes.Repeat([]byte("no longer\n"), 200), http.StatusInsufficientStorage, "does not fit")

	b.Goto("/console/files")
	b.Upload("#file", disk(t, "large.txt", bytes.Repeat([]byte("too large\n"), 500)))
	require.Equal(t, "This file is larger than 4 KB. Choose a smaller one.", b.Value("document.querySelector('#file').validationMessage"))
}

func TestReadersOfFilesCannotChangeThem(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	s.newRole(t, "reader", domain.PermFileRead)
	c := s.client(t, s.newPerson(t, "Rita Reader", "reader"))
	p := c.get("/console/files")
	require.Equal(t, http.StatusOK, p.status)
	require.NotContains(t, p.text, `type="file"`)
	require.Equal(t, http.StatusForbidden, c.post("/console/files", nil).status)
	require.Equal(t, http.StatusForbidden, c.post("/console/files/"+uuid.NewString()+"/remove", nil).status)
}
