{{- define "tetrad.rules" -}}
{{- if .Values.tetragon.enableK8sAPI }}
# The pods of its node, and the node's labels.
- apiGroups: [""]
  resources: [pods, nodes]
  verbs: [list, watch]
{{- if .Values.tetragonOperator.tracingPolicy.enabled }}
- apiGroups: [cilium.io]
  resources: [tracingpolicies, tracingpoliciesnamespaced]
  verbs: [list, watch]
{{- end }}
{{- end }}
{{- if .Values.tetrad.kubernetesEvents.enabled }}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}
{{- end }}
