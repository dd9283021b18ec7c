{{- /*
The agent's options as one map of texts, in YAML: what the values of Tetragon's chart become there, then what is this
agent's own, then tetrad.options.
*/ -}}
{{- define "tetrad.config" -}}
{{- $config := dict "event-source" "sensor" -}}
{{- include "tetrad.config.agent" (list . $config) -}}
{{- include "tetrad.config.export" (list . $config) -}}
{{- include "tetrad.config.servers" (list . $config) -}}
{{- include "tetrad.config.kubernetes" (list . $config) -}}
{{- include "tetrad.config.own" (list . $config) -}}
{{- range $name, $value := .Values.tetrad.options -}}
{{- if kindIs "slice" $value -}}
{{- $_ := set $config $name (include "tetrad.items" $value) -}}
{{- else if kindIs "float64" $value -}}
{{- /* Without an exponent: 1e+06 is no number to the agent. */ -}}
{{- $_ := set $config $name (ternary (printf "%.0f" $value) (toString $value) (eq $value (floor $value))) -}}
{{- else -}}
{{- $_ := set $config $name (toString $value) -}}
{{- end -}}
{{- end -}}
{{- toYaml $config -}}
{{- end }}

{{- /* A number of the values as text: Helm reads them as float64. */ -}}
{{- define "tetrad.number" -}}
{{- if kindIs "float64" . }}{{ printf "%.0f" . }}{{ else }}{{ . }}{{ end -}}
{{- end }}

{{- /* A list as a file has it: an item a line, quoted where it holds what divides items. */ -}}
{{- define "tetrad.items" -}}
{{- $items := list -}}
{{- range . -}}
{{- $item := toString . -}}
{{- $items = append $items (ternary (printf "\"%s\"" (replace "\"" "\"\"" $item)) $item (regexMatch "[,\"]" $item)) -}}
{{- end -}}
{{- join "\n" $items -}}
{{- end }}

{{- define "tetrad.config.agent" -}}
{{- $config := index . 1 -}}
{{- with (index . 0).Values.tetragon -}}
{{- if .btf }}{{ $_ := set $config "btf" .btf }}{{ end -}}
{{- $_ := set $config "procfs" "/procRoot" -}}
{{- $_ := set $config "debug" (toString .debug) -}}
{{- $_ := set $config "enable-process-cred" (toString .enableProcessCred) -}}
{{- $_ := set $config "enable-process-ns" (toString .enableProcessNs) -}}
{{- $_ := set $config "enable-ancestors" .processAncestors.enabled -}}
{{- $_ := set $config "process-cache-size" (include "tetrad.number" .processCacheSize) -}}
{{- $_ := set $config "process-cache-gc-interval" .processCacheGCInterval -}}
{{- $_ := set $config "cluster-name" .clusterName -}}
{{- if .usePerfRingBuffer }}{{ $_ := set $config "use-perf-ring-buffer" "true" }}{{ end -}}
{{- if .enableKeepSensorsOnExit }}{{ $_ := set $config "keep-sensors-on-exit" "true" }}{{ end -}}
{{- if .enableMsgHandlingLatency }}{{ $_ := set $config "enable-msg-handling-latency" "true" }}{{ end -}}
{{- end -}}
{{- end }}

{{- define "tetrad.config.export" -}}
{{- $config := index . 1 -}}
{{- $directory := (index . 0).Values.exportDirectory -}}
{{- with (index . 0).Values.tetragon -}}
{{- if .exportFilename -}}
{{- $_ := set $config "export-filename" (printf "%s/%s" $directory .exportFilename) -}}
{{- $_ := set $config "export-file-perm" (include "tetrad.number" .exportFilePerm) -}}
{{- $_ := set $config "export-file-max-size-mb" (include "tetrad.number" .exportFileMaxSizeMB) -}}
{{- $_ := set $config "export-file-max-backups" (include "tetrad.number" .exportFileMaxBackups) -}}
{{- $_ := set $config "export-file-compress" (toString .exportFileCompress) -}}
{{- end -}}
{{- $_ := set $config "export-rate-limit" (include "tetrad.number" .exportRateLimit) -}}
{{- $_ := set $config "export-allowlist" (trim .exportAllowList) -}}
{{- $_ := set $config "export-denylist" (trim .exportDenyList) -}}
{{- $_ := set $config "field-filters" (trim .fieldFilters) -}}
{{- $_ := set $config "redaction-filters" (trim .redactionFilters) -}}
{{- end -}}
{{- end }}

{{- define "tetrad.config.servers" -}}
{{- $root := index . 0 -}}
{{- $config := index . 1 -}}
{{- with $root.Values.tetragon -}}
{{- if .grpc.enabled -}}
{{- $_ := set $config "server-address" .grpc.address -}}
{{- /* Beside UDP the API is closed unless it is asked for, and the values ask for it. */ -}}
{{- if $root.Values.tetrad.udp.enabled }}{{ $_ := set $config "grpc-enabled" "true" }}{{ end -}}
{{- if .grpc.tls.enabled -}}
{{- $_ := set $config "server-tls-cert-file" "/var/lib/tetragon/tls/tls.crt" -}}
{{- $_ := set $config "server-tls-key-file" "/var/lib/tetragon/tls/tls.key" -}}
{{- if .grpc.tls.requireClientCert -}}
{{- $_ := set $config "server-tls-require-client-cert" "true" -}}
{{- $_ := set $config "server-tls-client-ca-files" "/var/lib/tetragon/tls/ca.crt" -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- $_ := set $config "server-address" "" -}}
{{- end -}}
{{- if .healthGrpc.enabled -}}
{{- $_ := set $config "health-server-address" (printf ":%s" (include "tetrad.number" .healthGrpc.port)) -}}
{{- $_ := set $config "health-server-interval" (include "tetrad.number" .healthGrpc.interval) -}}
{{- else -}}
{{- $_ := set $config "health-server-address" "" -}}
{{- end -}}
{{- if .prometheus.enabled -}}
{{- $_ := set $config "metrics-server" (printf "%s:%s" .prometheus.address (include "tetrad.number" .prometheus.port)) -}}
{{- $_ := set $config "metrics-label-filter" .prometheus.metricsLabelFilter -}}
{{- else -}}
{{- $_ := set $config "metrics-server" "" -}}
{{- end -}}
{{- if .gops.enabled -}}
{{- $_ := set $config "gops-address" (printf "%s:%s" .gops.address (include "tetrad.number" .gops.port)) -}}
{{- end -}}
{{- if .pprof.enabled -}}
{{- $_ := set $config "pprof-address" (printf "%s:%s" .pprof.address (include "tetrad.number" .pprof.port)) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "tetrad.config.kubernetes" -}}
{{- $root := index . 0 -}}
{{- $config := index . 1 -}}
{{- with $root.Values.tetragon -}}
{{- if .enableK8sAPI }}{{ $_ := set $config "enable-k8s-api" "true" }}{{ end -}}
{{- $_ := set $config "enable-pod-annotations" (toString .podAnnotations.enabled) -}}
{{- $_ := set $config "deleted-pod-cache-size" (include "tetrad.number" .deletedPodCacheSize) -}}
{{- $_ := set $config "event-cache-retries" (include "tetrad.number" .eventCacheRetries) -}}
{{- $_ := set $config "event-cache-retry-delay" (include "tetrad.number" .eventCacheRetryDelay) -}}
{{- if .enablePolicyFilter }}{{ $_ := set $config "enable-policy-filter" "true" }}{{ end -}}
{{- if .enablePolicyFilterCgroupMap }}{{ $_ := set $config "enable-policy-filter-cgroup-map" "true" }}{{ end -}}
{{- if .enablePolicyFilterDebug }}{{ $_ := set $config "enable-policy-filter-debug" "true" }}{{ end -}}
{{- if .cri.enabled -}}
{{- $_ := set $config "enable-cri" "true" -}}
{{- if .cri.socketHostPath }}{{ $_ := set $config "cri-endpoint" (printf "unix://%s" .cri.socketHostPath) }}{{ end -}}
{{- end -}}
{{- if .cgidmap.enabled }}{{ $_ := set $config "enable-cgidmap" "true" }}{{ end -}}
{{- end -}}
{{- with $root.Values.tetragonOperator -}}
{{- $_ := set $config "enable-pod-info" (toString .podInfo.enabled) -}}
{{- $_ := set $config "enable-tracing-policy-crd" (toString .tracingPolicy.enabled) -}}
{{- end -}}
{{- end }}

{{- define "tetrad.config.own" -}}
{{- $config := index . 1 -}}
{{- with (index . 0).Values.tetrad -}}
{{- if .udp.enabled -}}
{{- $_ := set $config "udp-output-enabled" "true" -}}
{{- $_ := set $config "udp-output-port" (include "tetrad.number" .udp.port) -}}
{{- $names := dict "address" "udp-output-address" "bufferSize" "udp-buffer-size" "maxDatagramSize" "udp-max-datagram-size" "format" "udp-format" "syslogFacility" "udp-syslog-facility" "compression" "udp-compression" -}}
{{- include "tetrad.config.set" (list $config .udp $names) -}}
{{- end -}}
{{- if .export.format }}{{ $_ := set $config "export-format" .export.format }}{{ end -}}
{{- if .export.metadata }}{{ $_ := set $config "export-metadata" "true" }}{{ end -}}
{{- if .metadata.interval }}{{ $_ := set $config "metadata-interval" .metadata.interval }}{{ end -}}
{{- $fields := list -}}
{{- range $name, $value := .metadata.fields -}}
{{- $fields = append $fields (ternary (printf "%s=%s" $name (toString $value)) (printf "%s:=%s" $name (toJson $value)) (kindIs "string" $value)) -}}
{{- end -}}
{{- if $fields }}{{ $_ := set $config "metadata-field" (include "tetrad.items" $fields) }}{{ end -}}
{{- if .elasticsearch.hosts }}{{ include "tetrad.config.elasticsearch" (list . $config) }}{{ end -}}
{{- if .kubernetesEvents.enabled -}}
{{- $_ := set $config "kubernetes-events" "true" -}}
{{- $_ := set $config "kubernetes-events-state" (printf "%s/kubernetes-events.json" .stateDirectory) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "tetrad.config.elasticsearch" -}}
{{- $config := index . 1 -}}
{{- with (index . 0) -}}
{{- $_ := set $config "elasticsearch-hosts" (include "tetrad.items" .elasticsearch.hosts) -}}
{{- include "tetrad.config.set" (list $config .elasticsearch (dict "index" "elasticsearch-index" "tlsVerification" "elasticsearch-tls-verification")) -}}
{{- if .elasticsearch.existingSecret -}}
{{- $options := dict "api-key" "elasticsearch-api-key-file" "password" "elasticsearch-password-file" "ca.crt" "elasticsearch-tls-ca-files" -}}
{{- range .elasticsearch.secretKeys -}}
{{- if hasKey $options . }}{{ $_ := set $config (get $options .) (printf "/etc/tetrad/elasticsearch/%s" .) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if .elasticsearch.queue.enabled -}}
{{- $_ := set $config "elasticsearch-queue-dir" (printf "%s/elasticsearch" .stateDirectory) -}}
{{- $_ := set $config "elasticsearch-queue-max-bytes" (toString .elasticsearch.queue.maxBytes) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- /* Options of values that are not empty. Call with the map of options, the values, and the option of each value. */ -}}
{{- define "tetrad.config.set" -}}
{{- $config := index . 0 -}}
{{- $values := index . 1 -}}
{{- range $name, $option := index . 2 -}}
{{- $value := include "tetrad.number" (get $values $name) -}}
{{- if $value }}{{ $_ := set $config $option $value }}{{ end -}}
{{- end -}}
{{- end }}
