{{- /* Values that are right by themselves and do not go together. Called as "tetrad.checks" is. */ -}}
{{- define "tetrad.conflicts" -}}
{{- $problems := index . 1 -}}
{{- with (index . 0).Values -}}
{{- $grpc := .tetragon.grpc -}}
{{- $prometheus := .tetragon.prometheus -}}
{{- $needs := list -}}
{{- if .tetrad.grpcService.enabled -}}
{{- $needs = append $needs (list "tetrad.grpcService.enabled" "tetragon.grpc.enabled" $grpc.enabled) -}}
{{- $needs = append $needs (list "tetrad.grpcService.enabled" "tetragon.grpc.address, such as 0.0.0.0:54321" $grpc.address) -}}
{{- end -}}
{{- if .tetrad.podMonitor.enabled -}}
{{- $needs = append $needs (list "tetrad.podMonitor.enabled" "tetragon.prometheus.enabled" $prometheus.enabled) -}}
{{- end -}}
{{- if .tetrad.elasticsearch.existingSecret -}}
{{- $needs = append $needs (list "tetrad.elasticsearch.existingSecret" "tetrad.elasticsearch.hosts" .tetrad.elasticsearch.hosts) -}}
{{- end -}}
{{- if .tetrad.elasticsearch.queue.enabled -}}
{{- $needs = append $needs (list "tetrad.elasticsearch.queue.enabled" "tetrad.elasticsearch.hosts" .tetrad.elasticsearch.hosts) -}}
{{- end -}}
{{- if and $grpc.enabled $grpc.tls.enabled -}}
{{- if and $grpc.tls.auto.enabled (eq $grpc.tls.auto.method "certmanager") (not $grpc.tls.server.existingSecret) -}}
{{- $issuer := "tetragon.grpc.tls.auto.certManagerIssuerRef.name, and a kind such as Issuer" -}}
{{- $needs = append $needs (list "tetragon.grpc.tls.auto.method: certmanager" $issuer (get ($grpc.tls.auto.certManagerIssuerRef | default dict) "name")) -}}
{{- end -}}
{{- if $grpc.tls.ca.cert }}{{ $needs = append $needs (list "tetragon.grpc.tls.ca.cert" "tetragon.grpc.tls.ca.key" $grpc.tls.ca.key) }}{{ end -}}
{{- if $grpc.tls.ca.key }}{{ $needs = append $needs (list "tetragon.grpc.tls.ca.key" "tetragon.grpc.tls.ca.cert" $grpc.tls.ca.cert) }}{{ end -}}
{{- range $name, $word := dict "cert" "CERTIFICATE" "key" "PRIVATE KEY" -}}
{{- $pem := get $grpc.tls.ca $name -}}
{{- if and $pem (not (contains (printf "%s-----" $word) (b64dec $pem))) -}}
{{- include "tetrad.problem" (list (printf "tetragon.grpc.tls.ca.%s: expected base64 of PEM, as of `base64 -w0 ca.%s`" $name (ternary "crt" "key" (eq $name "cert"))) $problems) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .export.stdout.image.repository (not .export.stdout.image.override) (eq .export.mode "stdout") -}}
{{- $needs = append $needs (list "export.stdout.image.repository" "export.stdout.image.tag" .export.stdout.image.tag) -}}
{{- end -}}
{{- if and .rthooks.enabled (not .rthooks.interface) -}}
{{- include "tetrad.problem" (list "rthooks.interface is empty: expected oci-hooks or nri-hook" $problems) -}}
{{- end -}}
{{- range $needs -}}
{{- if not (index . 2) -}}
{{- include "tetrad.problem" (list (printf "%s needs %s" (index . 0) (index . 1)) $problems) -}}
{{- end -}}
{{- end -}}
{{- include "tetrad.conflicts.ports" (list . $problems) -}}
{{- include "tetrad.conflicts.names" (list . $problems) -}}
{{- end -}}
{{- end }}

{{- /* Servers of one pod cannot share a port. */ -}}
{{- define "tetrad.conflicts.ports" -}}
{{- $problems := index . 1 -}}
{{- $taken := dict -}}
{{- with (index . 0).tetragon -}}
{{- $ports := dict -}}
{{- if and .grpc.enabled (not (hasPrefix "unix:" .grpc.address)) }}{{ $_ := set $ports "tetragon.grpc.address" (regexFind "[0-9]+$" .grpc.address) }}{{ end -}}
{{- if .healthGrpc.enabled }}{{ $_ := set $ports "tetragon.healthGrpc.port" (include "tetrad.text" .healthGrpc.port) }}{{ end -}}
{{- if .prometheus.enabled }}{{ $_ := set $ports "tetragon.prometheus.port" (include "tetrad.text" .prometheus.port) }}{{ end -}}
{{- range $path, $port := $ports -}}
{{- if and $port (hasKey $taken $port) -}}
{{- include "tetrad.problem" (list (printf "%s and %s are both port %s: give one of them another" (get $taken $port) $path $port) $problems) -}}
{{- end -}}
{{- $_ := set $taken $port $path -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- /* Kubernetes refuses a pod with two volumes of one name, and a mount without its volume. */ -}}
{{- define "tetrad.conflicts.names" -}}
{{- $problems := index . 1 -}}
{{- with index . 0 -}}
{{- $names := list "cilium-run" "tetragon-run" "export-logs" "tetragon-config" "bpf-maps" "host-proc" -}}
{{- range $place, $volumes := dict "extraVolumes" .extraVolumes "extraHostPathMounts" .extraHostPathMounts -}}
{{- range $volumes -}}
{{- if has .name $names -}}
{{- include "tetrad.problem" (list (printf "%s: there is a volume %q already" $place (toString .name)) $problems) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- end -}}
{{- range .extraConfigmapMounts -}}
{{- if not (has .name $names) -}}
{{- include "tetrad.problem" (list (printf "extraConfigmapMounts: there is no volume %q in extraVolumes" (toString .name)) $problems) -}}
{{- end -}}
{{- end -}}
{{- if not (or (hasKey (.podLabelsOverride | default dict) "app.kubernetes.io/name") (not .selectorLabelsOverride) .podLabelsOverride) -}}
{{- include "tetrad.problem" (list "selectorLabelsOverride needs podLabelsOverride with the same labels" $problems) -}}
{{- end -}}
{{- $labels := merge (dict) (.podLabels | default dict) (.podLabelsOverride | default dict) -}}
{{- if .podLabelsOverride -}}
{{- range $key, $value := .selectorLabelsOverride -}}
{{- if ne (toString (get $labels $key)) (toString $value) -}}
{{- include "tetrad.problem" (list (printf "selectorLabelsOverride has %s: %s, which podLabelsOverride lacks: the API server refuses a selector that does not match" $key (toString $value)) $problems) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
