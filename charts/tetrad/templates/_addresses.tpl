{{- /* Port of tetragon.grpc.address; nothing of a unix: address. */ -}}
{{- define "tetrad.grpcPort" -}}
{{- $address := .Values.tetragon.grpc.address -}}
{{- if not (hasPrefix "unix:" $address) -}}
{{- regexFind "[0-9]+$" $address | default "54321" -}}
{{- else -}}
54321
{{- end -}}
{{- end }}

{{- /* Whether only this host reaches tetragon.grpc.address. */ -}}
{{- define "tetrad.grpcIsLocal" -}}
{{- if regexMatch "^(unix:|localhost:|127\\.|\\[::1\\])" .Values.tetragon.grpc.address -}}
true
{{- end }}
{{- end }}
