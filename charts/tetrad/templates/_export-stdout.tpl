{{- /*
Prints the export files, for what collects the logs of containers. By default it is the agent's own image: it prints
each line once, also over restarts, and nothing else but errors.
*/ -}}
{{- define "tetrad.container.exportStdout" -}}
{{- $image := .Values.export.stdout.image -}}
{{- $isOwn := not (or $image.override $image.repository) -}}
- name: export-stdout
  image: {{ ternary (include "tetrad.image" .) (include "tetrad.otherImage" $image) $isOwn | quote }}
  imagePullPolicy: {{ .Values.imagePullPolicy }}
  terminationMessagePolicy: FallbackToLogsOnError
  {{- /* The files are root's. */}}
  {{- $context := dict "runAsUser" 0 "runAsGroup" 0 "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) }}
  {{- $context = mergeOverwrite (ternary $context (dict) $isOwn) (deepCopy .Values.export.securityContext) }}
  {{- with $context }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.export.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.export.stdout.extraEnv }}
  env:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if or .Values.export.stdout.extraEnvFrom .Values.export.stdout.envFromSecrets }}
  envFrom:
    {{- with .Values.export.stdout.extraEnvFrom }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- range .Values.export.stdout.envFromSecrets }}
    - secretRef:
        {{- ternary (dict "name" .) . (kindIs "string" .) | toYaml | nindent 8 }}
    {{- end }}
  {{- end }}
  {{- if .Values.export.stdout.enabledCommand }}
  command:
    {{- .Values.export.stdout.commandOverride | default (list (ternary "/tetrad" "hubble-export-stdout" $isOwn)) | toYaml | nindent 4 }}
  {{- end }}
  {{- if .Values.export.stdout.enabledArgs }}
  args:
    {{- if .Values.export.stdout.argsOverride }}
    {{- toYaml .Values.export.stdout.argsOverride | nindent 4 }}
    {{- else if $isOwn }}
    - --export-stdout
    - --log-level=error
    - --checkpoint-file={{ .Values.exportDirectory }}/export-stdout.checkpoint
    {{- range .Values.export.filenames }}
    - --event-source=file:{{ $.Values.exportDirectory }}/{{ . }}
    {{- end }}
    {{- else }}
    {{- range .Values.export.filenames }}
    - {{ $.Values.exportDirectory }}/{{ . }}
    {{- end }}
    {{- end }}
  {{- end }}
  volumeMounts:
    - name: export-logs
      mountPath: {{ .Values.exportDirectory }}
    {{- with .Values.export.stdout.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
