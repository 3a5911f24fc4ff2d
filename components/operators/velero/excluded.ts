/**
 * Kinds in suite namespaces that somebody makes again: restores of them are slow at best. Most of them Velero may not
 * write, and one refused object makes a whole restore partially failed.
 */
export const notBackedUp = [
  // Kubernetes' own controllers. Writing EndpointSlices could lead traffic astray (CVE-2021-25740).
  "controllerrevisions.apps",
  "endpointslices.discovery.k8s.io",
  "events",
  "events.events.k8s.io",
  "leases.coordination.k8s.io",
  // The network's agents, and the policies that belong to the stack.
  "ciliumendpoints.cilium.io",
  "ciliumnetworkpolicies.cilium.io",
  "networkpolicies.crd.projectcalico.org",
  "networkpolicies.projectcalico.org",
  // cert-manager makes them from the Ingress; their Secrets are in the backup.
  "certificaterequests.cert-manager.io",
  "certificates.cert-manager.io",
  "challenges.acme.cert-manager.io",
  "orders.acme.cert-manager.io",
  // CloudNativePG's databases: its operator archives and restores them itself. Brought back by both, an instance starts
  // on files that are not its own (vmware-tanzu/velero#9433, cloudnative-pg/cloudnative-pg#5912).
  "backups.postgresql.cnpg.io",
  "clusters.postgresql.cnpg.io",
  "objectstores.barmancloud.cnpg.io",
  "poolers.postgresql.cnpg.io",
  "scheduledbackups.postgresql.cnpg.io",
  // External Secrets and the stack. Whoever may write an ExternalSecret has the keys of all apps that its store holds.
  "externalsecrets.external-secrets.io",
  "generatorstates.generators.external-secrets.io",
  "passwords.generators.external-secrets.io",
  // Reports.
  "clusterephemeralreports.reports.kyverno.io",
  "clusterpolicyreports.wgpolicyk8s.io",
  "configauditreports.aquasecurity.github.io",
  "ephemeralreports.reports.kyverno.io",
  "exposedsecretreports.aquasecurity.github.io",
  "policyreports.wgpolicyk8s.io",
  "rbacassessmentreports.aquasecurity.github.io",
  "sbomreports.aquasecurity.github.io",
  "vulnerabilityreports.aquasecurity.github.io",
] as const;

/**
 * Left out of the drill: a second route to the app's host would take its users, a network policy of the app would open the
 * drill's namespace, a binding would give accounts of the running app rights in it, and the others would only raise alerts.
 */
export const notDrilled = [
  "events",
  "httproutes.gateway.networking.k8s.io",
  "ingresses.networking.k8s.io",
  "limitranges",
  "middlewares.traefik.io",
  "networkpolicies.networking.k8s.io",
  "podmonitors.monitoring.coreos.com",
  "prometheusrules.monitoring.coreos.com",
  "resourcequotas",
  "rolebindings.rbac.authorization.k8s.io",
  "roles.rbac.authorization.k8s.io",
  "serverstransports.traefik.io",
  "servicemonitors.monitoring.coreos.com",
] as const;
