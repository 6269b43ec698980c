package http

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/domain"
)

// authorizationServer is what verifiers and clients find out by knowing only the issuer (RFC 8414 §2, OpenID Connect Discovery 1.0 §3). It
// names nothing that the service does not have: nobody signs in through OAuth 2.0, so there is no authorization endpoint.
type authorizationServer struct {
	Issuer                string   `json:"issuer"`
	KeySet                string   `json:"jwks_uri"`
	TokenEndpoint         string   `json:"token_endpoint"`
	IntrospectionEndpoint string   `json:"introspection_endpoint"`
	RevocationEndpoint    string   `json:"revocation_endpoint"`
	GrantTypes            []string `json:"grant_types_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	TokenMethods          []string `json:"token_endpoint_auth_methods_supported"`
	IntrospectionMethods  []string `json:"introspection_endpoint_auth_methods_supported"`
	RevocationMethods     []string `json:"revocation_endpoint_auth_methods_supported"`
	Scopes                []string `json:"scopes_supported"`
	SubjectTypes          []string `json:"subject_types_supported"`
	SigningAlgorithms     []string `json:"id_token_signing_alg_values_supported"`
	Documentation         string   `json:"service_documentation"`
}

// discoveryRoutes mounts the document at each path where a verifier looks for it. An issuer with a path has it in the middle
// (RFC 8414 §3.1) or, for OpenID Connect, at the beginning.
func (s *Server) discoveryRoutes() {
	const oauthName, openIDName = "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"
	paths := []string{oauthName, openIDName}
	if at := issuerPath(s.Issuer); at != "" {
		paths = append(paths, oauthName+at, openIDName+at, at+openIDName)
	}
	for _, path := range paths {
		s.get(path, s.discovery)
	}
}

// issuerPath returns the path of the issuer, such as /sole, or "" if it has none.
func issuerPath(issuer string) string {
	parsed, err := url.Parse(issuer)
	if err != nil || parsed.Host == "" {
		return ""
	}
	return strings.TrimRight(parsed.EscapedPath(), "/")
}

func (s *Server) discovery(c *fiber.Ctx) error {
	text, err := json.Marshal(s.authorizationServer())
	if err != nil {
		return err
	}
	c.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(KeySetAge.Seconds())))
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	return send(c, "application/json", text)
}

func (s *Server) authorizationServer() authorizationServer {
	at := strings.TrimRight(s.PublicURL, "/")
	methods := []string{"client_secret_basic", "client_secret_post"}
	return authorizationServer{
		Issuer: s.Issuer, KeySet: at + "/.well-known/jwks.json",
		TokenEndpoint: at + tokenPath, IntrospectionEndpoint: at + introspectPath, RevocationEndpoint: at + revokePath,
		GrantTypes: []string{clientCredentials}, ResponseTypes: []string{},
		TokenMethods: methods, IntrospectionMethods: methods, RevocationMethods: methods,
		Scopes: scopes(), SubjectTypes: []string{"public"}, SigningAlgorithms: s.signingAlgorithms(), Documentation: at + "/docs",
	}
}

// scopes returns what the token of a program can be limited to: every permission that a service account can have.
func scopes() (names []string) {
	for _, permission := range domain.Permissions() {
		if !permission.Platform() {
			names = append(names, string(permission))
		}
	}
	return names
}

// signingAlgorithms returns the algorithms of the keys that verify tokens now, each once.
func (s *Server) signingAlgorithms() []string {
	var set struct {
		Keys []struct {
			Algorithm string `json:"alg"`
		} `json:"keys"`
	}
	algorithms := []string{}
	if json.Unmarshal(s.JWKS(), &set) != nil {
		return algorithms
	}
	for _, key := range set.Keys {
		if !slices.Contains(algorithms, key.Algorithm) {
			algorithms = append(algorithms, key.Algorithm)
		}
	}
	return algorithms
}
