import { exemptRights } from "../../exemptions";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { image, pullSecrets } from "../frame/facts";
import { group, kubeApi, scrape } from "../frame/flows";
import { apart, linux, podContext, resources, restricted, workerNodes } from "../frame/pods";
import { chart } from "./chart";
import { accounts, cuts } from "./rights";

const NAMESPACE = "snapshot-controller";
const pods = group("snapshot-controller", { "app.kubernetes.io/name": "snapshot-controller" });
const METRICS_PORT = 8080;

export default defineOperator({
  name: "snapshot-controller",
  title: "Snapshot controller: VolumeSnapshots of CSI drivers, which Velero moves to the object store.",
  enabledByDefault: true,
  prerequisite: {
    crds: [
      "volumesnapshots.snapshot.storage.k8s.io",
      "volumesnapshotcontents.snapshot.storage.k8s.io",
      "volumesnapshotclasses.snapshot.storage.k8s.io",
    ],
  },
  namespaces: [{ name: NAMESPACE, podSecurity: { level: "restricted", reason: "Runs restricted." } }],
  settings: {},
  needs: ["prometheus"],
  provides: ["volume-snapshots"],
  chart: { ...chart, release: "snapshot-controller" },
  values: ({ facts }) => ({
    installCRDs: false,
    controller: {
      replicaCount: 2,
      image: { repository: image(facts, "registry.k8s.io/sig-storage/snapshot-controller") },
      imagePullSecrets: pullSecrets(facts),
      // Group snapshots have CRDs of their own, which nothing here uses.
      args: { featureGates: "CSIVolumeGroupSnapshot=false" },
      podSecurityContext: podContext(1000),
      securityContext: { ...restricted, runAsUser: 1000 },
      resources: resources(["10m", "32Mi"], ["200m", "128Mi"]),
      nodeSelector: linux,
      affinity: { ...workerNodes, ...apart(pods.labels) },
      pdb: { minAvailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" },
      priorityClassName: priorityClass.critical,
      serviceMonitor: { create: facts.capabilities.has("monitors") },
    },
  }),
  cuts: () => [...cuts],
  accounts: () => [...accounts],
  exemptions: () =>
    exemptRights(
      ["grant-data-delete"],
      { kind: "ClusterRole", name: "snapshot-controller" },
      "Removes the snapshots whose owners removed theirs: what it is for.",
    ),
  flows: () => [kubeApi(NAMESPACE, pods, "Binds snapshots to their contents"), scrape(NAMESPACE, pods, METRICS_PORT)],
  monitors: () => [
    { kind: "ServiceMonitor", namespace: NAMESPACE, scrapes: "snapshot-controller", port: METRICS_PORT },
  ],
});
