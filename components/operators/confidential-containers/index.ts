import { z } from "zod";
import { labels } from "../../../config/fields";
import { defineOperator } from "../frame/define";
import { installerOf } from "../kata-deploy";
import { exempt, exemptRights } from "../../exemptions";
import { image, pullSecrets } from "../frame/facts";
import { group, kubeApi } from "../frame/flows";
import { resources, workerNodes } from "../frame/pods";
import { priorityClass } from "../../priority-classes";
import { chart } from "./chart";
import { accounts, cuts } from "./rights";

const NAMESPACE = "coco-system";
const pods = group("kata-as-coco-runtime", { name: "kata-as-coco-runtime" });
const shims = { snp: "qemu-snp", tdx: "qemu-tdx" } as const;

export default defineOperator({
  name: "confidential-containers",
  title:
    "Confidential containers: pods in encrypted, attested virtual machines on nodes with AMD SEV-SNP or Intel TDX.",
  enabledByDefault: false,
  namespaces: ({ facts }) => [
    {
      name: NAMESPACE,
      podSecurity: {
        level: "privileged",
        reason: "Installs a runtime on the host: its process namespace, a privileged container, the root file system.",
        admits: [
          {
            account: "kata-as-coco-runtime-sa",
            images: [image(facts, "quay.io/kata-containers/kata-deploy")],
            commands: [["bash", "-c", "/opt/kata-artifacts/scripts/kata-deploy.sh install"]],
            hostPaths: ["/etc/crio/", "/etc/containerd/", "/"],
            privileged: true,
            hostPID: true,
          },
        ],
      },
    },
  ],
  settings: {
    nodeSelector: labels.default({ "mijnbureau-platform/tee": "true" }),
    hardware: z
      .array(z.enum(["snp", "tdx"]))
      .min(1)
      .default(["snp", "tdx"]),
  },
  needs: ["sandboxes"],
  chart: { ...chart, release: "coco" },
  values: ({ facts, settings }) => {
    const names = settings.hardware.map((name) => shims[name]);
    const forEach = (suffix: string): string => names.map((name) => `${name}:${suffix}`).join(",");
    return {
      "kata-as-coco-runtime": {
        enabled: true,
        image: { reference: image(facts, "quay.io/kata-containers/kata-deploy") },
        imagePullPolicy: "IfNotPresent",
        k8sDistribution: installerOf(facts),
        nodeSelector: settings.nodeSelector,
        env: {
          debug: "false",
          // Made by the operator `sandboxes`: made at run time, nothing could depend on them.
          createRuntimeClasses: "false",
          createDefaultRuntimeClass: "false",
          shims: names.join(" "),
          // Images are pulled inside the virtual machine; the node never sees them.
          snapshotterHandlerMapping: forEach("nydus"),
          pullTypeMapping: forEach("guest-pull"),
          _experimentalSetupSnapshotter: "nydus",
        },
      },
    };
  },
  patches: ({ facts }) => [
    {
      kind: "DaemonSet",
      name: "kata-as-coco-runtime",
      patch: {
        spec: {
          template: {
            spec: {
              affinity: workerNodes,
              priorityClassName: priorityClass.node,
              imagePullSecrets: pullSecrets(facts),
              containers: [{ name: "kube-kata", resources: resources(["25m", "64Mi"], ["500m", "512Mi"]) }],
            },
          },
        },
      },
      reason: "The chart has no values for placement, priority and resources.",
    },
  ],
  cuts: () => [...cuts],
  accounts: () => [...accounts],
  exemptions: () => [
    ...exempt(
      [
        "workload/container-runtime-socket",
        "workload/net-raw-dropped",
        "workload/non-root-group",
        "workload/read-only-root-filesystem",
        "workload/sensitive-host-path",
        "workload/writable-host-path",
      ],
      { kind: "DaemonSet", namespace: NAMESPACE, name: "kata-as-coco-runtime" },
      "Installs a runtime on the node and restarts containerd: root of the node by its nature.",
    ),
    ...exemptRights(
      ["grant-node-write"],
      { kind: "ClusterRole", name: "kata-as-coco-runtime-role" },
      "Labels the nodes that have the runtime; admission holds it to labels of its own and no taint.",
    ),
  ],
  flows: () => [kubeApi(NAMESPACE, pods, "Labels nodes that are ready")],
});
