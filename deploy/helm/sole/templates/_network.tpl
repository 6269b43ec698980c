{{/* One egress rule: TCP ports of the given peers, or of everybody. */}}
{{- define "sole.egress" -}}
- ports:
    {{- range .ports }}
    - port: {{ int . }}
      protocol: TCP
    {{- end }}
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "sole.egressOfNames" -}}
{{- with .Values.networkPolicy.egress.dns -}}
- ports:
    {{- range .ports }}
    - port: {{ int . }}
      protocol: UDP
    - port: {{ int . }}
      protocol: TCP
    {{- end }}
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
{{- end -}}

{{/* The egress rules of the service and of the job that migrates. */}}
{{- define "sole.egressRules" -}}
{{- $refs := include "sole.secretRefs" . | fromYaml -}}
{{ include "sole.egressOfNames" . }}
{{ include "sole.egress" .Values.networkPolicy.egress.database }}
{{- if hasKey $refs "REDIS_URL" }}
{{ include "sole.egress" .Values.networkPolicy.egress.redis }}
{{- end }}
{{- if hasKey $refs "SMTP_URL" }}
{{ include "sole.egress" .Values.networkPolicy.egress.smtp }}
{{- end }}
{{- if hasKey $refs "OTEL_EXPORTER_OTLP_ENDPOINT" }}
{{ include "sole.egress" .Values.networkPolicy.egress.traces }}
{{- end }}
{{- with .Values.networkPolicy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Public addresses, and the private networks whose receivers webhooks may call. */}}
{{- define "sole.receivers" -}}
- ports:
    {{- range .Values.networkPolicy.webhookPorts }}
    - port: {{ int . }}
      protocol: TCP
    {{- end }}
  to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except: [10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16]
    - ipBlock:
        cidr: ::/0
        except: ["fc00::/7", "fe80::/10"]
    {{- range .Values.config.WEBHOOK_ALLOWED_NETWORKS }}
    - ipBlock:
        cidr: {{ . | quote }}
    {{- end }}
{{- end -}}
