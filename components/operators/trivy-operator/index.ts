import { z } from "zod";
import { cron, registryCidrs } from "../../../config/fields";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { exemptRights } from "../../exemptions";
import { image, pullSecrets, registry } from "../frame/facts";
import { between, group, kubeApi, peer, registries, scrape } from "../frame/flows";
import { placeOf } from "../frame/overlay";
import { unaggregated } from "../frame/patch";
import { registryLogins } from "../frame/registry-login";
import { systemTrust } from "../frame/trust";
import { ownLabels } from "../prometheus/scrapes";
import { apart, budgetFor, linux, podContext, resources, restricted, workerNodes } from "../frame/pods";
import { alerts } from "./alerts";
import { chart } from "./chart";
import { dashboard } from "./dashboard";
import { accounts, cuts, delegations } from "./rights";

const NAMESPACE = "trivy-system";
const operator = group("trivy-operator", { "app.kubernetes.io/name": "trivy-operator" });
const server = group("trivy-server", { "app.kubernetes.io/name": "trivy-server" });
const scanJobs = group("scan-jobs", { "app.kubernetes.io/managed-by": "trivy-operator" });

/** Not scanned: nodes' own pods, which come with the distribution, and the scans themselves. */
const excluded = ["kube-system", "kube-node-lease", NAMESPACE];

/** Vulnerabilities of packages and of Java, a gigabyte or more each once they are unpacked. */
const databases = ["data", "tmp-data"].map((name) => ({ name, emptyDir: { sizeLimit: "10Gi" } }));

const METRICS_PORT = 8080;
const SERVER_PORT = 4954;

export default defineOperator({
  name: "trivy-operator",
  title:
    "Trivy operator: vulnerabilities, misconfiguration, exposed secrets, SBOMs and compliance reports of what runs.",
  duties: [
    "The registry account of the operators' pull secret may pull the suite's images as well: scans of all images log in with it.",
  ],
  enabledByDefault: true,
  namespaces: [
    {
      name: NAMESPACE,
      podSecurity: {
        level: "restricted",
        reason: "Images are scanned from the registry. Node checks, which need the host, are kube-bench's.",
      },
    },
  ],
  settings: {
    severities: z
      .array(z.enum(["UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL"]))
      .min(1)
      .default(["MEDIUM", "HIGH", "CRITICAL"]),
    rescan: z
      .string()
      .regex(/^\d+h$/, "is not a number of hours; example: 168h")
      .default("168h")
      .describe("Age at which a report is made again."),
    complianceCron: cron.default("0 */6 * * *"),
    concurrency: z.int().min(1).max(20).default(3).describe("Scan jobs at the same time."),
    registryCidrs: registryCidrs.describe("Registries of the images that run here; empty: the public internet."),
  },
  alerts: [alerts],
  dashboards: [dashboard],
  needs: ["prometheus"],
  chart: { ...chart, release: "trivy-operator" },
  values: ({ facts, settings, overlay }) => {
    const place = placeOf(overlay);
    const upstream = registry(facts, "mirror.gcr.io");
    const { pullSecret } = facts.images;
    return {
      global: { image: { registry: upstream } },
      image: { pullSecrets: pullSecrets(facts) },
      targetWorkloads: "pod,replicaset,statefulset,daemonset,cronjob,job",
      excludeNamespaces: excluded.join(","),
      operator: {
        // More than one turns leader election on.
        replicas: 2,
        scanJobsConcurrentLimit: settings.concurrency,
        scanJobTTL: "10m",
        scanJobTimeout: "10m",
        scannerReportTTL: settings.rescan,
        // One database instead of a download per job, which registries answer with "too many requests"
        // (aquasecurity/trivy-db#442).
        builtInTrivyServer: true,
        // Its node collector shares the host's process namespace and eight of its directories.
        infraAssessmentScannerEnabled: false,
        rbacAssessmentScannerEnabled: true,
        configAuditScannerEnabled: true,
        exposedSecretScannerEnabled: true,
        sbomGenerationEnabled: true,
        clusterComplianceEnabled: true,
        // The default reads every Secret of the cluster to find pull secrets. Without that right only an entry of the
        // operator's own namespace counts, for the images of all (pkg/vulnerabilityreport/controller/workload.go).
        accessGlobalSecretsAndServiceAccount: false,
        privateRegistryScanSecretsNames: pullSecret === undefined ? {} : { [NAMESPACE]: pullSecret },
        metricsFindingsEnabled: true,
        // One series per vulnerability and image is too many.
        metricsVulnIdEnabled: false,
        metricsImageInfo: true,
        metricsClusterComplianceInfo: true,
        mergeRbacFindingWithConfigAudit: false,
      },
      trivyOperator: {
        // In the workload's own namespace the jobs would need its quota, its policies and its exemptions.
        scanJobsInSameNamespace: false,
        scanJobAutomountServiceAccountToken: false,
        scanJobCompressLogs: true,
        scanJobPodPriorityClassName: priorityClass.batch,
        scanJobNodeSelector: { ...linux, ...place.nodeSelector },
        scanJobTolerations: [...place.tolerations],
        scanJobAffinity: workerNodes,
        // Scans read the images from the registry themselves.
        ...(facts.trust === undefined
          ? {}
          : { scanJobCustomVolumes: [systemTrust.volume], scanJobCustomVolumesMount: [systemTrust.mount] }),
        scanJobPodTemplatePodSecurityContext: podContext(10_000),
        scanJobPodTemplateContainerSecurityContext: { privileged: false, ...restricted },
      },
      trivy: {
        command: "image",
        ignoreUnfixed: false,
        severity: settings.severities.join(","),
        slow: true,
        timeout: "10m0s",
        priorityClassName: priorityClass.standard,
        resources: resources(["100m", "256M"], ["1", "1G"]),
        // The database is a copy of a public one: not worth a volume that has to be kept.
        storageClassEnabled: false,
        dbRegistry: upstream,
        javaDbRegistry: upstream,
        ...(pullSecret === undefined ? {} : { image: { imagePullSecret: pullSecret } }),
        server: {
          replicas: 1,
          podSecurityContext: podContext(65_534),
          securityContext: { privileged: false, ...restricted },
          resources: resources(["200m", "512Mi"], ["1", "2Gi"]),
        },
      },
      policiesBundle: { registry: upstream },
      compliance: {
        failEntriesLimit: 10,
        reportType: "summary",
        cron: settings.complianceCron,
        // None of the CIS benchmark: with its node collector off, it calls what it did not look at passed
        // (aquasecurity/trivy-operator#1306), and the newest that it has is of Kubernetes 1.23. kube-bench runs it.
        specs: ["k8s-nsa-1.0", "k8s-pss-baseline-0.1", "k8s-pss-restricted-0.1"],
      },
      podSecurityContext: podContext(10_000),
      securityContext: { privileged: false, ...restricted },
      resources: resources(["100m", "256Mi"], ["1", "1Gi"]),
      priorityClassName: priorityClass.standard,
      nodeSelector: linux,
      affinity: { ...workerNodes, ...apart(operator.labels) },
      serviceMonitor: {
        enabled: facts.capabilities.has("monitors"),
        interval: "60s",
        honorLabels: false,
        endpointAdditionalProperties: { metricRelabelings: ownLabels },
      },
    };
  },
  objects: () => [budgetFor(NAMESPACE, operator)],
  exemptions: () => [
    ...exemptRights(
      ["grant-secret-read", "grant-secret-write"],
      { kind: "Role", namespace: NAMESPACE, name: "trivy-operator" },
      "Reads and keeps its own settings and registry logins, in its own namespace alone.",
    ),
  ],
  flows: ({ facts, settings }) => {
    const pulls = (pods: typeof operator, why: string) =>
      registries(facts, peer(NAMESPACE, pods), settings.registryCidrs, why);
    return [
      kubeApi(NAMESPACE, operator, "Watches workloads, starts scan jobs, writes reports"),
      between(
        peer(NAMESPACE, scanJobs),
        peer(NAMESPACE, server),
        [SERVER_PORT],
        "Matches packages with the vulnerability database",
      ),
      between(peer(NAMESPACE, operator), peer(NAMESPACE, server), [SERVER_PORT], "Whether the server is up"),
      pulls(scanJobs, "Images to scan"),
      pulls(server, "Vulnerability databases"),
      pulls(operator, "Bundle of configuration checks"),
      scrape(NAMESPACE, operator, METRICS_PORT),
    ];
  },
  monitors: () => [{ kind: "ServiceMonitor", namespace: NAMESPACE, scrapes: "trivy-operator", port: METRICS_PORT }],
  cuts: () => [...cuts],
  accounts: () => [...accounts],
  delegations: () => [...delegations],
  patches: ({ facts }) => [
    // The vulnerability databases, and the checks of configurations; scans have the login of the image that they scan.
    ...registryLogins(facts, [
      { kind: "StatefulSet", name: "trivy-server", container: "trivy-server" },
      { kind: "Deployment", name: "trivy-operator", container: "trivy-operator" },
    ]),
    ...["config-audit", "exposed-secret", "vulnerability"].map((reports) =>
      unaggregated(`aggregate-${reports}-reports-view`),
    ),
    {
      kind: "StatefulSet",
      name: "trivy-server",
      patch: { spec: { template: { spec: { affinity: workerNodes, volumes: databases } } } },
      reason: "The chart has no affinity for its server, and no size for the databases, which it unpacks in /tmp.",
    },
  ],
  runtimeImages: ({ facts }) => [image(facts, "mirror.gcr.io/aquasec/trivy:0.72.0")],
});
