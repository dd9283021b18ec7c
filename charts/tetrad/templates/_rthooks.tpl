{{- define "tetrad.rthooks.name" -}}
{{- .Values.rthooks.nameOverride | default (printf "%s-rthooks" .Release.Name) | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{- define "tetrad.rthooks.selectorLabels" -}}
app.kubernetes.io/name: tetragon-rthooks
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tetrad.rthooks.labels" -}}
{{ include "tetrad.rthooks.selectorLabels" . }}
{{ include "tetrad.commonLabels" . }}
app.kubernetes.io/component: rthooks
{{- end }}

{{- define "tetrad.rthooks.container" -}}
{{- with .Values.rthooks -}}
- name: tetragon-rthooks
  image: {{ include "tetrad.otherImage" .image | quote }}
  imagePullPolicy: {{ $.Values.imagePullPolicy }}
  terminationMessagePolicy: FallbackToLogsOnError
  {{- with .securityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  command:
    - tetragon-oci-hook-setup
    - install
    - --interface={{ .interface }}
    - --local-install-dir=/hostInstall
    - --host-install-dir={{ .installDir }}
    - --oci-hooks.local-dir=/hostHooks
    - --daemonize
    - hook-args
    - --grpc-address={{ $.Values.tetragon.grpc.address }}
    - --fail-allow-namespaces
    - {{ list $.Release.Namespace .failAllowNamespaces | compact | join "," }}
    {{- range .failAllowNamespacesRegex }}
    - --fail-allow-namespaces-regex={{ . }}
    {{- end }}
    {{- range $name, $value := .extraHookArgs }}
    - {{ ternary (printf "--%s" $name) (printf "--%s=%v" $name $value) (kindIs "invalid" $value) | quote }}
    {{- end }}
  {{- with .resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumeMounts:
    {{- with .extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    - name: oci-hook-install-path
      mountPath: /hostInstall
    {{- if eq .interface "oci-hooks" }}
    - name: oci-hooks-path
      mountPath: /hostHooks
    {{- else }}
    - name: nri-socket-path
      mountPath: {{ .nriHook.nriSocket }}
    {{- end }}
{{- end }}
{{- end }}
