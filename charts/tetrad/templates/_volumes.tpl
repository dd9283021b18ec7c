{{- define "tetrad.volumes" -}}
- name: cilium-run
  hostPath:
    path: /var/run/cilium
    type: DirectoryOrCreate
- name: tetragon-run
  hostPath:
    path: /var/run/tetragon
    type: DirectoryOrCreate
- name: export-logs
  hostPath:
    path: {{ .Values.exportDirectory }}
    type: DirectoryOrCreate
- name: tetragon-config
  configMap:
    name: {{ include "tetragon.configMapName" . }}
- name: bpf-maps
  hostPath:
    path: /sys/fs/bpf
    type: DirectoryOrCreate
- name: host-proc
  hostPath:
    path: {{ .Values.tetragon.hostProcPath }}
    type: Directory
{{- if and .Values.tetragon.cri.enabled .Values.tetragon.cri.socketHostPath }}
{{- /* The directory: a runtime that restarts makes the socket anew. */}}
- name: cri-socket
  hostPath:
    path: {{ dir .Values.tetragon.cri.socketHostPath }}
    type: Directory
{{- end }}
{{- if and .Values.tetragon.grpc.enabled .Values.tetragon.grpc.tls.enabled }}
- name: tetragon-grpc-tls
  secret:
    secretName: {{ include "tetrad.tls.secretName" . }}
    defaultMode: 0400
{{- end }}
{{- if include "tetrad.usesStateDirectory" . }}
- name: tetrad-state
  hostPath:
    path: {{ .Values.tetrad.stateDirectory }}
    type: DirectoryOrCreate
{{- end }}
{{- with .Values.tetrad.elasticsearch }}
{{- if and .hosts .existingSecret }}
- name: tetrad-elasticsearch
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0400
{{- end }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- range .Values.extraHostPathMounts }}
- name: {{ .name }}
  hostPath:
    path: {{ .mountPath }}
{{- end }}
{{- end }}
