package harness

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

var haproxy = sharedServer{name: "HAProxy", advice: "haproxy"}

// NewHAProxy starts an HAProxy for this test, with the file of deploy/haproxy, in front of replicas at these addresses. It returns
// its address, and the certificate that its clients must trust.
func NewHAProxy(t testing.TB, replicas ...string) (address string, roots *x509.CertPool) {
	t.Helper()
	program := Program(t, "haproxy", haproxy.advice)
	places := newPlaces(t, 2)
	at, plain := places[0], places[1]
	bundle, roots := newCertificate(t)
	var servers strings.Builder
	for i, replica := range replicas {
		fmt.Fprintf(&servers, "    server replica%d %s\n", i+1, replica)
	}
	config := at.write(t, "haproxy.cfg", Deployed(t, "haproxy/haproxy.cfg",
		"    chroot /var/lib/haproxy\n", "", "    user haproxy\n", "", "    group haproxy\n", "", // the tests need not be root
		"    stats socket /run/haproxy/admin.sock mode 660 level admin\n", "",
		"maxconn 8000", "maxconn 400", // for which every system allows enough files
		"bind :80\n", fmt.Sprintf("bind 127.0.0.1:%d\n", plain.port), "bind :443 ", fmt.Sprintf("bind 127.0.0.1:%d ", at.port),
		"/etc/haproxy/certs/id.example.org.pem", at.write(t, "certificate.pem", bundle),
		"    server one 127.0.0.1:8001\n", servers.String(), "    server two 127.0.0.1:8002", "",
	))
	address = net.JoinHostPort("127.0.0.1", strconv.Itoa(at.port))
	forTest(t, &haproxy, func() (*PrivateServer, error) {
		return started(&PrivateServer{url: address, folder: at.folder, program: program, args: []string{"-db", "-f", config}, ping: dial})
	})
	return address, roots
}

// newCertificate returns a certificate of 127.0.0.1 with its key, in one text as HAProxy reads it.
func newCertificate(t testing.TB) (bundle string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(chain)
	return string(chain) + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})), roots
}
