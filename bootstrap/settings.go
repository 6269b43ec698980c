package bootstrap

// setting is one configuration key. The table below is the source of the defaults, of
// .env.example and of docs/configuration.md.
type setting struct {
	key      string
	fallback string // the default, in the notation of a .env file
	secret   bool   // whether the value is secret, so that it is never shown
	help     string
}

// settings lists every key in the order of the documentation.
var settings = []setting{
	{key: "ENVIRONMENT", fallback: "development", help: "development or production; production refuses weak or missing secrets"},
	{key: "HOST", fallback: "0.0.0.0", help: "address to listen on (sole dev: 127.0.0.1)"},
	{key: "PORT", fallback: "8000", help: "port to listen on"},
	{
		key: "PUBLIC_URL",
		help: "the URL of the service as clients see it, without a path; " +
			"links in emails and the default issuer are built from it, and passkeys are for its host",
	},
	{
		key: "WEBAUTHN_RP_ID",
		help: "the domain that passkeys are for, such as example.org; a passkey works for the one it was registered for only; " +
			"default the host of PUBLIC_URL",
	},
	{
		key: "WEBAUTHN_ORIGINS",
		help: "JSON list of the origins whose pages may use passkeys; served at /.well-known/webauthn; " +
			"default the origin of PUBLIC_URL",
	},
	{
		key:      "PAGES",
		fallback: "on",
		help: "on or off: whether the service has pages for people, such as /sign-in and /account; " +
			"with off it has the API, and small pages for the links in emails only",
	},
	{key: "TENANCY_MODE", fallback: "single", help: "single: one org, tenant headers are ignored; multi: the request names its org"},
	{
		key:    "DATABASE_URL",
		secret: true,
		help:   "postgres://user:password@host:5432/database or sqlite://path; default the file sole.db in DATA_DIR",
	},
	{key: "MIGRATION_DATABASE_URL", secret: true, help: "a login with more rights, for migrations only; default DATABASE_URL"},
	{key: "REDIS_URL", fallback: "memory://", secret: true, help: "redis://, rediss:// or memory:// (one process only)"},
	{key: "REDIS_REQUIRED", fallback: "false", help: "whether the service is unready without Redis instead of degraded"},
	{key: "SESSION_TIMEOUT_MINUTES", fallback: "30", help: "longest idle time of a session; an org can only lower it"},
	{key: "ACCESS_TOKEN_EXPIRE_MINUTES", fallback: "15", help: "lifetime of an access token"},
	{key: "REFRESH_TOKEN_EXPIRE_MINUTES", fallback: "10080", help: "longest lifetime of a session"},
	{
		key:      "REFRESH_REUSE_GRACE_SECONDS",
		fallback: "10",
		help:     "how long a used refresh or device token returns the same new token again; 0 means never",
	},
	{key: "ALLOWED_ORIGINS", fallback: "[]", help: "JSON list of origins that browsers may call from"},
	{key: "LOG_LEVEL", fallback: "info", help: "debug, info, warn or error"},
	{key: "LOG_FORMAT", fallback: "json", help: "json or text"},
	{
		key:  "METRICS_ADDR",
		help: "host:port for metrics, log level and profiles; needs no login, so it must not be public; empty turns it off",
	},
	{
		key:    "OTEL_EXPORTER_OTLP_ENDPOINT",
		secret: true,
		help:   "URL of an OpenTelemetry collector for traces, such as http://localhost:4318; empty turns traces off",
	},
	{key: "MAX_CONCURRENT_REQUESTS", fallback: "4000", help: "requests served at the same time; further ones get 503 and Retry-After"},
	{key: "ENABLE_HSTS", fallback: "false", help: "send Strict-Transport-Security; only behind TLS"},
	{key: "DEFAULT_ORG_ID", fallback: "00000000-0000-4000-8000-000000000001", help: "id of the default org, a UUID"},
	{key: "DEFAULT_ORG_NAME", fallback: "Default", help: "name of the default org; authenticator apps show it"},
	{key: "DEFAULT_ORG_SLUG", fallback: "default", help: "slug of the default org"},
	{key: "RATE_LIMIT_PER_MINUTE", fallback: "60", help: "requests per client address; 0 turns the limit off (sole dev: 600)"},
	{key: "LOGIN_ATTEMPT_LIMIT", fallback: "5", help: "number of wrong passwords, or of wrong codes, that locks an account"},
	{key: "LOGIN_LOCKOUT_MINUTES", fallback: "15", help: "how long an account stays locked, and how long failed attempts count"},
	{key: "DEFAULT_PASSWORD_MIN_LENGTH", fallback: "12", help: "shortest password in characters, 8 to 128; an org can only raise it"},
	{
		key:    "SECRET_KEY",
		secret: true,
		help:   "32 characters or more; encrypts the secrets of authenticator apps at rest (development: created in DATA_DIR)",
	},
	{key: "SECRET_KEY_FALLBACKS", fallback: "[]", secret: true, help: "JSON list of earlier values of SECRET_KEY, which still decrypt"},
	{
		key:      "JWT_ALGORITHM",
		fallback: "RS256",
		help:     "RS256 or ES256: how access tokens and seals are signed; changing it is a rotation of the signing key",
	},
	{
		key:    "JWT_PRIVATE_KEY",
		secret: true,
		help: "PEM of the key that signs tokens: RSA of 2048 bits or more for RS256, P-256 for ES256 " +
			"(development: created in DATA_DIR)",
	},
	{key: "JWT_PUBLIC_KEY", help: "public key of JWT_PRIVATE_KEY; checked against it when given"},
	{key: "JWT_PRIVATE_KEY_PATH", help: "file holding the private key, instead of JWT_PRIVATE_KEY"},
	{key: "JWT_PUBLIC_KEY_PATH", help: "file holding the public key, instead of JWT_PUBLIC_KEY"},
	{key: "JWT_ISSUER", help: "the claim iss of access tokens; default PUBLIC_URL"},
	{key: "JWT_AUDIENCE", fallback: "sole", help: "the claim aud of access tokens"},
	{
		key:      "PROXIES_COUNT",
		fallback: "1",
		help:     "how many entries at the right end of X-Forwarded-For your proxies add (sole dev and the container image: 0)",
	},
	{
		key:      "TRUSTED_PROXIES",
		fallback: `["127.0.0.0/8","::1/128","10.0.0.0/8","172.16.0.0/12","192.168.0.0/16","fc00::/7"]`,
		help:     "JSON list of the networks of your proxies; from other peers the header is ignored",
	},
	{
		key:      "WEBHOOK_ALLOWED_NETWORKS",
		fallback: "[]",
		help: `JSON list of private networks whose receivers webhooks may call, such as ["10.20.0.0/16"]; ` +
			"administrators of every org can then reach them, so name the smallest ones",
	},
	{key: "TENANT_BASE_DOMAIN", help: "in multi mode slug.<domain> names the org"},
	{key: "SEED_ADMIN_EMAIL", help: "the first owner's address (sole dev: owner@example.org)"},
	{
		key:    "SEED_ADMIN_PASSWORD",
		secret: true,
		help: "the first owner's password, used exactly as written and not temporary; " +
			"without it one is generated, shown once, and must be changed",
	},
	{key: "SEED_ADMIN_FULL_NAME", fallback: "Owner", help: "the first owner's name"},
	{
		key:    "SMTP_URL",
		secret: true,
		help: "smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465; " +
			"without it development writes emails to DATA_DIR/mail, production sends none",
	},
	{key: "MAIL_FROM", fallback: "SOLE <no-reply@localhost>", help: "the sender of emails"},
	{
		key: "SHUTDOWN_DELAY_SECONDS",
		help: "how long a stopping service keeps serving while it reports that it is not ready; " +
			"more than the health checks of the proxy need to notice; default 5 in production, 0 in development",
	},
	{key: "SHUTDOWN_GRACE_SECONDS", fallback: "20", help: "how long requests in flight may take to finish when stopping"},
	{key: "LOCAL_UPLOAD_DIR", help: "folder of uploaded files, which all replicas share; default DATA_DIR/uploads"},
	{key: "MAX_UPLOAD_BYTES", fallback: "10485760", help: "largest accepted file, in bytes"},
	{key: "MAX_IMPORT_BYTES", fallback: "67108864", help: "largest accepted file of accounts of another system, in bytes"},
	{key: "MAX_ORG_UPLOAD_BYTES", fallback: "10737418240", help: "how many bytes the files of one org may use together; 0 means no limit"},
	{key: "DATA_DIR", fallback: "./data", help: "folder of everything that is stored locally: database, keys, uploads, emails"},
}

// choices lists the allowed values of settings that accept only a few.
var choices = map[string][]string{
	"ENVIRONMENT":    {"development", "production"},
	"PAGES":          {"on", "off"},
	"TENANCY_MODE":   {"single", "multi"},
	"JWT_ALGORITHM":  {"RS256", "ES256"},
	"LOG_LEVEL":      {"debug", "info", "warn", "error"},
	"LOG_FORMAT":     {"json", "text"},
	"REDIS_REQUIRED": {"false", "true"},
	"ENABLE_HSTS":    {"false", "true"},
}
