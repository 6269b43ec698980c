{{/* A value as the service reads it: lists as JSON, whole numbers without an exponent, nothing as nothing. */}}
{{- define "sole.text" -}}
{{- if kindIs "invalid" . -}}
{{- else if kindIs "slice" . -}}
{{- toJson . -}}
{{- else if kindIs "float64" . -}}
{{- int64 . -}}
{{- else -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{/* The keys that are secret, which only Secrets may have. */}}
{{- define "sole.secretKeys" -}}
DATABASE_URL MIGRATION_DATABASE_URL PGPASSWORD REDIS_URL SECRET_KEY SECRET_KEY_FALLBACKS JWT_PRIVATE_KEY SMTP_URL
{{- " " }}SEED_ADMIN_PASSWORD OTEL_EXPORTER_OTLP_ENDPOINT
{{- end -}}

{{/* The keys that the chart sets itself. */}}
{{- define "sole.ownKeys" -}}
ENVIRONMENT PORT METRICS_ADDR DATA_DIR LOCAL_UPLOAD_DIR JWT_PRIVATE_KEY_PATH JWT_PUBLIC_KEY_PATH GOMAXPROCS SSL_CERT_DIR
{{- end -}}

{{/* Where each secret key is, as YAML: KEY: {name: SECRET, key: KEY IN THE SECRET}. */}}
{{- define "sole.secretRefs" -}}
{{- $refs := dict -}}
{{- range .Values.secrets.keys -}}
{{- $_ := set $refs . (dict "name" $.Values.secrets.existingSecret "key" .) -}}
{{- end -}}
{{- range $key, $ref := .Values.secrets.from -}}
{{- $_ := set $refs $key $ref -}}
{{- end -}}
{{- toYaml $refs -}}
{{- end -}}

{{/* The configuration that is not secret, as the YAML of a map of texts. */}}
{{- define "sole.config" -}}
{{- $config := dict -}}
{{- range $key, $value := .Values.config -}}
{{- $text := include "sole.text" $value -}}
{{- if and (eq $key "PAGES") (kindIs "bool" $value) -}}
{{- $text = ternary "on" "off" $value -}}{{/* YAML reads on and off as true and false */}}
{{- end -}}
{{- if $text -}}
{{- $_ := set $config $key $text -}}
{{- end -}}
{{- end -}}
{{- $_ := set $config "ENVIRONMENT" "production" -}}
{{- $_ := set $config "PORT" "8000" -}}
{{- $_ := set $config "DATA_DIR" "/tmp/data" -}}
{{- $_ := set $config "LOCAL_UPLOAD_DIR" "/uploads" -}}
{{- $_ := set $config "GOMAXPROCS" (include "sole.text" .Values.processors) -}}
{{- if .Values.metrics.enabled -}}
{{- $_ := set $config "METRICS_ADDR" ":9090" -}}
{{- end -}}
{{- if .Values.caSecret -}}
{{- $_ := set $config "SSL_CERT_DIR" "/etc/sole/ca" -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* Environment variables from Secrets. A dict with the context as "root" and the keys to leave out as "without". */}}
{{- define "sole.secretEnv" -}}
{{- range $key, $ref := include "sole.secretRefs" .root | fromYaml }}
{{- if not (has $key $.without) }}
- name: {{ $key }}
  valueFrom:
    secretKeyRef:
      name: {{ $ref.name }}
      key: {{ $ref.key }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Whether several pods run at the same time, also after scaling: "true" or nothing. */}}
{{- define "sole.several" -}}
{{- if or .Values.autoscaling.enabled (gt (int .Values.replicas) 1) -}}true{{- end -}}
{{- end -}}

{{/* Whether an old pod must end before a new one starts: "true" or nothing. Counters in the memory of one process cannot be
     shared, and a volume for one node cannot be mounted on another. */}}
{{- define "sole.alone" -}}
{{- $redis := hasKey (include "sole.secretRefs" . | fromYaml) "REDIS_URL" -}}
{{- $volume := and (not .Values.uploads.ephemeral) (ne .Values.uploads.accessMode "ReadWriteMany") -}}
{{- if or (not $redis) $volume -}}true{{- end -}}
{{- end -}}

{{/* The host of PUBLIC_URL, without a port, as hosts of an Ingress are written. */}}
{{- define "sole.host" -}}
{{- (urlParse (toString .Values.config.PUBLIC_URL)).hostname | lower -}}
{{- end -}}

{{/* Every host of the Ingress and the HTTPRoute, as the YAML of a list. */}}
{{- define "sole.hosts" -}}
{{- $hosts := list (include "sole.host" .) -}}
{{- with .Values.config.TENANT_BASE_DOMAIN -}}
{{- $hosts = append $hosts (printf "*.%s" .) -}}
{{- end -}}
{{- toYaml (concat $hosts .Values.ingress.extraHosts | uniq) -}}
{{- end -}}
