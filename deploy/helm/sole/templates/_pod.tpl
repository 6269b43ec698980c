{{/* What all pods have in common. */}}
{{- define "sole.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  {{- with .Values.fsGroup }}
  fsGroup: {{ include "sole.text" . }}
  fsGroupChangePolicy: OnRootMismatch
  {{- end }}
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What all containers have in common. The root of the image stays read-only. */}}
{{- define "sole.container" -}}
image: {{ include "sole.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
terminationMessagePolicy: FallbackToLogsOnError
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{- define "sole.volumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 256Mi
{{- with .Values.caSecret }}
- name: ca
  secret:
    secretName: {{ . }}
{{- end }}
{{- end -}}

{{- define "sole.volumeMounts" -}}
- name: tmp
  mountPath: /tmp
{{- if .Values.caSecret }}
- name: ca
  mountPath: /etc/sole/ca
  readOnly: true
{{- end }}
{{- end -}}
