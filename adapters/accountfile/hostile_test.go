package accountfile_test

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// samples are a file of each format and shape.
var samples = []struct{ format, file string }{
	{"keycloak", "keycloak.json"}, {"auth0", "auth0.ndjson"}, {"auth0", "auth0.json"}, {"firebase", "firebase.json"},
	{"firebase", "firebase.csv"}, {"supabase", "supabase.csv"}, {"django", "django.json"}, {"django", "django.csv"},
	{"passlib", "passlib.csv"},
}

// messageOf returns what an error says to whoever imports the file.
func messageOf(t *testing.T, err error) string {
	t.Helper()
	var fault *domain.Error
	require.ErrorAs(t, err, &fault)
	require.Equal(t, domain.CodeInvalid, fault.Code)
	require.Len(t, fault.Fields, 1)
	return strings.TrimSpace(fault.Fields[0].Field + " " + fault.Fields[0].Message)
}

func TestFilesThatCannotBeReadSayWhyAndWhere(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	for _, c := range []struct{ name, format, file, want string }{
		{"empty", "keycloak", "", "is empty"},
		{"blank", "auth0", "  \n", "has no accounts"},
		{"no accounts", "django", `[{"model":"auth.group","pk":1,"fields":{"name":"editors"}}]`, "has no accounts"},
		{"UTF-16", "keycloak", "\xff\xfe{\x00}\x00", "is in UTF-16: save the file in UTF-8"},
		{"UTF-16 without a mark", "passlib", "e\x00m\x00", "is in UTF-16: save the file in UTF-8"},
		{"archive", "supabase", "\x1f\x8b\x08\x00", "is an archive: unpack it"},
		{"no JSON", "auth0", "email: a@b.example", "before the first record: what follows at byte 0 is not valid JSON"},
		{"broken JSON", "auth0", `{"email":"a@b.example"} {"email":`, "after record 1: the file ends too early"},
		{"text behind", "firebase", `{"users":[]} {}`, "goes on after the end"},
		{"another export", "firebase", `{"realm":"shop"}`, "has no member users"},
		{"users twice", "keycloak", `{"users":[],"users":[]}`, "has the member users twice"},
		{"users of another kind", "keycloak", `{"users":{}}`, "has a member users that is not an array"},
		{"all realms", "keycloak", `[{"realm":"master"},{"realm":"shop"}]`, "must be one realm"},
		{
			"a long text outside", "keycloak", `{"displayName":"` + long + `","users":[]}`,
			"before the first record: what follows is longer than 1 MiB",
		},
		{"a long record", "auth0", `[{"email":"a@b.example"},{"email":"` + long + `"}]`, "after record 1: what follows is longer than 1 MiB"},
		{"long white space", "auth0", `[` + strings.Repeat(" ", 3<<20) + `]`, "longer than 1 MiB"},
		{"deep", "keycloak", `{"x":` + strings.Repeat("[", 100_000), "before the first record: what follows at byte"},
		{"a deep record", "auth0", strings.Repeat("[", 100_000), "before the first record: what follows at byte"},
		{"a missing column", "supabase", "id,email\n1,a@b.example\n", "lacks the column encrypted_password"},
		{"a column twice", "passlib", "email,full_name,hash,Email\n", "names the column 4 like an earlier one"},
		{"only columns", "passlib", "email,full_name,hash\n", "has no accounts"},
		{
			"a missing quotation mark", "passlib", "email,full_name,hash\na@b.example,\"A,x\nb@b.example,B,x\n",
			"line 2: has a missing or misplaced",
		},
		{
			"a long line", "passlib", "email,full_name,hash\na@b.example,A,\nb@b.example,B," + long,
			"after line 2: what follows is longer than 1 MiB",
		},
		{"a long first line", "supabase", long, "after line 0: what follows is longer than 1 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(t, c.format, []byte(c.file), port.AccountFileOptions{})
			require.Contains(t, messageOf(t, err), c.want)
		})
	}
}

// Each prefix of a file yields accounts of the whole file, and an error unless the rest is white space or whole rows.
func TestTruncatedFilesAreNoticed(t *testing.T) {
	for _, sample := range samples {
		t.Run(sample.file, func(t *testing.T) {
			whole := testdata(t, sample.file)
			all, err := read(t, sample.format, whole, port.AccountFileOptions{WeakUntil: lapsing})
			require.NoError(t, err)
			for cut := 1; cut < len(whole); cut += 1 + len(whole)/150 {
				some, err := read(t, sample.format, whole[:cut], port.AccountFileOptions{WeakUntil: lapsing})
				isJSON := whole[0] == '{' || whole[0] == '['
				if isJSON && err == nil {
					require.Contains(t, "\n", string(whole[cut-1]), "the file ends within JSON at byte %d", cut)
				}
				for i, account := range some {
					if i < len(some)-1 || isJSON {
						require.Equal(t, summary(all[i]), summary(account))
					} else if len(account.Faults) == 0 && summary(account) != summary(all[i]) {
						require.Empty(t, account.Password, "a row that is cut off must not have a password: byte %d", cut)
					}
				}
			}
		})
	}
}

// endless is a file of n bytes that repeats a text after a beginning.
type endless struct {
	begin, repeat string
	left          int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, e.begin)
	e.begin = e.begin[n:]
	for n < len(p) {
		n += copy(p[n:], e.repeat)
	}
	e.left -= n
	return n, nil
}

func TestMemoryIsBoundedWhateverTheFileContains(t *testing.T) {
	const size = 2 << 30
	for _, c := range []struct{ name, format, begin, repeat string }{
		{"a long line", "passlib", "email,full_name,hash\n", "x"},
		{"many separators", "supabase", "email,encrypted_password\n", ","},
		{"a quotation that does not end", "passlib", "email,full_name,hash\n\"", "x\n"},
		{"a long text", "keycloak", `{"users":[{"email":"`, "x"},
		{"a long number", "auth0", `[{"created_at":`, "1"},
		{"many members", "auth0", `[{"a":1`, `,"a":1`},
		{"many values", "firebase", `{"users":[{"providerUserInfo":[{}`, `,{}`},
		{"deep", "django", "[", "["},
		{"white space", "auth0", "[", " "},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := &endless{begin: c.begin, repeat: c.repeat, left: size}
			source, err := formatNamed(t, c.format).Open(file, withParameters(t, port.AccountFileOptions{}))
			require.NoError(t, err)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var last error
			for _, err := range source.Accounts(context.Background()) {
				last = err
			}
			runtime.ReadMemStats(&after)
			messageOf(t, last)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(256<<20), "bytes allocated in all")
		})
	}
}

// The parts of a realm that are no users may have any size: they are read over, token by token.
func TestOtherPartsOfARealmMayBeLarge(t *testing.T) {
	other := strings.Repeat(`{"clientId":"account","redirectUris":["/realms/shop/*"]},`, 100_000)
	file := `{"clients":[` + other + `{}],"users":[{"email":"a@b.example","enabled":true}],"roles":[` + other + `{}]}`
	accounts, err := read(t, "keycloak", []byte(file), port.AccountFileOptions{})
	require.NoError(t, err)
	require.Len(t, accounts, 1)
	require.Equal(t, "a@b.example", accounts[0].Email)
}

func TestReadingStopsWithItsContext(t *testing.T) {
	source, err := formatNamed(t, "passlib").Open(bytes.NewReader(testdata(t, "passlib.csv")), port.AccountFileOptions{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	for _, err := range source.Accounts(ctx) {
		if seen++; seen == 2 {
			require.ErrorIs(t, err, context.Canceled)
			return
		}
		cancel()
	}
	t.Fatal("the reading went on")
}

// A byte order mark, and lines that end with CRLF, change nothing.
func TestOtherWaysToWriteTextAreRead(t *testing.T) {
	for _, sample := range samples {
		whole := testdata(t, sample.file)
		want, err := read(t, sample.format, whole, port.AccountFileOptions{WeakUntil: lapsing})
		require.NoError(t, err)
		lines := bytes.ReplaceAll(whole, []byte("\r\n"), []byte("\n"))
		for name, other := range map[string][]byte{
			"BOM":  append([]byte("\xef\xbb\xbf"), whole...),
			"CRLF": bytes.ReplaceAll(lines, []byte("\n"), []byte("\r\n")),
		} {
			got, err := read(t, sample.format, other, port.AccountFileOptions{WeakUntil: lapsing})
			require.NoError(t, err, "%s with %s", sample.file, name)
			require.Equal(t, want, got, "%s with %s", sample.file, name)
		}
	}
	semicolons := "email;full_name;hash\na@b.example;A, B;\n"
	accounts, err := read(t, "passlib", []byte(semicolons), port.AccountFileOptions{})
	require.NoError(t, err)
	require.Equal(t, "A, B", accounts[0].FullName)
}

func TestWeakHashesAreRefusedWithoutADate(t *testing.T) {
	accounts, err := read(t, "passlib", testdata(t, "passlib.csv"), port.AccountFileOptions{})
	require.NoError(t, err)
	weak := 0
	for _, account := range accounts {
		if strings.HasPrefix(account.Email, "ssha") {
			weak++
			require.Empty(t, account.Password)
			require.Len(t, account.Faults, 1)
			require.Equal(t, "hash", account.Faults[0].Field)
			require.Contains(t, account.Faults[0].Message, "is weak")
		}
	}
	require.Equal(t, 3, weak)
}

func TestTheDateOfAWeakHashIsNotTakenFromTheFile(t *testing.T) {
	const row = "email,full_name,hash\na@b.example,A,\"$salted-sha256$salt=last,until=4000000000$c2FsdHNhbHQ$" +
		"oPElnoy8eSMkuG2uAqLhZIk1VnbIUCTBwFNsqT2wCvg\"\n"
	accounts, err := read(t, "passlib", []byte(row), port.AccountFileOptions{WeakUntil: lapsing})
	require.NoError(t, err)
	hash, err := domain.ParseImportedHash(accounts[0].Password)
	require.NoError(t, err)
	require.Equal(t, lapsing, hash.LapsesAt)

	accounts, err = read(t, "passlib", []byte(row), port.AccountFileOptions{WeakUntil: time.Time{}})
	require.NoError(t, err)
	require.NotEmpty(t, accounts[0].Faults)
}
