{{- define "tetrad.container.agent" -}}
- name: tetragon
  image: {{ include "tetrad.image" . | quote }}
  imagePullPolicy: {{ .Values.imagePullPolicy }}
  terminationMessagePolicy: FallbackToLogsOnError
  securityContext:
    {{- /* The image runs as an unprivileged user; the sensor needs root. */}}
    {{- mergeOverwrite (dict "runAsUser" 0 "runAsGroup" 0) (deepCopy (.Values.tetragon.securityContext | default dict)) | toYaml | nindent 4 }}
  {{- with .Values.tetragon.commandOverride }}
  command:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  args:
    - --config-dir=/etc/tetragon/tetragon.conf.d/
    {{- if .Values.tetragon.argsOverride }}
    {{- toYaml .Values.tetragon.argsOverride | nindent 4 }}
    {{- else }}
    {{- range $name, $value := .Values.tetragon.extraArgs }}
    {{- /* false and 0 are values; Tetragon's chart makes --name of them, which turns it on. */}}
    - {{ ternary (printf "--%s" $name) (printf "--%s=%v" $name $value) (or (kindIs "invalid" $value) (eq (toString $value) "")) | quote }}
    {{- end }}
    {{- end }}
  env:
    - name: NODE_NAME
      valueFrom:
        fieldRef:
          fieldPath: spec.nodeName
    {{- if .Values.tetrad.kubernetesEvents.enabled }}
    {{- range $name, $path := dict "POD_NAME" "metadata.name" "POD_NAMESPACE" "metadata.namespace" "POD_UID" "metadata.uid" }}
    - name: {{ $name }}
      valueFrom:
        fieldRef:
          fieldPath: {{ $path }}
    {{- end }}
    {{- end }}
    {{- with .Values.tetrad.elasticsearch }}
    {{- if and .hosts .existingSecret (has "user" .secretKeys) }}
    - name: TETRAGON_ELASTICSEARCH_USER
      valueFrom:
        secretKeyRef:
          name: {{ .existingSecret }}
          key: user
    {{- end }}
    {{- end }}
    {{- with .Values.tetragon.extraEnv }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.tetragon.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- include "tetrad.probes" . | nindent 2 }}
  volumeMounts:
    {{- with .Values.tetragon.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    - name: tetragon-config
      mountPath: /etc/tetragon/tetragon.conf.d/
      readOnly: true
    - name: bpf-maps
      mountPath: /sys/fs/bpf
      {{- if (.Values.tetragon.securityContext | default dict).privileged }}
      mountPropagation: Bidirectional
      {{- end }}
    - name: cilium-run
      mountPath: /var/run/cilium
    - name: tetragon-run
      mountPath: /var/run/tetragon
    - name: export-logs
      mountPath: {{ .Values.exportDirectory }}
    - name: host-proc
      mountPath: /procRoot
    {{- if and .Values.tetragon.cri.enabled .Values.tetragon.cri.socketHostPath }}
    - name: cri-socket
      mountPath: {{ dir .Values.tetragon.cri.socketHostPath }}
    {{- end }}
    {{- if and .Values.tetragon.grpc.enabled .Values.tetragon.grpc.tls.enabled }}
    - name: tetragon-grpc-tls
      mountPath: /var/lib/tetragon/tls
      readOnly: true
    {{- end }}
    {{- if include "tetrad.usesStateDirectory" . }}
    - name: tetrad-state
      mountPath: {{ .Values.tetrad.stateDirectory }}
    {{- end }}
    {{- if and .Values.tetrad.elasticsearch.hosts .Values.tetrad.elasticsearch.existingSecret }}
    - name: tetrad-elasticsearch
      mountPath: /etc/tetrad/elasticsearch
      readOnly: true
    {{- end }}
    {{- range concat .Values.extraHostPathMounts .Values.extraConfigmapMounts }}
    - name: {{ .name }}
      mountPath: {{ .mountPath }}
      readOnly: {{ .readOnly | default false }}
      {{- with .mountPropagation }}
      mountPropagation: {{ . }}
      {{- end }}
    {{- end }}
{{- end }}

{{- define "tetrad.probes" -}}
{{- with .Values.tetragon -}}
{{- if .livenessProbe -}}
livenessProbe:
  {{- toYaml .livenessProbe | nindent 2 }}
{{- else if .healthGrpc.enabled -}}
livenessProbe:
  failureThreshold: 1
  timeoutSeconds: 60
  grpc:
    port: {{ .healthGrpc.port }}
    service: liveness
{{- end }}
{{- if .startupProbe }}
startupProbe:
  {{- toYaml .startupProbe | nindent 2 }}
{{- else if .healthGrpc.enabled }}
{{- /* The health service answers once the sensor works; until then the other probe would end the agent. */}}
startupProbe:
  periodSeconds: 2
  failureThreshold: 150
  timeoutSeconds: 5
  grpc:
    port: {{ .healthGrpc.port }}
    service: startup
{{- end }}
{{- end }}
{{- end }}
