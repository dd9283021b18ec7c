{{- define "tetrad.rules" -}}
{{- if .Values.tetragon.enableK8sAPI }}
# The pods of its node, and the node's labels.
- apiGroups: [""]
  resources: [pods, nodes]
  verbs: [get, list, watch]
{{- end }}
{{- if .Values.tetragonOperator.tracingPolicy.enabled }}
- apiGroups: [cilium.io]
  resources: [tracingpolicies, tracingpoliciesnamespaced]
  verbs: [get, list, watch]
# What became of a policy on its node.
- apiGroups: [cilium.io]
  resources: [tracingpolicies/status, tracingpoliciesnamespaced/status]
  verbs: [get, patch]
{{- end }}
{{- if .Values.tetrad.kubernetesEvents.enabled }}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}
{{- end }}
