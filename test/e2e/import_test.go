package e2e

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// importFile starts an import of a CSV file.
func (s *service) importFile(t *testing.T, who account, file string) answer {
	t.Helper()
	return s.as(t, who.with("Content-Type", "text/csv"), "POST", "/members/import", file)
}

// imported waits until an import is done and returns it.
func (s *service) imported(t *testing.T, who account, started answer) (done answer) {
	t.Helper()
	path := strings.TrimPrefix(started.is(202, "").header.Get("Location"), "/api/v1")
	require.Equal(t, "/members/imports/"+started.text("id"), path)
	require.Eventually(t, func() bool {
		done = s.as(t, who, "GET", path, nil).is(200, "")
		return done.text("status") == "done"
	}, 60*time.Second, 100*time.Millisecond)
	return done
}

func TestAnImportReportsTheResultOfEachRow(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		started := s.importFile(t, owner, "email,full_name,roles\n"+
			"ada@example.org,Ada Lovelace,auditor member\n"+
			"no address,Nobody,\n"+
			"MEMBER@example.org,Again,\n"+
			"ben@example.org,Ben,wizard\n"+
			"ada@example.org,Twice,\n"+
			"=cmd@example.org,=1+1,\n")
		require.EqualValues(t, 6, started.at("total"))
		done := s.imported(t, owner, started)
		require.Equal(t, []any{2.0, 4.0, 0.0}, []any{done.at("created"), done.at("refused"), done.at("pending")})

		rows := "/members/imports/" + started.text("id") + "/rows"
		var results []string
		for _, item := range s.as(t, owner, "GET", rows, nil).is(200, "").at("items").([]any) {
			row := item.(map[string]any)
			line := fmt.Sprint(row["line"], " ", row["status"])
			for _, fault := range row["errors"].([]any) {
				line += " " + fault.(map[string]any)["location"].(string)
			}
			results = append(results, line)
			require.Equal(t, row["status"] == "created", row["member_id"] != nil)
		}
		require.Equal(t, []string{"2 created", "3 refused email", "4 refused email", "5 refused roles", "6 refused email", "7 created"}, results)
		require.Len(t, s.as(t, owner, "GET", rows+"?status=created&limit=1", nil).is(200, "").at("items"), 1)
		require.Equal(t, []string{"ada@example.org"}, emails(s.as(t, owner, "GET", "/members?role=auditor&status=invited", nil)))
		s.reset(t, s.invitation(t, 2), "quite a lovely engine").is(204, "")
		require.Len(t, s.auditEvents(t, owner, string(domain.EventImportFinished)), 1)

		s.as(t, member, "GET", rows, nil).is(403, "permission_denied")
		s.importFile(t, member, "email,full_name\na@b.cd,A\n").is(403, "permission_denied")
		s.as(t, owner, "GET", "/members/imports/"+nobody, nil).is(404, "not_found")
		s.as(t, owner, "GET", "/members/imports/"+nobody+"/rows", nil).is(404, "not_found")
		for _, file := range []string{"", "email\n", "a,b\n", "email,full_name\n" + strings.Repeat("a@b.cd,A\n", 5001)} {
			require.Equal(t, 422, s.importFile(t, owner, file+" ").status, "%.20q", file)
		}
		s.importFile(t, owner, strings.Repeat("x", 1<<20+1)).is(413, "too_large")
		s.as(t, owner, "POST", "/members/import", "{}").is(415, "bad_request")
		require.NotContains(t, s.importFile(t, owner, "").is(400, "bad_request").text("detail"), "JSON")
	})
}

func TestAnImportAssignsOnlyRolesThatItsCallerMayAssign(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.advance()
		who := s.clerk(t, owner, "member.create")
		started := s.importFile(t, who, "email,full_name,roles\na@example.org,A,member\nb@example.org,B,owner\nc@example.org,C,auditor\n")
		done := s.imported(t, who, started)
		require.Equal(t, []any{1.0, 2.0}, []any{done.at("created"), done.at("refused")})
	})
}

// TestALongImportDoesNotDelaySignIns: an account signs in while hundreds of accounts are
// created.
func TestALongImportDoesNotDelaySignIns(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		var file strings.Builder
		file.WriteString("email,full_name\n")
		for i := range 300 {
			fmt.Fprintf(&file, "person%d@example.org,Person %d\n", i, i)
		}
		started := s.importFile(t, owner, file.String()).is(202, "")
		s.again(t, member)
		done := s.imported(t, owner, started)
		require.EqualValues(t, 300, done.at("created"), done.raw)
	})
}

func TestAnExportOfMembersCanBeImported(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		role := s.role(t, owner, "Reader", "file.read").is(201, "").text("id")
		s.create(t, owner, "ada@example.org", map[string]any{"full_name": "=HYPERLINK(1)", "roles": []string{"auditor", role}}).is(201, "")
		file := s.as(t, owner, "GET", "/members/export", nil).is(200, "")
		require.Equal(t, "text/csv; charset=utf-8; header=present", file.header.Get("Content-Type"))
		rows, err := csv.NewReader(strings.NewReader(file.raw)).ReadAll()
		require.NoError(t, err)
		require.Equal(t, []string{"email", "full_name", "roles", "id", "status"}, rows[0][:5])
		require.Len(t, rows, 4)
		require.Equal(t, []string{"ada@example.org", "'=HYPERLINK(1)"}, rows[3][:2])
		require.ElementsMatch(t, []string{"auditor", role}, strings.Fields(rows[3][2]))
		require.NotContains(t, file.raw, "argon2")
		few, err := csv.NewReader(strings.NewReader(s.as(t, owner, "GET", "/members/export?status=invited&q=ada", nil).is(200, "").raw)).ReadAll()
		require.NoError(t, err)
		require.Len(t, few, 2)

		again := strings.Replace(strings.Join(rows[0], ",")+"\n"+strings.Join(rows[3], ",")+"\n", "ada@", "again@", 1)
		require.EqualValues(t, 1, s.imported(t, owner, s.importFile(t, owner, again)).at("created"))
		imported := s.as(t, owner, "GET", "/members?q=again", nil).is(200, "").at("items").([]any)[0].(map[string]any)
		require.Equal(t, "=HYPERLINK(1)", imported["full_name"])
		s.as(t, member, "GET", "/members/export", nil).is(403, "permission_denied")
		require.Len(t, s.auditEvents(t, owner, string(domain.EventMembersExported)), 2)
	})
}

// importAccounts sends a file in the format sole.
func (s *service) importAccounts(t *testing.T, who account, query, file string) answer {
	t.Helper()
	return s.as(t, who.with("Content-Type", "application/x-ndjson"), "POST", "/members/imports?format=sole"+query, file)
}

// movedPassword has the hash movedHash, which Python's bcrypt made.
const (
	movedPassword = "correct horse battery staple"
	movedHash     = "$2b$10$3d5Mt2BFNeB7Ahjw7M.1.eYwQN5Q5D7NpACyi7TAVElVGtFn3sMUq"
	movedSecret   = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
)

func TestAccountsOfAnotherSystemSignInAsBefore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		file := `{"email":"ada@example.org","full_name":"Ada Lovelace","roles":["auditor"],"password_hash":"` + movedHash + `",` +
			`"created_at":"2020-01-02T03:04:05Z"}
{"email":"tess@example.org","password_hash":"` + movedHash + `","totp":{"secret":"` + movedSecret + `"}}
{"email":"sue@example.org","status":"suspended","password_hash":"` + movedHash + `"}
{"email":"pat@example.org"}
{"email":"ADA@example.org"}
{"email":"MEMBER@example.org"}
{"email":"typo@example.org","pasword":"x"}
{"email":"app@example.org","totp":{"secret":"` + movedSecret + `","digits":8}}
{"email":"rita@example.org","roles":["wizard"]}
`
		dry := s.importAccounts(t, owner, "&dry_run=true", file).is(200, "")
		require.Equal(t, []any{4.0, 5.0, nil}, []any{dry.at("created"), dry.at("refused"), dry.at("id")})
		require.Equal(t, []string{
			"2 created", "3 created", "4 created", "5 refused email", "6 refused email", "7 refused pasword", "8 refused totp.digits",
			"9 refused roles",
		}, importResults(dry.at("rows")))
		require.Empty(t, emails(s.as(t, owner, "GET", "/members?q=ada", nil)), "a dry run changes nothing")

		invited := len(s.emails(t, domain.EmailInvitation, 0))
		started := s.importAccounts(t, owner, "", file)
		done := s.imported(t, owner, started)
		require.Equal(t, []any{4.0, 5.0, 0.0}, []any{done.at("created"), done.at("refused"), done.at("pending")})
		rows := s.as(t, owner, "GET", "/members/imports/"+started.text("id")+"/rows?status=refused", nil).is(200, "").at("items")
		require.Equal(t, []string{
			"5 refused email", "6 refused email", "7 refused pasword", "8 refused totp.digits", "9 refused roles",
		}, importResults(rows))
		require.Len(t, s.emails(t, domain.EmailInvitation, 0), invited, "nobody gets mail")

		ada := s.as(t, owner, "GET", "/members?q=ada", nil).is(200, "").at("items").([]any)[0].(map[string]any)
		require.Equal(t, "2020-01-02T03:04:05Z", ada["created_at"])
		signIn := func(email, password string) answer { return s.post(t, "/auth/login", credentials(email, password)) }
		signIn("ada@example.org", movedPassword).is(200, "")
		signIn("ada@example.org", "another password").is(401, "invalid_credentials")
		challenge := signIn("tess@example.org", movedPassword).is(200, "")
		require.Equal(t, "mfa_required", challenge.text("status"))
		answer := map[string]any{"challenge_token": challenge.text("challenge.token"), "code": s.code(t, movedSecret, 0)}
		s.post(t, "/auth/login/mfa", answer).is(200, "")
		signIn("sue@example.org", movedPassword).is(401, "invalid_credentials")

		s.importAccounts(t, member, "", file).is(403, "permission_denied")
		s.as(t, owner.with("Content-Type", "text/plain"), "POST", "/members/imports?format=unknown", "x").is(422, "invalid")
		s.as(t, owner.with("Content-Type", "image/png"), "POST", "/members/imports?format=sole", "x").is(415, "bad_request")
		s.importAccounts(t, owner, "", "").is(422, "invalid")
		s.importAccounts(t, owner, "", strings.Repeat("x", 65<<10)).is(422, "invalid")
		s.importAccounts(t, owner, "&allow_weak=2020-01-01", file).is(422, "invalid")
	})
}

// importResults returns line, status and the columns with faults of each row.
func importResults(items any) (results []string) {
	for _, item := range items.([]any) {
		row := item.(map[string]any)
		result := fmt.Sprint(row["line"], " ", row["status"])
		for _, fault := range row["errors"].([]any) {
			result += " " + fault.(map[string]any)["location"].(string)
		}
		results = append(results, result)
	}
	return results
}
