package bootstrap

// setting is one configuration key. The table below is the source of the defaults, of
// .env.example and of the README's table.
type setting struct {
	key      string
	fallback string // the default, as one would write it
	secret   bool   // never shown
	help     string
}

// settings lists every key in the order of the documentation.
var settings = []setting{
	{"ENVIRONMENT", "development", false, "development or production; production refuses weak or missing secrets"},
	{"HOST", "0.0.0.0", false, "address to listen on (sole dev: 127.0.0.1)"},
	{"PORT", "8000", false, "port to listen on"},
	{"PUBLIC_URL", "", false, "the service's own URL as clients see it, without a path; links and the default issuer are built from it"},
	{"TENANCY_MODE", "single", false, "single: one org, tenant headers are ignored; multi: the request names its org"},
	{"DATABASE_URL", "", true, "postgres://user:password@host:5432/database or sqlite://path; default the file sole.db in DATA_DIR"},
	{"MIGRATION_DATABASE_URL", "", true, "a login with more rights, for migrations only; default DATABASE_URL"},
	{"REDIS_URL", "memory://", true, "redis://, rediss:// or memory:// (one process only)"},
	{"REDIS_REQUIRED", "false", false, "whether the service is unready without Redis instead of degraded"},
	{"SESSION_TIMEOUT_MINUTES", "30", false, "longest idle time of a session; an org can only lower it"},
	{"ACCESS_TOKEN_EXPIRE_MINUTES", "15", false, "lifetime of an access token"},
	{"REFRESH_TOKEN_EXPIRE_MINUTES", "10080", false, "longest lifetime of a session"},
	{"REFRESH_REUSE_GRACE_SECONDS", "10", false, "how long a used refresh or device token returns the same new token again; 0 means never"},
	{"ALLOWED_ORIGINS", "[]", false, "JSON list of origins that browsers may call from"},
	{"LOG_LEVEL", "info", false, "debug, info, warn or error"},
	{"LOG_FORMAT", "json", false, "json or text"},
	{"METRICS_ADDR", "", false, "host:port for metrics, log level and profiles; needs no login, so it must not be public; empty turns it off"},
	{"OTEL_EXPORTER_OTLP_ENDPOINT", "", true, "URL of an OpenTelemetry collector for traces, such as http://localhost:4318; empty turns traces off"},
	{"MAX_CONCURRENT_REQUESTS", "4000", false, "requests served at the same time; further ones get 503 and Retry-After"},
	{"ENABLE_HSTS", "false", false, "send Strict-Transport-Security; only behind TLS"},
	{"DEFAULT_ORG_ID", "00000000-0000-4000-8000-000000000001", false, "id of the default org, a UUID"},
	{"DEFAULT_ORG_NAME", "Default", false, "name of the default org; authenticator apps show it"},
	{"DEFAULT_ORG_SLUG", "default", false, "slug of the default org"},
	{"RATE_LIMIT_PER_MINUTE", "60", false, "requests per client address; 0 turns the limit off (sole dev: 600)"},
	{"LOGIN_ATTEMPT_LIMIT", "5", false, "number of wrong passwords, or of wrong codes, that locks an account"},
	{"LOGIN_LOCKOUT_MINUTES", "15", false, "how long an account stays locked, and how long failed attempts count"},
	{"DEFAULT_PASSWORD_MIN_LENGTH", "12", false, "shortest password in characters, 8 to 128; an org can only raise it"},
	{"SECRET_KEY", "", true, "32 characters or more; encrypts authenticator secrets at rest (development: created in DATA_DIR)"},
	{"SECRET_KEY_FALLBACKS", "[]", true, "JSON list of earlier SECRET_KEYs that still decrypt"},
	{"JWT_PRIVATE_KEY", "", true, "PEM of the RSA key that signs tokens, 2048 bits or more (development: created in DATA_DIR)"},
	{"JWT_PUBLIC_KEY", "", false, "public key of JWT_PRIVATE_KEY; checked against it when given"},
	{"JWT_PRIVATE_KEY_PATH", "", false, "file holding the private key, instead of JWT_PRIVATE_KEY"},
	{"JWT_PUBLIC_KEY_PATH", "", false, "file holding the public key, instead of JWT_PUBLIC_KEY"},
	{"JWT_ISSUER", "", false, "the iss of tokens; default PUBLIC_URL"},
	{"JWT_AUDIENCE", "sole", false, "the aud of tokens"},
	{"PROXIES_COUNT", "1", false, "how many entries at the right end of X-Forwarded-For your proxies add (sole dev and the container image: 0)"},
	{"TRUSTED_PROXIES", `["127.0.0.0/8","::1/128","10.0.0.0/8","172.16.0.0/12","192.168.0.0/16","fc00::/7"]`, false, "JSON list of the networks of your proxies; from other peers the header is ignored"},
	{"TENANT_BASE_DOMAIN", "", false, "in multi mode slug.<domain> names the org"},
	{"SEED_ADMIN_EMAIL", "", false, "the first owner's address (sole dev: owner@example.org)"},
	{"SEED_ADMIN_PASSWORD", "", true, "the first owner's password, used exactly as written and not temporary; without it one is generated, shown once, and must be changed"},
	{"SEED_ADMIN_FULL_NAME", "Owner", false, "the first owner's name"},
	{"SMTP_URL", "", true, "smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465; without it development writes mails to DATA_DIR/mail, production sends none"},
	{"MAIL_FROM", "SOLE <no-reply@localhost>", false, "the sender of mails"},
	{"SHUTDOWN_GRACE_SECONDS", "20", false, "how long requests in flight may take to finish when stopping"},
	{"LOCAL_UPLOAD_DIR", "", false, "folder of uploaded files, which all replicas share; default DATA_DIR/uploads"},
	{"MAX_UPLOAD_BYTES", "10485760", false, "largest accepted file, in bytes"},
	{"MAX_ORG_UPLOAD_BYTES", "10737418240", false, "how many bytes the files of one org may use together; 0 means no limit"},
	{"DATA_DIR", "./data", false, "folder of everything that is stored locally: database, keys, uploads, mails"},
}

// choices lists the allowed values of settings that accept only a few.
var choices = map[string][]string{
	"ENVIRONMENT":    {"development", "production"},
	"TENANCY_MODE":   {"single", "multi"},
	"LOG_LEVEL":      {"debug", "info", "warn", "error"},
	"LOG_FORMAT":     {"json", "text"},
	"REDIS_REQUIRED": {"false", "true"},
	"ENABLE_HSTS":    {"false", "true"},
}
