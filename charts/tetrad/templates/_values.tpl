{{- /*
Completes .Values where they stand, for templates that take each value as there. Helm leaves out what is null, and
`helm upgrade --reuse-values` what the release before, perhaps of Tetragon's chart, did not know. Each template begins
with this.
*/ -}}
{{- define "tetrad.values" -}}
{{- $needed := .Files.Get "files/needed.json" | fromJsonArray -}}
{{- $defaults := .Files.Get "files/defaults.json" | fromJson -}}
{{- $isOfAnother := not (kindIs "map" (get .Values "tetrad")) -}}
{{- include "tetrad.values.fill" (dict "values" .Values "defaults" $defaults "needed" $needed "isOfAnother" $isOfAnother "prefix" "") -}}
{{- end }}

{{- /* A value that is not there: its default where nothing works without, else none of its kind. */ -}}
{{- define "tetrad.values.fill" -}}
{{- range $name, $default := .defaults -}}
{{- $path := printf "%s%s" $.prefix $name -}}
{{- $value := get $.values $name -}}
{{- $isThere := and (hasKey $.values $name) (not (kindIs "invalid" $value)) -}}
{{- $isGroup := and (kindIs "map" $default) $default (ne $path "tetragon.securityContext") -}}
{{- if and $isThere $isGroup (kindIs "map" $value) -}}
{{- include "tetrad.values.fill" (dict "values" $value "defaults" $default "needed" $.needed "isOfAnother" $.isOfAnother "prefix" (printf "%s." $path)) -}}
{{- else if $isThere -}}
{{- else if or $isGroup $.isOfAnother (kindIs "float64" $default) (has $path $.needed) -}}
{{- $_ := set $.values $name (ternary (dict) $default (not (not $isGroup))) -}}
{{- if $isGroup -}}
{{- include "tetrad.values.fill" (dict "values" (get $.values $name) "defaults" $default "needed" $.needed "isOfAnother" true "prefix" (printf "%s." $path)) -}}
{{- end -}}
{{- else if kindIs "string" $default -}}
{{- $_ := set $.values $name "" -}}
{{- else if kindIs "bool" $default -}}
{{- $_ := set $.values $name false -}}
{{- else if kindIs "slice" $default -}}
{{- $_ := set $.values $name list -}}
{{- else if kindIs "map" $default -}}
{{- $_ := set $.values $name dict -}}
{{- end -}}
{{- end -}}
{{- end }}
