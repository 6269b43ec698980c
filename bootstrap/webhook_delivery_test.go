package bootstrap

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNetworksThatWebhooksMayCall(t *testing.T) {
	for value, want := range map[string][]string{
		"[]":                                nil,
		`["10.20.0.0/16","fd00::/8"]`:       {"10.20.0.0/16", "fd00::/8"},
		"10.20.0.0/16, 127.0.0.1/32":        {"10.20.0.0/16", "127.0.0.1/32"},
		`["::ffff:10.0.0.0/104","::1/128"]`: {"10.0.0.0/8", "::1/128"},
	} {
		config, err := Load(Source{Defaults: map[string]string{"DATA_DIR": t.TempDir(), "WEBHOOK_ALLOWED_NETWORKS": value}})
		require.NoError(t, err, value)
		var networks []string
		for _, network := range config.WebhookNetworks {
			networks = append(networks, network.String())
		}
		require.Equal(t, want, networks, value)
	}
	for _, value := range []string{`["10.0.0.0"]`, `["10.0.0.1/8"]`, `["localhost"]`, `["10.0.0.0/33"]`, `["fe80::1%lo/64"]`, `["*"]`} {
		_, err := Load(Source{Defaults: map[string]string{"DATA_DIR": t.TempDir(), "WEBHOOK_ALLOWED_NETWORKS": value}})
		require.ErrorContains(t, err, "WEBHOOK_ALLOWED_NETWORKS", value)
		require.NotContains(t, err.Error(), value)
	}
}
