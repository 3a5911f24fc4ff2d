{{- /* Stand-in: the objects of facts.yaml, with the values that it names. The same file in every stand-in. */ -}}
{{- define "stand-in.value" -}}
{{- $value := .values -}}
{{- range splitList "." .path -}}
{{- if kindIs "map" $value -}}{{- $value = get $value . -}}{{- else -}}{{- $value = "" -}}{{- end -}}
{{- end -}}
{{- toYaml (dict "value" $value) -}}
{{- end -}}
{{- define "stand-in.fields" -}}
{{- $fields := deepCopy (default dict .fixed) -}}
{{- $values := .values -}}
{{- range $field, $path := default dict .from -}}
{{- $found := get (include "stand-in.value" (dict "values" $values "path" $path) | fromYaml) "value" -}}
{{- if or $found (kindIs "float64" $found) -}}{{- $_ := set $fields $field $found -}}{{- end -}}
{{- end -}}
{{- toYaml $fields -}}
{{- end -}}
{{- define "stand-in.rule" -}}
{{- $parts := splitList ": " . -}}
{{- $what := first $parts -}}
{{- $verbs := splitList " " (last $parts) -}}
{{- if hasPrefix "/" $what -}}
{{- toYaml (list (dict "nonResourceURLs" (list $what) "verbs" $verbs)) -}}
{{- else -}}
{{- $names := regexFind "=.*$" $what -}}
{{- $target := trimSuffix $names $what -}}
{{- $group := first (splitList "/" $target) -}}
{{- $rule := dict "apiGroups" (list (ternary "" $group (eq $group "core"))) "resources" (splitList "," (trimPrefix (printf "%s/" $group) $target)) "verbs" $verbs -}}
{{- if $names -}}{{- $_ := set $rule "resourceNames" (splitList "," (trimPrefix "=" $names)) -}}{{- end -}}
{{- toYaml (list $rule) -}}
{{- end -}}
{{- end -}}
{{- $facts := .Files.Get "facts.yaml" | fromYaml -}}
{{- with $facts.Error }}{{ fail (printf "stand-in %s: facts.yaml: %s" $.Chart.Name .) }}{{ end -}}
{{- $values := .Values -}}
{{- $release := .Release -}}
{{- if $facts.releases }}
{{- if not (hasKey $facts.releases .Release.Name) }}{{ fail (printf "stand-in %s: knows the releases %s only" .Chart.Name (keys $facts.releases | sortAlpha | join ", ")) }}{{ end }}
{{- $facts = get $facts.releases .Release.Name }}
{{- end }}
{{- $elsewhere := dict }}
{{- range $account, $path := default dict $facts.accountsElsewhere }}
{{- $found := get (include "stand-in.value" (dict "values" $values "path" $path) | fromYaml) "value" }}
{{- if $found }}{{- $_ := set $elsewhere $account $found }}{{- end }}
{{- end }}
{{- $chartLabels := dict "mijnbureau-platform/stand-in" .Chart.Name -}}
{{- range $name := $facts.accounts }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name }}
  namespace: {{ get $elsewhere $name | default $release.Namespace }}
  labels: {{- toYaml $chartLabels | nindent 4 }}
automountServiceAccountToken: false
{{- end }}
{{- range $role := $facts.roles }}
{{- $kind := ternary "ClusterRole" "Role" (eq $role.scope "cluster") }}
{{- if $role.rules }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  name: {{ $role.name | quote }}
  {{- if eq $role.scope "namespace" }}
  namespace: {{ $role.namespace | default $release.Namespace }}
  {{- end }}
  labels: {{- toYaml (merge (dict) $chartLabels (default dict $role.labels)) | nindent 4 }}
rules:
  {{- range $role.rules }}
  {{- include "stand-in.rule" . | nindent 2 }}
  {{- end }}
{{- end }}
{{- if $role.accounts }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  name: {{ $role.binding | default $role.name | quote }}
  {{- if eq $role.scope "namespace" }}
  namespace: {{ $role.namespace | default $release.Namespace }}
  {{- end }}
  labels: {{- toYaml $chartLabels | nindent 4 }}
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: {{ $role.refKind | default $kind }}, name: {{ $role.name | quote }} }
subjects:
  {{- range $role.accounts }}
  - { kind: ServiceAccount, name: {{ . }}, namespace: {{ get $elsewhere . | default $release.Namespace }} }
  {{- end }}
{{- end }}
{{- end }}
{{- range $workload := $facts.workloads }}
{{- $namespace := $release.Namespace }}
{{- with $workload.namespaceFrom }}
{{- $namespace = get (include "stand-in.value" (dict "values" $values "path" .) | fromYaml) "value" | default $namespace }}
{{- end }}
{{- $pod := include "stand-in.fields" (dict "fixed" $workload.pod "from" $workload.podFrom "values" $values) | fromYaml }}
{{- range $list, $containers := dict "initContainers" $workload.initContainers "containers" $workload.containers }}
{{- if $containers }}
{{- $built := list }}
{{- range $containers }}
{{- $container := include "stand-in.fields" (dict "fixed" .fixed "from" .from "values" $values) | fromYaml }}
{{- $image := .image }}
{{- with .registryFrom }}
{{- $registry := get (include "stand-in.value" (dict "values" $values "path" .) | fromYaml) "value" }}
{{- if $registry }}{{- $image = printf "%s/%s" $registry (regexReplaceAll "^[^/]+/" $image "") }}{{- end }}
{{- end }}
{{- with .repositoryFrom }}
{{- $repository := get (include "stand-in.value" (dict "values" $values "path" .) | fromYaml) "value" }}
{{- if $repository }}{{- $image = printf "%s%s" $repository (regexFind "[:@][^/]+$" $image) }}{{- end }}
{{- end }}
{{- $built = append $built (merge (dict "name" .name "image" $image) $container) }}
{{- end }}
{{- $_ := set $pod $list $built }}
{{- end }}
{{- end }}
{{- $spec := include "stand-in.fields" (dict "fixed" $workload.fixed "from" $workload.from "values" $values) | fromYaml }}
{{- with $workload.storageClassFrom }}
{{- $class := get (include "stand-in.value" (dict "values" $values "path" .) | fromYaml) "value" }}
{{- range $claim := $spec.volumeClaimTemplates }}{{- $_ := set $claim.spec "storageClassName" $class }}{{- end }}
{{- end }}
{{- $_ := set $spec "selector" (dict "matchLabels" $workload.selector) }}
{{- $_ := set $spec "template" (dict "metadata" (dict "labels" (merge (dict) $workload.selector (default dict $workload.podLabels))) "spec" $pod) }}
---
apiVersion: apps/v1
kind: {{ $workload.kind }}
metadata:
  name: {{ $workload.name }}
  namespace: {{ $namespace }}
  labels: {{- toYaml (merge (dict) $chartLabels $workload.selector) | nindent 4 }}
spec: {{- toYaml $spec | nindent 2 }}
{{- end }}
{{- range $service := $facts.services }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $service.name }}
  namespace: {{ $service.namespace | default $release.Namespace }}
  labels: {{- toYaml (merge (dict) $chartLabels (default dict $service.labels)) | nindent 4 }}
spec:
  {{- if $service.headless }}
  clusterIP: None
  {{- end }}
  selector: {{- toYaml $service.selector | nindent 4 }}
  ports:
    {{- range $port := $service.ports }}
    {{- $port = splitList " " $port }}
    - { name: {{ index $port 0 }}, port: {{ index $port 1 }}, targetPort: {{ index $port 2 }}, protocol: {{ gt (len $port) 3 | ternary (last $port) "TCP" }} }
    {{- end }}
{{- end }}
{{- range $budget := $facts.budgets }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $budget.name }}
  namespace: {{ $release.Namespace }}
  labels: {{- toYaml $chartLabels | nindent 4 }}
spec:
  selector: { matchLabels: {{ toJson $budget.selector }} }
  {{- toYaml $budget.spec | nindent 2 }}
{{- end }}
{{- range $object := $facts.objects }}
{{- $wanted := true }}
{{- with $object.when }}
{{- $wanted = get (include "stand-in.value" (dict "values" $values "path" .) | fromYaml) "value" }}
{{- end }}
{{- if $wanted }}
---
apiVersion: {{ $object.apiVersion }}
kind: {{ $object.kind }}
metadata:
  name: {{ $object.name | quote }}
  {{- if not $object.clusterWide }}
  namespace: {{ $object.namespace | default $release.Namespace }}
  {{- end }}
  labels: {{- toYaml (merge (dict) $chartLabels (default dict $object.labels)) | nindent 4 }}
{{- $own := deepCopy (default dict $object.spec) }}
{{- with $object.storageClassFrom }}
{{- $_ := set $own "storageClassName" (get (include "stand-in.value" (dict "values" $values "path" .) | fromYaml) "value") }}
{{- end }}
{{- with $object.image }}
{{- $registry := get (include "stand-in.value" (dict "values" $values "path" $object.registryFrom) | fromYaml) "value" }}
{{- $_ := set $own "image" (ternary (printf "%s/%s" $registry (regexReplaceAll "^[^/]+/" . "")) . (not (empty $registry))) }}
{{- end }}
{{- with $object.specFrom }}
{{- $given := deepCopy (get (include "stand-in.value" (dict "values" $values "path" .) | fromYaml) "value" | default dict) }}
{{- /* Charts make one name of an image's parts. */}}
{{- if $object.image }}
{{- $given = omit $given "image" }}
{{- end }}
spec: {{- toYaml (merge $given $own) | nindent 2 }}
{{- else }}
{{- with $own }}
spec: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- with $object.fields }}
{{ toYaml . }}
{{- end }}
{{- end }}
{{- end }}
