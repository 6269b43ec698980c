package pages

import (
	"image"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// picture stores an image and returns its path.
func picture(t *testing.T, width, height int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "logo.png")
	file, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, png.Encode(file, image.NewNRGBA(image.Rect(0, 0, width, height))))
	require.NoError(t, file.Close())
	return path
}

func TestTheLogoStandsInTheHeaderAndAtTheSignIn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		const width = "document.querySelector('.brand img').naturalWidth"
		b := s.tab(t, s.founder())
		b.WithoutScripts()
		b.Goto("/console/org")
		b.Click("text=Upload")
		note := filepath.Join(t.TempDir(), "note.txt")
		require.NoError(t, os.WriteFile(note, []byte("no image"), 0o600))
		b.Upload("[name=file]", note)
		b.Click("text=Upload")
		require.GreaterOrEqual(t, b.Document().Status, 400)
		require.NotEmpty(t, b.Text("main .error, main .alert.bad"))
		b.Upload("[name=file]", picture(t, 90, 30))
		b.Click("text=Upload")
		b.WaitForText("The logo was changed.")
		require.Equal(t, 90.0, b.Value(width))

		visitor := s.visit(t)
		visitor.Goto("/sign-in")
		require.Equal(t, 90.0, visitor.Value(width))
		b.Click("text=Remove the logo")
		b.WaitForText("The logo was removed.")
		require.NotEqual(t, 90.0, b.Value(width))
	})
}

func TestALogoIsOfAnActiveOrg(t *testing.T) {
	t.Parallel()
	s := embeddedWith(t, multi)
	o := s.newOrg(t, "Acme", "acme-inc")
	b := o.tab(t, o.founder())
	b.Goto("/console/org")
	b.Upload("[name=file]", picture(t, 40, 40))
	b.Click("text=Upload")
	b.WaitForText("The logo was changed.")
	c := s.client(t, nil)
	p := c.get("/logo?of=" + string(o.id))
	require.Equal(t, http.StatusOK, p.status)
	require.Equal(t, "image/png", p.header.Get("Content-Type"))
	for _, id := range []domain.OrgID{s.id, "00000000-0000-4000-8000-00000000dead"} {
		p = c.get("/logo?of=" + string(id))
		require.Equal(t, http.StatusFound, p.status)
		require.True(t, strings.HasPrefix(p.header.Get("Location"), "/assets/icon."), p.header)
	}
	require.Equal(t, http.StatusNotFound, c.get("/logo?of=acme-inc").status)
	o.in(t, func(tx port.OrgTx) {
		org, err := tx.Org().Get(t.Context())
		require.NoError(t, err)
		org.Status = domain.StatusSuspended
		require.NoError(t, tx.Org().Update(t.Context(), org))
	})
	require.Equal(t, http.StatusFound, c.get("/logo?of="+string(o.id)).status)
}

func TestAConflictOfTheOrgShowsBothNames(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	first := s.tab(t, s.founder())
	first.Goto("/console/org")
	second := first.Another()
	second.Goto("/console/org")
	first.Type("#name", "Acme Inc.")
	first.Click("text=Save")
	first.WaitForText("The org was saved.")
	require.Contains(t, first.Text(".brand"), "Acme Inc.")
	second.Type("#name", "Acme Corporation")
	second.Click("text=Save")
	require.Equal(t, http.StatusPreconditionFailed, second.Document().Status)
	require.Contains(t, second.Text(".alert table"), "Acme Inc.")
	require.Equal(t, "Acme Corporation", second.Field("#name"))
	second.Type("#slug", "Not a slug")
	second.Click("text=Save my entries")
	require.Equal(t, http.StatusUnprocessableEntity, second.Document().Status)
	require.NotEmpty(t, second.Text("#slug-text.error"))
	second.Type("#slug", "acme-corporation")
	second.Click("text=Save")
	second.WaitForText("The org was saved.")
	require.Contains(t, second.Text(".brand"), "Acme Corporation")
}
