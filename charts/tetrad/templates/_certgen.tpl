{{- define "tetrad.certgen.labels" -}}
app.kubernetes.io/name: tetragon-certgen
app.kubernetes.io/instance: {{ .Release.Name }}
{{ include "tetrad.commonLabels" . }}
app.kubernetes.io/component: certgen
{{- end }}

{{- define "tetrad.certgen.name" -}}
{{- printf "%s-certgen" (include "tetragon.name" .) -}}
{{- end }}

{{- /* The spec of a Job that makes the certificates with cilium-certgen. */ -}}
{{- define "tetrad.certgen.jobSpec" -}}
{{- $tls := .Values.tetragon.grpc.tls -}}
template:
  metadata:
    labels:
      {{- include "tetrad.certgen.labels" . | nindent 6 }}
      {{- with .Values.certgen.podLabels }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
  spec:
    restartPolicy: OnFailure
    serviceAccountName: {{ include "tetrad.certgen.name" . }}
    {{- if not .Values.certgen.hostUsers }}
    hostUsers: false
    {{- end }}
    securityContext:
      runAsNonRoot: true
      runAsUser: 65534
      runAsGroup: 65534
      seccompProfile:
        type: RuntimeDefault
    {{- with .Values.imagePullSecrets }}
    imagePullSecrets:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- range $name := list "nodeSelector" "tolerations" "affinity" }}
    {{- with get $.Values.certgen $name }}
    {{ $name }}:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- end }}
    containers:
      - name: certgen
        image: {{ include "tetrad.otherImage" .Values.certgen.image | quote }}
        imagePullPolicy: {{ .Values.certgen.image.pullPolicy }}
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities:
            drop: [ALL]
        command: [/usr/bin/cilium-certgen]
        args:
          - --ca-generate={{ .Values.certgen.generateCA }}
          - --ca-reuse-secret
          - --ca-secret-namespace={{ .Release.Namespace }}
          - --ca-secret-name={{ include "tetrad.tls.caSecretName" . }}
          - --ca-common-name=Tetragon CA
          - --ca-validity-duration={{ mul (int $tls.ca.certValidityDuration) 24 }}h
        env:
          - name: CILIUM_CERTGEN_CONFIG
            value: |
              certs:
                - name: {{ include "tetrad.tls.secretName" . }}
                  namespace: {{ .Release.Namespace }}
                  commonName: {{ include "tetrad.tls.commonName" . | quote }}
                  hosts:
                    {{- concat (include "tetrad.tls.dnsNames" . | fromYamlArray) (list "127.0.0.1") $tls.server.extraIpAddresses | toYaml | nindent 20 }}
                  usage: [signing, key encipherment, server auth, client auth]
                  validity: {{ mul (int $tls.auto.certValidityDuration) 24 }}h
        {{- with .Values.certgen.resources }}
        resources:
          {{- toYaml . | nindent 10 }}
        {{- end }}
{{- end }}
