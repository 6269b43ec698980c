package chart

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
)

// TestPrivateAuthoritiesAreTrusted runs the job against a mail server whose certificate a private authority signed. caSecret is
// mounted as Kubernetes mounts a Secret.
func TestPrivateAuthoritiesAreTrusted(t *testing.T) {
	m := newMachine(t)
	certificate, authority := privateCertificate(t)
	m.secrets["SMTP_URL"] = "smtps://" + serveMail(t, certificate)
	v := merged(t, given(t, "one.yaml"), `{caSecret: authorities, migration: {enabled: true}, config: {JWT_ALGORITHM: ES256},
		secrets: {keys: [DATABASE_URL, SECRET_KEY, JWT_PRIVATE_KEY, SMTP_URL]}}`)
	objects := decoded(t, v)
	job := find[*batchv1.Job](t, objects, "sole-migrate")

	output, err := m.command(t, objects, job).CombinedOutput()
	require.Error(t, err, string(output))
	require.Contains(t, string(output), "FAIL  mail server")
	require.Contains(t, string(output), "certificate signed by unknown authority")

	mountSecret(t, filepath.Join(m.folder, "ca"), "ca.crt", authority)
	output, err = m.command(t, objects, job).CombinedOutput()
	require.NoError(t, err, string(output))
	require.Contains(t, string(output), "ok    mail server")
}

// mountSecret writes a file as Kubernetes does: by links to a folder that it can replace at once.
func mountSecret(t *testing.T, folder, key string, value []byte) {
	t.Helper()
	version := "..2026_01_01_00_00_00.1"
	require.NoError(t, os.MkdirAll(filepath.Join(folder, version), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, version, key), value, 0o644)) //nolint:gosec // public
	require.NoError(t, os.Symlink(version, filepath.Join(folder, "..data")))
	require.NoError(t, os.Symlink(filepath.Join("..data", key), filepath.Join(folder, key)))
}

// privateCertificate returns a certificate for localhost, and that of its authority as PEM.
func privateCertificate(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "private"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// serveMail accepts every command of SMTP, and returns the address.
func serveMail(t *testing.T, certificate tls.Certificate) string {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go greet(connection)
		}
	}()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return "localhost:" + port
}

func greet(connection net.Conn) {
	defer func() { _ = connection.Close() }()
	_, _ = fmt.Fprint(connection, "220 localhost ESMTP\r\n")
	for lines := bufio.NewScanner(connection); lines.Scan(); {
		if strings.EqualFold(lines.Text(), "QUIT") {
			_, _ = fmt.Fprint(connection, "221 bye\r\n")
			return
		}
		_, _ = fmt.Fprint(connection, "250 localhost\r\n")
	}
}
