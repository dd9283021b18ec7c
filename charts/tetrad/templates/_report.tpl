{{- /*
Values that do nothing, as a map in YAML: of each reason, their paths. files/defaults.json has the values that the chart
knows, files/without-effect.json those of Tetragon's that have no effect here, and why.
*/ -}}
{{- define "tetrad.report" -}}
{{- $found := dict -}}
{{- $defaults := .Files.Get "files/defaults.json" | fromJson -}}
{{- $without := .Files.Get "files/without-effect.json" | fromJson -}}
{{- include "tetrad.report.walk" (dict "values" .Values "defaults" $defaults "without" $without "prefix" "" "found" $found) -}}
{{- with .Values.tetragon.prometheus -}}
{{- if and .serviceMonitor.enabled (not .enabled) -}}
{{- $_ := set $found "tetragon.prometheus.enabled is false: there is no Service to watch" (list "tetragon.prometheus.serviceMonitor") -}}
{{- end -}}
{{- end -}}
{{- if and (eq .Values.export.mode "stdout") .Values.tetragon.exportFilename (not (has .Values.tetragon.exportFilename .Values.export.filenames)) -}}
{{- $_ := set $found "not among them: the container export-stdout prints none of what the agent writes into that file" (list (printf "export.filenames, tetragon.exportFilename %s" .Values.tetragon.exportFilename)) -}}
{{- end -}}
{{- toYaml $found -}}
{{- end }}

{{- define "tetrad.report.walk" -}}
{{- range $name, $value := .values -}}
{{- $path := printf "%s%s" $.prefix $name -}}
{{- $reason := get $.without $path -}}
{{- if not (hasKey $.defaults $name) -}}
{{- if not $reason -}}
{{- $reason = get $.without (printf "%s*" $.prefix) | default "no such value" -}}
{{- end -}}
{{- if ne $path "global" -}}
{{- $_ := set $.found $reason (append (get $.found $reason | default list) $path) -}}
{{- end -}}
{{- else -}}
{{- $default := get $.defaults $name -}}
{{- if $reason -}}
{{- if ne (toJson $value) (toJson $default) -}}
{{- $_ := set $.found $reason (append (get $.found $reason | default list) $path) -}}
{{- end -}}
{{- else if and (kindIs "map" $default) $default (kindIs "map" $value) -}}
{{- include "tetrad.report.walk" (dict "values" $value "defaults" $default "without" $.without "prefix" (printf "%s." $path) "found" $.found) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
