package pages

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/browser"
)

// TestScreenshots makes the pictures of the documentation: SCREENSHOTS=1 go test ./test/pages -run Screenshots.
func TestScreenshots(t *testing.T) {
	if os.Getenv("SCREENSHOTS") == "" {
		t.Skip("SCREENSHOTS is not set: the pictures of the documentation stay as they are")
	}
	s := embedded(t)
	for name, role := range map[string]string{
		"Ada Lovelace": domain.RoleMember, "Anna Auditor": domain.RoleAuditor, "Grace Hopper": domain.RoleMember,
		"Mary Somerville": domain.RoleMember, "Alan Admin": domain.RoleAdmin,
	} {
		s.newPerson(t, name, role)
	}
	visitor, owner := s.visit(t), s.tab(t, s.founder())
	for _, page := range []struct {
		tab        *browser.Tab
		path, name string
	}{
		{tab: visitor, path: "/sign-in", name: "sign-in"},
		{tab: owner, path: "/account/security", name: "security"},
		{tab: owner, path: "/console/members", name: "members"},
		{tab: owner, path: "/console/settings", name: "settings"},
		{tab: owner, path: "/console/audit", name: "audit"},
	} {
		for _, scheme := range []string{"light", "dark"} {
			page.tab.Prefer("prefers-color-scheme", scheme)
			for width, suffix := range map[int]string{1440: "", 360: "-narrow"} {
				page.tab.Size(width, 860)
				page.tab.Goto(page.path)
				file := filepath.Join("..", "..", "docs", "images", page.name+suffix+"-"+scheme+".webp")
				page.tab.Screenshot(file, false)
				made, err := os.Stat(file)
				require.NoError(t, err)
				require.Less(t, made.Size(), int64(80<<10), file)
			}
		}
	}
}
