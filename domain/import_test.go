package domain_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestAnImportIsReadRowByRow(t *testing.T) {
	rows, err := domain.ParseImport("\ufeffFull_Name, EMAIL ,roles\r\n" +
		"Ada Lovelace,ada@example.org,member\r\n" +
		"\"Babbage, Charles\",charles@example.org,\"auditor; member\"\r\n" +
		"\"Two\nlines\",x,\r\n" +
		",,\r\n" +
		"Again,ADA@example.org,\r\n" +
		"too,few\r\n" +
		"a \"quote,q@example.org,\r\n" +
		"\xff,bytes@example.org,\r\n" +
		"Last,last@example.org,")
	require.NoError(t, err)
	type seen struct {
		line   int
		email  string
		roles  int
		status domain.RowStatus
		faults string
	}
	var got []seen
	for _, row := range rows {
		var faults []string
		for _, fault := range row.Faults {
			faults = append(faults, fault.Field)
		}
		got = append(got, seen{line: row.Line, email: row.Email, roles: len(row.Roles), status: row.Status, faults: strings.Join(faults, " ")})
	}
	require.Equal(t, []seen{
		{line: 2, email: "ada@example.org", roles: 1, status: domain.RowPending, faults: ""},
		{line: 3, email: "charles@example.org", roles: 2, status: domain.RowPending, faults: ""},
		{line: 4, email: "", roles: 0, status: domain.RowRefused, faults: "row"},
		{line: 5, email: "", roles: 0, status: domain.RowRefused, faults: "row"},
		{line: 6, email: "", roles: 0, status: domain.RowRefused, faults: "email full_name"},
		{line: 7, email: "ADA@example.org", roles: 0, status: domain.RowRefused, faults: "email"},
		{line: 8, email: "", roles: 0, status: domain.RowRefused, faults: "row"},
		{line: 9, email: "", roles: 0, status: domain.RowRefused, faults: "row"},
		{line: 10, email: "", roles: 0, status: domain.RowRefused, faults: "full_name"},
		{line: 11, email: "last@example.org", roles: 0, status: domain.RowPending, faults: ""},
	}, got)
	require.Equal(t, "Babbage, Charles", rows[1].FullName)
	require.Equal(t, []string{"auditor", "member"}, rows[1].Roles)
	require.Contains(t, rows[5].Faults[0].Message, "line 2")
}

func TestARowThatIsNoTextIsRefused(t *testing.T) {
	for _, part := range []string{"\xff", "a\x00b"} {
		for column := range 3 {
			fields := []string{"ada@example.org", "Ada", "member"}
			fields[column] += part
			rows, err := domain.ParseImport("email,full_name,roles\n" + strings.Join(fields, ","))
			require.NoError(t, err)
			require.Equal(t, domain.RowRefused, rows[0].Status, "%q", fields)
			require.NotContains(t, rows[0].Email+rows[0].FullName+strings.Join(rows[0].Roles, ""), part, "%q", fields)
		}
	}
}

// TestAMissingQuotationMarkSpoilsItsOwnRow: the good rows after it are kept.
func TestAMissingQuotationMarkSpoilsItsOwnRow(t *testing.T) {
	for name, bad := range map[string]string{
		"never closed":            `"Bob,bob@example.org`,
		"never opened":            `Bob",bob@example.org`,
		"closed in the middle":    `"B"ob,bob@example.org`,
		"closed by the next line": "\"Bob,bob@example.org\nEve,eve@example.org\n\"",
	} {
		for _, end := range []string{"\n", "\r\n", "\r"} {
			file := "full_name,email\nAda,ada@example.org\n" + bad + "\nCarl,carl@example.org\n\"Dora\",dora@example.org\n"
			rows, err := domain.ParseImport(strings.ReplaceAll(file, "\n", end))
			require.NoError(t, err)
			var good []string
			for _, row := range rows {
				if row.Status == domain.RowPending {
					good = append(good, row.FullName)
				}
			}
			require.Equal(t, domain.RowRefused, rows[1].Status, name)
			require.Equal(t, 3, rows[1].Line, name)
			require.Contains(t, rows[1].Faults[0].Message, "quotation mark", name)
			require.Subset(t, good, []string{"Ada", "Carl", "Dora"}, name)
		}
	}
}

func TestAnImportAcceptsFilesAsSpreadsheetsSaveThem(t *testing.T) {
	want := []domain.ImportRow{
		{Email: "ada@example.org", FullName: "Ada, Countess", Roles: []string{"member", "auditor"}, Status: domain.RowPending},
	}
	for name, c := range map[string]struct {
		file string
		line int
	}{
		"commas":              {"email,full_name,roles\nada@example.org,\"Ada, Countess\",member auditor\n", 2},
		"semicolons":          {"email;full_name;roles\nada@example.org;Ada, Countess;member,auditor\n", 2},
		"tabs":                {"email\tfull_name\troles\nada@example.org\tAda, Countess\tmember,auditor\n", 2},
		"a mark and CRLF":     {"\ufeffemail;full_name;roles\r\nada@example.org;Ada, Countess;member,auditor\r\n", 2},
		"lines ended by CR":   {"email;full_name;roles\rada@example.org;Ada, Countess;member,auditor\r", 2},
		"a separator is said": {"sep=;\nemail;full_name;roles\nada@example.org;Ada, Countess;member,auditor\n", 3},
		"it is a tab":         {"sep=\t\r\nemail\tfull_name\troles\r\nada@example.org\tAda, Countess\tmember,auditor\r\n", 3},
		"blank lines":         {"email,full_name,roles\n\nada@example.org,\"Ada, Countess\",member auditor\n \n\n", 3},
	} {
		rows, err := domain.ParseImport(c.file)
		require.NoError(t, err, name)
		want[0].Line = c.line
		require.Equal(t, want, rows, name)
	}
	for _, mark := range []string{"\xff\xfe", "\xfe\xff"} {
		_, err := domain.ParseImport(mark + "e\x00m\x00")
		fault := new(domain.Error)
		require.ErrorAs(t, err, &fault)
		require.Contains(t, fault.Fields[0].Message, "UTF-16")
	}
	rows, err := domain.ParseImport("email,full_name\nada@example.org,Ad\xe9le\n")
	require.NoError(t, err)
	require.Contains(t, rows[0].Faults[0].Message, "CSV UTF-8")
}

func TestAnImportRemovesTheApostrophesOfAnExport(t *testing.T) {
	for _, name := range []string{"=1+1", "Ann;=1+1", "'=1+1", "Ann", "O'Hara", "＝1＋1", "-", "; ;'' @x"} {
		rows, err := domain.ParseImport(`email,full_name` + "\n" + `ada@example.org,"` + domain.GuardCell(name) + `"`)
		require.NoError(t, err)
		require.Equal(t, name, rows[0].FullName)
	}
}

func TestAFileThatIsNoImportIsRefused(t *testing.T) {
	row := "a@example.org,A\n"
	for name, file := range map[string]string{
		"nothing":        "",
		"no rows":        "email,full_name\n",
		"no head":        row + row,
		"a column less":  "email\na@example.org\n",
		"a column twice": "email,full_name,email\n",
		"a column more":  "email,full_name,password\na@example.org,A,x\n",
		"too many rows":  "email,full_name\n" + strings.Repeat(row, domain.MaxImportRows+1),
		"a separator":    "sep=;",
		"a quotation":    "\"email,full_name\na@example.org,A\n",
		"binary":         "PK\x03\x04\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := domain.ParseImport(file)
			fault := new(domain.Error)
			require.ErrorAs(t, err, &fault)
			require.Equal(t, domain.CodeInvalid, fault.Code)
			require.Equal(t, "", fault.Fields[0].Field)
			require.NotContains(t, fmt.Sprint(fault.Fields), "password")
		})
	}
	rows, err := domain.ParseImport("email,full_name\n" + strings.Repeat(row, domain.MaxImportRows))
	require.NoError(t, err)
	require.Len(t, rows, domain.MaxImportRows)
}

func FuzzParseImport(f *testing.F) {
	f.Add("email,full_name,roles\nada@example.org,Ada,member\n")
	f.Add("email;full_name\n\"a\"\"b\";\"\n")
	f.Add("sep=\t\r\nemail\tfull_name\r\n\"a\tb\r\nc\t'=d\r\n")
	f.Fuzz(func(t *testing.T, file string) {
		rows, err := domain.ParseImport(file)
		if err != nil {
			require.Empty(t, rows)
			return
		}
		lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(file), "\n")
		noneLost := func(lines []string) { require.Empty(t, strings.Trim(strings.Join(lines, ""), " ")) }
		addresses, above := map[string]bool{}, rows[0].Line-1
		for _, row := range rows {
			require.Greater(t, row.Line, above)
			noneLost(lines[above : row.Line-1])
			above = row.Line
			require.True(t, utf8.ValidString(row.Email+row.FullName))
			if row.Status == domain.RowRefused {
				require.NotEmpty(t, row.Faults)
				continue
			}
			require.Equal(t, domain.RowPending, row.Status)
			_, err := domain.ParseEmail(row.Email)
			require.NoError(t, err)
			require.False(t, addresses[domain.Email(row.Email).Key()])
			addresses[domain.Email(row.Email).Key()] = true
		}
		noneLost(lines[above:])
	})
}
