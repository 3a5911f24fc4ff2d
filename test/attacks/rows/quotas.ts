import type { KubeObject } from "../../../lib/kube/client";
import { create, deployer, namespaceOfApp, policy, quota, rule, wait, type Attack } from "../attack";
import { APP, container, NAMESPACE, object, pod, service } from "./_objects";

const PLATFORM = quota(NAMESPACE, "platform");
const SIZE = "mijnbureau-platform-content-size";

/** One more than the quota allows. */
const many = (id: string, what: string, count: number, make: (name: string) => KubeObject): Attack => ({
  id: `quotas/${id}`,
  position: deployer(APP),
  attempt: `Makes ${String(count)} ${what}`,
  steps: Array.from({ length: count }, (_, index) => create(make(`attack-${String(index)}`))),
  refusedBy: PLATFORM,
});

const large = (id: string, attempt: string, content: Record<string, unknown>, kind = "ConfigMap"): Attack => ({
  id: `quotas/${id}`,
  position: deployer(APP),
  attempt,
  steps: [create(object("v1", kind, content))],
  refusedBy: policy(SIZE, "holds at most"),
});

const half = "x".repeat(512 * 1024);

const limits = (name: string) => ({ resources: { limits: { cpu: "100m", memory: "64Mi", [name]: "1" } } });

const device = (id: string, attempt: string, made: KubeObject, of = "workload/devices"): Attack => ({
  id: `quotas/${id}`,
  position: deployer(APP),
  attempt,
  steps: [create(made)],
  refusedBy: rule(of),
});

/** An app with few pods; its quota counts twice as many, ended ones included. */
const SMALL = "clamav";
const PODS = 12;
const ended = Array.from({ length: PODS }, (_, index) =>
  pod({ restartPolicy: "Never" }, { name: `ended-${String(index)}`, namespace: namespaceOfApp(SMALL) }),
);

export const quotaAttacks: readonly Attack[] = [
  many("configmaps", "ConfigMaps", 61, (name) => object("v1", "ConfigMap", { data: { a: "b" } }, { name })),
  many("services", "Services", 31, (name) => service({}, { name })),
  many("middlewares", "Middlewares of the edge", 21, (name) =>
    object("traefik.io/v1alpha1", "Middleware", { spec: {} }, { name }),
  ),
  many("rules", "PrometheusRules", 21, (name) =>
    object("monitoring.coreos.com/v1", "PrometheusRule", { spec: { groups: [] } }, { name }),
  ),
  {
    id: "quotas/ended-pods",
    position: deployer(SMALL),
    attempt: "Has more pods than its quota, which end",
    steps: [
      ...ended.flatMap((made) => [
        create(made),
        wait((owner) =>
          owner.patch(
            {
              apiVersion: "v1",
              kind: "Pod",
              name: made.metadata.name ?? "",
              namespace: made.metadata.namespace,
            },
            { status: { phase: "Succeeded" } },
            { subresource: "status" },
          ),
        ),
      ]),
      create(pod({ restartPolicy: "Never" }, { name: "one-more", namespace: namespaceOfApp(SMALL) })),
    ],
    refusedBy: quota(namespaceOfApp(SMALL), "platform"),
  },
  {
    id: "quotas/local-storage",
    position: deployer(APP),
    attempt: "Fills the disk of a node",
    steps: [
      create(
        pod({
          containers: Array.from({ length: 5 }, (_, index) => ({
            ...container({
              resources: {
                requests: { cpu: "10m", memory: "16Mi", "ephemeral-storage": "8Gi" },
                limits: { cpu: "100m", memory: "32Mi", "ephemeral-storage": "8Gi" },
              },
            }),
            name: `c${String(index)}`,
          })),
        }),
      ),
    ],
    refusedBy: PLATFORM,
  },
  large("large-configmap", "Keeps a megabyte in a ConfigMap", { data: { a: half, b: half.slice(1024) } }),
  large("large-binary", "Keeps a megabyte of bytes in a ConfigMap", { binaryData: { a: half } }),
  large("large-unicode", "Keeps four bytes a character in a ConfigMap", { data: { a: "\u{1F600}".repeat(100_000) } }),
  large("large-secret", "Keeps a megabyte in a Secret", { stringData: { a: half } }, "Secret"),
  large("large-keys", "Keeps a megabyte in the keys of a ConfigMap", {
    data: Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [String(index).padStart(250, "k"), ""])),
  }),
  device("graphics-card", "Takes a graphics card", pod({ containers: [container(limits("nvidia.com/gpu"))] })),
  device(
    "graphics-card-init",
    "Takes a graphics card before it starts",
    pod({ initContainers: [container({ ...limits("amd.com/gpu"), name: "init" })] }),
  ),
  device(
    "huge-pages",
    "Takes huge pages",
    pod({
      containers: [container({ resources: { limits: { cpu: "100m", memory: "64Mi", "hugepages-2Mi": "64Mi" } } })],
    }),
  ),
  device(
    "device-claim",
    "Claims a device",
    pod({ resourceClaims: [{ name: "card", resourceClaimTemplateName: "card" }] }),
    "workload/device-claims",
  ),
];
