{{- define "sole.faultsOfSecrets" -}}
{{- $faults := list -}}
{{- $secret := splitList " " (include "sole.secretKeys" .) -}}
{{- $refs := include "sole.secretRefs" . | fromYaml -}}
{{- range $place := list "config" "secrets" -}}
{{- range $key, $_ := index $.Values $place -}}
{{- if has $key $secret -}}
{{- $faults = append $faults (printf "%s.%s: leave it out, because Helm would store the secret in the cluster a second time: write it into the Secret that secrets.existingSecret names, and its name into secrets.keys" $place $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range .Values.extraEnv -}}
{{- if or (has .name $secret) (has .name (splitList " " (include "sole.ownKeys" $))) (hasKey $.Values.config .name) -}}
{{- $faults = append $faults (printf "extraEnv: leave %s out: secret keys belong into secrets.keys or secrets.from, others into config" .name) -}}
{{- end -}}
{{- end -}}
{{- range list "DATABASE_URL" "SECRET_KEY" "JWT_PRIVATE_KEY" -}}
{{- if not (hasKey $refs .) -}}
{{- $faults = append $faults (printf "secrets.keys: add %s, or say in secrets.from.%s which Secret has it; the service does not start without it" . .) -}}
{{- end -}}
{{- end -}}
{{- $unnamed := list -}}
{{- range $key, $ref := $refs -}}
{{- if not $ref.name -}}
{{- $unnamed = append $unnamed $key -}}
{{- end -}}
{{- end -}}
{{- if $unnamed -}}
{{- $faults = append $faults (printf "secrets.existingSecret: write the name of the Secret that has %s; create it first, as docs/kubernetes.md shows" (join ", " $unnamed)) -}}
{{- end -}}
{{- toYaml $faults -}}
{{- end -}}

{{- define "sole.faultsOfConfig" -}}
{{- $faults := list -}}
{{- range splitList " " (include "sole.ownKeys" .) -}}
{{- if hasKey $.Values.config . -}}
{{- $faults = append $faults (printf "config.%s: leave it out, because the chart sets it" .) -}}
{{- end -}}
{{- end -}}
{{- $url := toString (default "" .Values.config.PUBLIC_URL) -}}
{{- if not (regexMatch "^https?://[^/?#@]+/?$" $url) -}}
{{- $faults = append $faults "config.PUBLIC_URL: write the URL of the service as clients see it, without a path, such as https://id.example.org" -}}
{{- else if and (hasPrefix "http://" $url) (eq (toString .Values.config.ENABLE_HSTS) "true") -}}
{{- $faults = append $faults "config.ENABLE_HSTS: write false, because config.PUBLIC_URL is not https" -}}
{{- end -}}
{{- if and .Values.config.TENANT_BASE_DOMAIN (ne .Values.config.TENANCY_MODE "multi") -}}
{{- $faults = append $faults "config.TENANT_BASE_DOMAIN: leave it out, or write multi into config.TENANCY_MODE" -}}
{{- end -}}
{{- toYaml $faults -}}
{{- end -}}

{{- define "sole.faultsOfReplicas" -}}
{{- $faults := list -}}
{{- $several := include "sole.several" . -}}
{{- if and $several (not (hasKey (include "sole.secretRefs" . | fromYaml) "REDIS_URL")) -}}
{{- $faults = append $faults "replicas: several pods share limits and unfinished sign-ins in Redis: add REDIS_URL to secrets.keys, or write replicas: 1 and autoscaling.enabled: false" -}}
{{- end -}}
{{- with .Values.autoscaling -}}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) -}}
{{- $faults = append $faults "autoscaling.maxReplicas: write a number that is not below autoscaling.minReplicas" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (not (dig "requests" "cpu" "" .Values.resources)) -}}
{{- $faults = append $faults "resources.requests.cpu: write how much CPU a pod needs, such as 500m, because autoscaling compares with it" -}}
{{- end -}}
{{- with .Values.uploads -}}
{{- if and $several .ephemeral -}}
{{- $faults = append $faults "uploads.ephemeral: write false, because several pods must share uploaded files, or write replicas: 1" -}}
{{- else if and $several (ne .accessMode "ReadWriteMany") -}}
{{- $faults = append $faults "uploads.accessMode: write ReadWriteMany, because several pods share the volume, or write replicas: 1 and autoscaling.enabled: false" -}}
{{- end -}}
{{- if and .ephemeral .existingClaim -}}
{{- $faults = append $faults "uploads.existingClaim: leave it out, or write uploads.ephemeral: false" -}}
{{- end -}}
{{- end -}}
{{- $memory := toString (dig "limits" "memory" "" .Values.resources) -}}
{{- $least := add 64 (mul 20 (int .Values.processors)) -}}
{{- $given := ternary (mul 1024 (trimSuffix "Gi" $memory | int)) (trimSuffix "Mi" $memory | int) (hasSuffix "Gi" $memory) -}}
{{- if and (regexMatch "^[0-9]+(Mi|Gi)$" $memory) (lt (int $given) (int $least)) -}}
{{- $faults = append $faults (printf "resources.limits.memory: write %dMi or more for processors: %d, and 25Ki for each open connection" $least (int .Values.processors)) -}}
{{- end -}}
{{- $cpu := toString (dig "limits" "cpu" "" .Values.resources) -}}
{{- $millis := ternary (trimSuffix "m" $cpu | int) (mul 1000 (int $cpu)) (hasSuffix "m" $cpu) -}}
{{- if and (regexMatch "^[0-9]+m?$" $cpu) (lt (int $millis) (mul 1000 (int .Values.processors) | int)) -}}
{{- $faults = append $faults (printf "resources.limits.cpu: write %d or more for processors: %d, or null for no limit" (int .Values.processors) (int .Values.processors)) -}}
{{- end -}}
{{- range $label, $_ := .Values.podLabels -}}
{{- if regexMatch "^(app.kubernetes.io/|helm.sh/)" $label -}}
{{- $faults = append $faults (printf "podLabels: leave %s out, because the chart sets it" $label) -}}
{{- end -}}
{{- end -}}
{{- toYaml $faults -}}
{{- end -}}

{{- define "sole.faultsOfExposure" -}}
{{- $faults := list -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" (include "sole.fullname" .)) -}}
{{- $faults = append $faults "fullnameOverride: write a name that begins with a letter and has only small letters, digits and hyphens, because a Service needs one" -}}
{{- end -}}
{{- if and .Values.ingress.enabled .Values.gateway.enabled -}}
{{- $faults = append $faults "gateway.enabled: write false, or ingress.enabled: false; one of them is enough" -}}
{{- end -}}
{{- if and (or .Values.ingress.enabled .Values.gateway.enabled) (regexMatch "^[0-9.]+$|:" (include "sole.host" .)) -}}
{{- $faults = append $faults "config.PUBLIC_URL: write a name instead of an address, because an Ingress and an HTTPRoute are for names, or write ingress.enabled: false and gateway.enabled: false" -}}
{{- end -}}
{{- if and .Values.gateway.enabled (not .Values.gateway.parentRefs) -}}
{{- $faults = append $faults "gateway.parentRefs: write the gateways that serve the route, such as [{name: public, namespace: gateways}]" -}}
{{- end -}}
{{- range list "serviceMonitor" "prometheusRule" -}}
{{- if and (index $.Values.metrics .).enabled (not $.Values.metrics.enabled) -}}
{{- $faults = append $faults (printf "metrics.enabled: write true, or metrics.%s.enabled: false, because the pods serve no metrics" .) -}}
{{- end -}}
{{- end -}}
{{- toYaml $faults -}}
{{- end -}}

{{/* Looks in the cluster. Without one, as with helm template, nothing is found, not even the ServiceAccount that every namespace has. */}}
{{- define "sole.faultsOfStoredSecrets" -}}
{{- $faults := list -}}
{{- if lookup "v1" "ServiceAccount" .Release.Namespace "default" -}}
{{- range $key, $ref := include "sole.secretRefs" . | fromYaml -}}
{{- $secret := lookup "v1" "Secret" $.Release.Namespace $ref.name -}}
{{- if not $secret -}}
{{- $faults = append $faults (printf "the Secret %s does not exist in the namespace %s: create it first, as docs/kubernetes.md shows" $ref.name $.Release.Namespace) -}}
{{- else if not (index (default dict $secret.data) $ref.key) -}}
{{- $faults = append $faults (printf "the Secret %s has no key %s: add it, or leave %s out of secrets.keys and secrets.from" $ref.name $ref.key $key) -}}
{{- else if and (eq $key "DATABASE_URL") (not (regexMatch "^postgres(ql)?://" (index $secret.data $ref.key | b64dec))) -}}
{{- $faults = append $faults (printf "the key %s of the Secret %s is not the URL of a PostgreSQL database: write postgres://user:password@host:5432/database" $ref.key $ref.name) -}}
{{- else if and (eq $key "REDIS_URL") (include "sole.several" $) (hasPrefix "memory:" (index $secret.data $ref.key | b64dec)) -}}
{{- $faults = append $faults (printf "the key %s of the Secret %s keeps everything in the memory of one pod: write redis:// or rediss://, or replicas: 1" $ref.key $ref.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml (uniq $faults) -}}
{{- end -}}
