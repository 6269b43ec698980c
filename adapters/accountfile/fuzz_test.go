package accountfile_test

import (
	"bytes"
	"context"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// fuzz reads any file as one of a format. Whatever it yields can be stored.
func fuzz(f *testing.F, format string) {
	for _, sample := range samples {
		if sample.format == format {
			content := testdata(f, sample.file)
			f.Add(content)
			f.Add(content[:len(content)/2])
		}
	}
	reader := formatNamed(f, format)
	options := withParameters(f, port.AccountFileOptions{WeakUntil: lapsing})
	f.Fuzz(func(t *testing.T, file []byte) {
		source, err := reader.Open(bytes.NewReader(file), options)
		if err != nil {
			t.Fatal(err)
		}
		last := 0
		for account, err := range source.Accounts(context.Background()) {
			if err != nil {
				messageOf(t, err)
				return
			}
			if account.Line <= last {
				t.Fatalf("line %d after %d", account.Line, last)
			}
			last = account.Line
			storable(t, account)
		}
	})
}

func storable(t *testing.T, a domain.ImportedAccount) {
	t.Helper()
	if a.Password != "" {
		if _, err := domain.ParseImportedHash(a.Password); err != nil {
			t.Fatalf("a password that cannot be read: %v", err)
		}
	}
	for _, fault := range a.Faults {
		if fault.Field == "" || fault.Message == "" || !utf8.ValidString(fault.Field+fault.Message) || len(fault.Field) > 300 {
			t.Fatalf("a fault that cannot be shown: %q", fault)
		}
	}
	for _, note := range a.Notes {
		if !utf8.ValidString(note) || len(note) > 1000 {
			t.Fatalf("a note that cannot be shown: %q", note)
		}
	}
	for _, at := range []time.Time{a.CreatedAt, a.LastSignInAt, a.TOTPEnrolledAt} {
		if !at.IsZero() && (at.Year() < 1980 || at.Year() > 2100) {
			t.Fatalf("a time that cannot be meant: %v", at)
		}
	}
	if len(a.Faults) == 0 && (!utf8.ValidString(a.Email+a.FullName) || len(a.TOTPSecret) > 128) {
		t.Fatalf("texts that cannot be stored: %q", a.Email)
	}
}

func FuzzKeycloak(f *testing.F) { fuzz(f, "keycloak") }

func FuzzAuth0(f *testing.F) { fuzz(f, "auth0") }

func FuzzFirebase(f *testing.F) { fuzz(f, "firebase") }

func FuzzSupabase(f *testing.F) { fuzz(f, "supabase") }

func FuzzDjango(f *testing.F) { fuzz(f, "django") }

func FuzzPasslib(f *testing.F) { fuzz(f, "passlib") }

func FuzzFirebaseParameters(f *testing.F) {
	f.Add(string(testdata(f, "firebase-parameters.txt")))
	reader := formatNamed(f, "firebase")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := reader.Open(bytes.NewReader(nil), port.AccountFileOptions{Parameters: domain.NewSecret(text)})
		if err != nil {
			messageOf(t, err)
		}
	})
}
