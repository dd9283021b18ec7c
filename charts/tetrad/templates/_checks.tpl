{{- /* Fails with all that is wrong with the values. */ -}}
{{- define "tetrad.validate" -}}
{{- include "tetrad.checkServer" . -}}
{{- $problems := dict -}}
{{- include "tetrad.checks" (list . $problems) -}}
{{- include "tetrad.conflicts" (list . $problems) -}}
{{- with $problems.found -}}
{{- fail (printf "\n  %s\n" (join "\n  " (sortAlpha .))) -}}
{{- end -}}
{{- if .Values.tetrad.strict -}}
{{- range $reason, $paths := include "tetrad.report" . | fromYaml -}}
{{- fail (printf "%s: %s (tetrad.strict is set)" (join ", " $paths) $reason) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- /*
Holds the values to files/checks.json, and to what Helm's schema cannot say. Adds what is wrong, a line for each, to the list
"found" of the dictionary. Call with the root and that dictionary.
*/ -}}
{{- define "tetrad.checks" -}}
{{- $root := index . 0 -}}
{{- $problems := index . 1 -}}
{{- $checks := $root.Files.Get "files/checks.json" | fromJson -}}
{{- range $path, $check := $checks.values -}}
{{- if or (not $check.when) (include "tetrad.at" (list $root.Values $check.when) | eq "true") -}}
{{- $at := dict "value" "" -}}
{{- include "tetrad.find" (list $root.Values $path $at) -}}
{{- include "tetrad.checks.value" (list $path $at.value $check $problems) -}}
{{- end -}}
{{- end -}}
{{- range $path, $keys := $checks.filters -}}
{{- include "tetrad.checks.filters" (list $path (include "tetrad.at" (list $root.Values $path)) $keys $checks.eventTypes $problems) -}}
{{- end -}}
{{- include "tetrad.checks.options" (list "tetrad.options" $root.Values.tetrad.options $checks.options $problems) -}}
{{- include "tetrad.checks.options" (list "tetragon.extraArgs" $root.Values.tetragon.extraArgs $checks.options $problems) -}}
{{- end }}

{{- /* Puts the value at a path into "value" of a dictionary. */ -}}
{{- define "tetrad.find" -}}
{{- $value := index . 0 -}}
{{- range $name := splitList "." (index . 1) -}}
{{- if kindIs "map" $value -}}{{- $value = get $value $name -}}{{- else -}}{{- $value = "" -}}{{- end -}}
{{- end -}}
{{- $_ := set (index . 2) "value" $value -}}
{{- end }}

{{- /* The value at a path as text. */ -}}
{{- define "tetrad.at" -}}
{{- $at := dict "value" "" -}}
{{- include "tetrad.find" (list (index . 0) (index . 1) $at) -}}
{{- include "tetrad.text" $at.value -}}
{{- end }}

{{- /* A value as text; nothing for null. */ -}}
{{- define "tetrad.text" -}}
{{- if kindIs "invalid" . -}}
{{- else if kindIs "float64" . -}}
{{- if eq . (floor .) -}}{{- printf "%.0f" . -}}{{- else -}}{{- . -}}{{- end -}}
{{- else -}}{{- . -}}
{{- end -}}
{{- end }}

{{- define "tetrad.problem" -}}
{{- $problems := index . 1 -}}
{{- $_ := set $problems "found" (append ($problems.found | default list) (index . 0)) -}}
{{- end }}

{{- define "tetrad.checks.value" -}}
{{- $path := index . 0 -}}
{{- $value := index . 1 -}}
{{- $check := index . 2 -}}
{{- $problems := index . 3 -}}
{{- if kindIs "slice" $value -}}
{{- range $index, $item := $value -}}
{{- include "tetrad.checks.value" (list (printf "%s[%d]" $path $index) $item (merge (dict "required" true) $check) $problems) -}}
{{- end -}}
{{- else -}}
{{- $text := include "tetrad.text" $value -}}
{{- $expected := printf "expected %s" $check.expected -}}
{{- if eq $text "" -}}
{{- if $check.required -}}{{- include "tetrad.problem" (list (printf "%s is empty: %s" $path $expected) $problems) -}}{{- end -}}
{{- else if and $check.pattern (not (regexMatch $check.pattern $text)) -}}
{{- include "tetrad.problem" (list (printf "%s is %q: %s" $path $text $expected) $problems) -}}
{{- else if and (hasKey $check "min") (regexMatch "^-?[0-9]+$" $text) -}}
{{- $number := ternary (float64 $text) 0.0 (lt (len $text) 19) -}}
{{- if or (ge (len $text) 19) (lt $number (float64 $check.min)) (and (hasKey $check "max") (gt $number (float64 (get $check "max")))) -}}
{{- include "tetrad.problem" (list (printf "%s is %s: %s" $path $text $expected) $problems) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- /* Options of the agent by their names. Flags are without a value where it is empty. */ -}}
{{- define "tetrad.checks.options" -}}
{{- $path := index . 0 -}}
{{- $options := index . 2 -}}
{{- $problems := index . 3 -}}
{{- range $name, $value := index . 1 -}}
{{- $check := get $options $name -}}
{{- $place := printf "%s.%s" $path $name -}}
{{- if not (hasKey $options $name) -}}
{{- $isOther := or (regexMatch "[A-Z_]" $name) (hasPrefix "-" $name) -}}
{{- $hint := ternary "options are written as flags without the two dashes, such as udp-output-port" "see docs/options.md, or tetrad --help" $isOther -}}
{{- include "tetrad.problem" (list (printf "%s: the agent has no such option (%s)" $place $hint) $problems) -}}
{{- else if not (or (kindIs "slice" $value) (kindIs "map" $value)) -}}
{{- include "tetrad.checks.value" (list $place $value $check $problems) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- /* JSON objects one after another, with keys that there are. */ -}}
{{- define "tetrad.checks.filters" -}}
{{- $path := index . 0 -}}
{{- $keys := index . 2 -}}
{{- $types := index . 3 -}}
{{- $problems := index . 4 -}}
{{- $example := ternary "{\"event_set\":[\"PROCESS_EXEC\"]}" (ternary "{\"fields\":\"process.pid\",\"action\":\"EXCLUDE\"}" "{\"redact\":[\"--password (\\\\S+)\"]}" (eq $path "tetragon.fieldFilters")) (hasPrefix "tetragon.export" $path) -}}
{{- $text := printf "[%s]" (regexReplaceAll "\\}\\s*\\{" (index . 1 | trim) "},{") -}}
{{- $filters := $text | fromJsonArray -}}
{{- range $index, $filter := $filters -}}
{{- $place := printf "%s, filter %d" $path (add $index 1) -}}
{{- if kindIs "map" $filter -}}
{{- range $key, $value := $filter -}}
{{- if not (or (has $key $keys) (has (snakecase $key) $keys)) -}}
{{- include "tetrad.problem" (list (printf "%s: there is no key %q: expected one of %s" $place $key (join ", " $keys)) $problems) -}}
{{- else if eq (snakecase $key) "event_set" -}}
{{- range ternary $value (list $value) (kindIs "slice" $value) -}}
{{- if and (kindIs "string" .) (not (has . $types)) -}}
{{- include "tetrad.problem" (list (printf "%s: event_set has %q: expected %s" $place . (join ", " $types)) $problems) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- $what := ternary (trunc 200 (toString $filter)) (toJson $filter) (kindIs "string" $filter) -}}
{{- include "tetrad.problem" (list (printf "%s: expected JSON objects, one a line, such as %s: %s" $path $example $what) $problems) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- /*
What an API server is too old for. Without one (helm template) the version is Helm's guess, which may be as old as Helm's
build says it is: nothing is held against it then.
*/ -}}
{{- define "tetrad.checkServer" -}}
{{- if and (lookup "v1" "Namespace" "" "kube-system") (semverCompare "<1.24.0-0" .Capabilities.KubeVersion.Version) .Values.tetragon.enabled .Values.tetragon.healthGrpc.enabled -}}
{{- if not (and .Values.tetragon.livenessProbe .Values.tetragon.startupProbe) -}}
{{- fail (printf "Kubernetes %s has no probes by gRPC, which came with 1.24: set tetragon.healthGrpc.enabled to false, or tetragon.livenessProbe and tetragon.startupProbe to other ones" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- end -}}
{{- end }}
