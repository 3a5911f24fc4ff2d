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
  // External Secrets and the stack.
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

/** Left out of the drill: a second route to the app's host would take its users, the others would only raise alerts. */
export const notDrilled = [
  "externalsecrets.external-secrets.io",
  "httproutes.gateway.networking.k8s.io",
  "ingresses.networking.k8s.io",
  "podmonitors.monitoring.coreos.com",
  "prometheusrules.monitoring.coreos.com",
  "servicemonitors.monitoring.coreos.com",
] as const;
