{{- define "tetrad.tls.secretName" -}}
{{- .Values.tetragon.grpc.tls.server.existingSecret | default (printf "%s-grpc-tls" (include "tetragon.name" .)) -}}
{{- end }}

{{- define "tetrad.tls.caSecretName" -}}
{{- printf "%s-ca" (include "tetragon.name" .) -}}
{{- end }}

{{- define "tetrad.tls.commonName" -}}
{{- printf "%s.%s.svc.cluster.local" .Values.tetrad.grpcService.name .Release.Namespace -}}
{{- end }}

{{- /* Names that clients may use, as a list in YAML. */ -}}
{{- define "tetrad.tls.dnsNames" -}}
{{- $service := .Values.tetrad.grpcService.name -}}
{{- $own := list (include "tetrad.tls.commonName" .) (printf "%s.%s.svc" $service .Release.Namespace) (printf "%s.%s" $service .Release.Namespace) "localhost" -}}
{{- concat $own .Values.tetragon.grpc.tls.server.extraDnsNames | uniq | toYaml -}}
{{- end }}

{{- /* The method that makes the certificate: helm, certmanager, cronJob, or nothing. */ -}}
{{- define "tetrad.tls.method" -}}
{{- with .Values.tetragon.grpc.tls -}}
{{- if and $.Values.tetragon.enabled $.Values.tetragon.grpc.enabled .enabled .auto.enabled (not .server.existingSecret) -}}
{{- .auto.method -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- /* tls.crt, tls.key, ca.crt and ca.key in YAML, in base64: what the Secrets hold already, or new ones. */ -}}
{{- define "tetrad.tls.material" -}}
{{- $tls := .Values.tetragon.grpc.tls -}}
{{- $data := dict -}}
{{- if and $tls.ca.cert $tls.ca.key -}}
{{- $data = dict "ca.crt" $tls.ca.cert "ca.key" $tls.ca.key -}}
{{- else -}}
{{- with (lookup "v1" "Secret" .Release.Namespace (include "tetrad.tls.caSecretName" .)).data -}}
{{- $data = dict "ca.crt" (index . "ca.crt") "ca.key" (index . "ca.key") -}}
{{- end -}}
{{- end -}}
{{- $old := (lookup "v1" "Secret" .Release.Namespace (include "tetrad.tls.secretName" .)).data | default dict -}}
{{- if and (index $old "tls.crt") (eq (index $old "ca.crt" | default "") (index $data "ca.crt" | default "-")) -}}
{{- $data = merge $data (dict "tls.crt" (index $old "tls.crt") "tls.key" (index $old "tls.key")) -}}
{{- else -}}
{{- $ca := dict -}}
{{- if $data -}}
{{- $ca = buildCustomCert (index $data "ca.crt") (index $data "ca.key") -}}
{{- else -}}
{{- $ca = genCA "Tetragon CA" (int $tls.ca.certValidityDuration) -}}
{{- $data = dict "ca.crt" (b64enc $ca.Cert) "ca.key" (b64enc $ca.Key) -}}
{{- end -}}
{{- $addresses := concat (list "127.0.0.1") $tls.server.extraIpAddresses -}}
{{- $certificate := genSignedCert (include "tetrad.tls.commonName" .) $addresses (include "tetrad.tls.dnsNames" . | fromYamlArray) (int $tls.auto.certValidityDuration) $ca -}}
{{- $data = merge $data (dict "tls.crt" (b64enc $certificate.Cert) "tls.key" (b64enc $certificate.Key)) -}}
{{- end -}}
{{- toYaml $data -}}
{{- end }}
