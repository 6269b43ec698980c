package domain_test

import (
	"fmt"
	"strings"
	"testing"

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
			faults = append(faults, fault.Location)
		}
		got = append(got, seen{row.Line, row.Email, len(row.Roles), row.Status, strings.Join(faults, " ")})
	}
	require.Equal(t, []seen{
		{2, "ada@example.org", 1, domain.RowPending, ""},
		{3, "charles@example.org", 2, domain.RowPending, ""},
		{4, "x", 0, domain.RowRefused, "email full_name"},
		{6, "", 0, domain.RowRefused, "email full_name"},
		{7, "ADA@example.org", 0, domain.RowRefused, "email"},
		{8, "", 0, domain.RowRefused, "row"},
		{9, "", 0, domain.RowRefused, "row"},
		{10, "", 0, domain.RowRefused, "full_name"},
		{11, "last@example.org", 0, domain.RowPending, ""},
	}, got)
	require.Equal(t, "Babbage, Charles", rows[1].FullName)
	require.Equal(t, []string{"auditor", "member"}, rows[1].Roles)
	require.Contains(t, rows[4].Faults[0].Message, "line 2")
}

func TestAnImportMayUseSemicolons(t *testing.T) {
	rows, err := domain.ParseImport("email;full_name;roles\nada@example.org;Ada, Countess;member,auditor\n")
	require.NoError(t, err)
	require.Equal(t, []domain.ImportRow{{Line: 2, Email: "ada@example.org", FullName: "Ada, Countess", Roles: []string{"member", "auditor"}, Status: domain.RowPending}}, rows)
}

func TestWhatIsNoImportIsRefusedWhole(t *testing.T) {
	row := "a@example.org,A\n"
	for name, file := range map[string]string{
		"nothing":        "",
		"no rows":        "email,full_name\n",
		"no head":        row + row,
		"a column less":  "email\na@example.org\n",
		"a column twice": "email,full_name,email\n",
		"a column more":  "email,full_name,password\na@example.org,A,x\n",
		"too many rows":  "email,full_name\n" + strings.Repeat(row, domain.MaxImportRows+1),
		"binary":         "PK\x03\x04\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := domain.ParseImport(file)
			fault := new(domain.Error)
			require.ErrorAs(t, err, &fault)
			require.Equal(t, domain.CodeInvalid, fault.Code)
			require.Equal(t, "body", fault.Fields[0].Location)
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
	f.Fuzz(func(t *testing.T, file string) {
		rows, err := domain.ParseImport(file)
		if err != nil {
			require.Empty(t, rows)
			return
		}
		addresses := map[string]bool{}
		for _, row := range rows {
			require.Positive(t, row.Line)
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
	})
}
