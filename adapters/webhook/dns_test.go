package webhook

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
)

// nameServer answers questions about names as a test says.
type nameServer struct {
	mu      sync.Mutex
	answers map[string][][]string // by name: the addresses of the first answer, of the second and so on; the last one is repeated
	asked   map[string]int        // questions for IPv4 addresses
	address string
}

func newNameServer(t *testing.T, answers map[string][][]string) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	n := &nameServer{answers: answers, asked: map[string]int{}, address: conn.LocalAddr().String()}
	go func() {
		question := make([]byte, 1500)
		for {
			size, from, err := conn.ReadFrom(question)
			if err != nil {
				return
			}
			if answer := n.answer(question[:size]); answer != nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	return n
}

// resolver returns a resolver that asks only this server.
func (n *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", n.address)
	}}
}

func (n *nameServer) answer(packed []byte) []byte {
	var message dnsmessage.Message
	if message.Unpack(packed) != nil || len(message.Questions) != 1 {
		return nil
	}
	question := message.Questions[0]
	answers, known := n.answers[strings.TrimSuffix(question.Name.String(), ".")]
	message.Response, message.Additionals = true, nil
	if !known {
		message.RCode = dnsmessage.RCodeNameError
	}
	if known && question.Type == dnsmessage.TypeA {
		for _, address := range answers[n.turn(question.Name.String(), len(answers))] {
			message.Answers = append(message.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET},
				Body:   &dnsmessage.AResource{A: netip.MustParseAddr(address).As4()},
			})
		}
	}
	response, err := message.Pack()
	if err != nil {
		return nil
	}
	return response
}

// turn returns which of the answers is next.
func (n *nameServer) turn(name string, answers int) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked[name]++
	return min(n.asked[name], answers) - 1
}
