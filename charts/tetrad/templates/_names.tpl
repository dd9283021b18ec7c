{{- /* Names and labels are those of Tetragon's chart: Services, dashboards and paths of logs go by them. */ -}}

{{- define "tetragon.name" -}}
{{- .Values.tetragon.nameOverride | default .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{- define "tetragon.configMapName" -}}
{{- printf "%s-config" (include "tetragon.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{- define "tetragon.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "tetragon.name" .) -}}
{{- end }}

{{- define "tetragon.selectorLabels" -}}
app.kubernetes.io/name: tetragon
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tetrad.commonLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: tetragon
{{- end }}

{{- define "tetragon.labels" -}}
{{ include "tetragon.selectorLabels" . }}
{{ include "tetrad.commonLabels" . }}
app.kubernetes.io/component: agent
{{- end }}

{{- /* What a Service or a monitor selects the agent's pods by. */ -}}
{{- define "tetrad.podSelector" -}}
{{- with .Values.selectorLabelsOverride -}}
{{ toYaml . }}
{{- else -}}
{{ include "tetragon.selectorLabels" . }}
{{- end }}
{{- end }}

{{- define "tetrad.serviceLabels" -}}
{{- with .Values.serviceLabelsOverride -}}
{{ toYaml . }}
{{- else -}}
{{ include "tetragon.labels" . }}
{{- end }}
{{- end }}

{{- define "tetrad.image" -}}
{{- with .Values.tetrad.image -}}
{{- .override | default (printf "%s:%s" .repository (.tag | default $.Chart.AppVersion)) -}}
{{- end }}
{{- end }}

{{- /* Call with an image of the values. */ -}}
{{- define "tetrad.otherImage" -}}
{{- .override | default (printf "%s:%s" .repository .tag) -}}
{{- end }}

{{- define "tetrad.usesStateDirectory" -}}
{{- if or .Values.tetrad.kubernetesEvents.enabled (and .Values.tetrad.elasticsearch.hosts .Values.tetrad.elasticsearch.queue.enabled) -}}
true
{{- end }}
{{- end }}
