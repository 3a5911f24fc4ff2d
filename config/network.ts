import { z } from "zod";
import { cidr, dnsLabel, hostname, labels as anyLabels, reason } from "./fields";
import { contains, isAddress, metadataCidrs, overlaps, publicInternet, singleAddress } from "../lib/cidr";
import { recordOf } from "../lib/record";
import type { apps } from "../suite/apps";
import { appKeys, appOf, eachApp, type AppKey } from "../suite/apps";
import { internetNames, stores, type InternetName, type Store } from "../suite/flow";

const port = z.int().min(1, "is not a port; example: 443").max(65535, "is not a port; example: 443");

const labels = anyLabels.refine(
  (value) => Object.keys(value).length > 0,
  "is empty and would select every pod; example: { app.kubernetes.io/name: traefik }",
);

const address = z.string().refine(isAddress, "is not an IP address; example: 169.254.20.10");
const isHost = (text: string): boolean =>
  isAddress(text) || (hostname.safeParse(text).success && !/^[\d.]+$/.test(text));
const host = z
  .string()
  .refine(isHost, "is neither a host name nor an IP address; examples: mail.example.nl, 192.0.2.10")
  .describe("Host name, or IP address, that clients are given.");
const cidrs = (what: string) => z.array(cidr).default([]).describe(what);

/** A service outside the cluster. */
const endpoint = (defaultPort: number, what: string) =>
  z
    .strictObject({
      host,
      cidrs: cidrs("Where the host's addresses lie. May stay empty where `host` is an address, or with cni: cilium."),
      port: port.default(defaultPort),
    })
    .describe(what);

const bundled = z.strictObject({ provider: z.literal("bundled") }).describe("The suite's own, in the app's namespace.");
const external = (defaultPort: number) =>
  z.strictObject({
    provider: z.literal("external"),
    host,
    cidrs: cidrs("Where the host's addresses lie. May stay empty where `host` is an address, or with cni: cilium."),
    port: port.default(defaultPort),
  });
const cnpg = z.strictObject({
  provider: z
    .literal("cnpg")
    .describe(
      "A CloudNativePG cluster `<app>-cluster` in the app's namespace; the suite can be told so for all apps only.",
    ),
  backups: endpoint(
    443,
    "Object storage that the cluster is backed up to; absent: operators.databases.store.",
  ).optional(),
});

const postgres = z.discriminatedUnion("provider", [bundled, cnpg, external(5432)]).default({ provider: "bundled" });
const redis = z.discriminatedUnion("provider", [bundled, external(6379)]).default({ provider: "bundled" });
const s3 = z.discriminatedUnion("provider", [bundled, external(443)]).default({ provider: "bundled" });

const storeSettings = { postgres, redis, s3 } as const satisfies Record<Store, z.ZodType>;

type AppWithStores = {
  [Key in AppKey]: [keyof (typeof apps)[Key]["datastores"]] extends [never] ? never : Key;
}[AppKey];

const appsWithStores = appKeys.filter((key): key is AppWithStores => Object.keys(appOf(key).datastores).length > 0);

const storesOf = (app: AppKey) =>
  z
    .strictObject(
      Object.fromEntries(
        stores.filter((store) => store in appOf(app).datastores).map((store) => [store, storeSettings[store]]),
      ),
    )
    .prefault({});

const datastores = z
  .strictObject(recordOf(appsWithStores, storesOf))
  .prefault({})
  .describe("Per app and store: bundled with the suite, CloudNativePG, or external.");

/** What each entry of `internet` is for, and the hosts that it needs, from the app that asks for it. */
const internetDefaults = recordOf(internetNames, (name) => {
  const needs = eachApp.flatMap(({ app }) => app.internet[name] ?? []);
  const [only] = needs;
  if (only === undefined || needs.length > 1) throw new Error(`suite/apps: exactly one app has to describe ${name}`);
  return only;
});

const destination = (name: InternetName) =>
  z
    .strictObject({
      enabled: z.boolean().default(true).describe("False: no such traffic, as in an air-gapped cluster."),
      hosts: z
        .array(
          z
            .string()
            .regex(
              /^(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
              "is not a host name, or `*.` and one; example: *.example.nl",
            ),
        )
        .default([...internetDefaults[name].hosts])
        .describe("With cni: cilium only these names can be reached, if there are any."),
      cidrs: z
        .array(cidr)
        .min(1, "is empty; to forbid the traffic set enabled: false")
        .default([...publicInternet])
        .describe("The public internet, or a mirror's range. Private, cluster and metadata ranges are excepted."),
    })
    .prefault({})
    .describe(internetDefaults[name].what);

const internet = z
  .strictObject(recordOf(internetNames, destination))
  .prefault({})
  .describe("What the suite needs from the internet, each with its own switch.");

const apiServer = z
  .strictObject({
    ports: z
      .array(port)
      .min(1)
      .default([443, 6443])
      .describe("Ports of the API server's endpoints: `kubectl get endpointslices kubernetes`."),
    agents: z
      .strictObject({ namespace: dnsLabel, podLabels: labels })
      .optional()
      .describe(
        "Pods through which a managed control plane calls webhooks, e.g. konnectivity-agent in kube-system on GKE and AKS.",
      ),
    tunnelCidrs: z
      .array(cidr)
      .default([])
      .describe(
        "Addresses of the nodes' tunnels (Calico with IPIP or VXLAN, Canal, Flannel): from these, inside the pods' network, the API server calls webhooks on other nodes. `kubectl get nodes -o yaml`: projectcalico.org/IPv4IPIPTunnelAddr, IPv4VXLANTunnelAddr; Flannel: the first address of each node's podCIDR.",
      ),
    webhooksFromAnywhere: z
      .strictObject({ reason })
      .optional()
      .describe(
        "Last resort where the provider cannot say from where the API server calls webhooks: their ports are open to every source. The reason is written on each policy.",
      ),
  })
  .prefault({});

const shape = z.strictObject({
  cni: z
    .enum(["cilium", "calico", "other"])
    .default("other")
    .describe(
      "Network plugin. Cilium adds policies by host name and entity, Calico and Cilium a default deny beneath.",
    ),
  clusterDefaultDeny: z
    .enum(["off", "platform", "cluster"])
    .default("platform")
    .describe(
      "With Cilium or Calico, a cluster-scoped default deny: `platform` for the stack's own namespaces, `cluster` for all but `exemptNamespaces`.",
    ),
  exemptNamespaces: z
    .array(dnsLabel)
    .default(["kube-system", "kube-public", "kube-node-lease"])
    .describe(
      "Namespaces without default deny under `clusterDefaultDeny: cluster`; the ingress controller's and DNS's are always exempt.",
    ),
  podCidrs: z
    .array(cidr, "is not a list of CIDRs; example: [10.244.0.0/16]")
    .min(1, "is empty; example: [10.244.0.0/16]")
    .describe("Addresses of pods, IPv4 and IPv6."),
  serviceCidrs: z
    .array(cidr, "is not a list of CIDRs; example: [10.96.0.0/12]")
    .min(1, "is empty; example: [10.96.0.0/12]")
    .describe("Addresses of Services, IPv4 and IPv6."),
  controlPlaneCidrs: z
    .array(cidr, "is not a list of CIDRs; example: [10.0.0.10/32]")
    .min(1, "is empty; give the addresses of the API server's endpoints, e.g. [10.0.0.10/32]")
    .describe("Addresses of the API server's endpoints, and from where it calls webhooks."),
  nodeCidrs: z
    .array(cidr)
    .default([])
    .describe("Addresses of nodes. May hold the control plane, and overlap the pods' with `podsInNodeRange`."),
  podsInNodeRange: z
    .boolean()
    .default(false)
    .describe(
      "True where pods get addresses of the nodes' network, as with Amazon's VPC CNI and Azure CNI: control plane and nodes may then lie in the pods' ranges.",
    ),
  apiServer,
  dns: z
    .strictObject({
      namespace: dnsLabel.default("kube-system"),
      podLabels: labels.default({ "k8s-app": "kube-dns" }),
      ports: z.array(port).min(1).default([53]).describe("Ports of the DNS pods; OpenShift's listen on 5353."),
      nodeLocalIp: address.optional().describe("Address of NodeLocal DNSCache, where it is used."),
    })
    .prefault({})
    .describe("The cluster's DNS: the only one that pods may ask."),
  ingress: z
    .strictObject({
      namespace: dnsLabel.default("traefik"),
      podLabels: labels.default({ "app.kubernetes.io/name": "traefik" }),
      podPorts: z
        .array(port)
        .min(1)
        .default([8443])
        .describe("HTTPS ports of the controller's pods, not of its Service: policies see the pod's port."),
      hostNetwork: z
        .boolean()
        .default(false)
        .describe("The controller's pods use the node's network; needs nodeCidrs."),
      loadBalancerCidrs: cidrs(
        "Addresses of the controller's load balancer, where the cluster does not route them to the pods itself.",
      ),
    })
    .prefault({})
    .describe("Ingress or gateway controller, for users and for apps that call one another's public hostnames."),
  monitoring: z
    .strictObject({
      metrics: z.boolean().default(true).describe("The suite's `metric.enabled`: exporters that Prometheus reads."),
      podLabels: labels.default({ "app.kubernetes.io/name": "prometheus" }).describe("The pods that scrape."),
    })
    .prefault({}),
  cnpgOperator: z
    .strictObject({
      namespace: dnsLabel.default("cnpg-system"),
      podLabels: labels.default({ "app.kubernetes.io/name": "cloudnative-pg" }),
    })
    .prefault({})
    .describe("CloudNativePG's operator, where a datastore uses it."),
  datastores,
  smtp: endpoint(587, "Mail relay. Absent: no mail.").optional(),
  identityProvider: endpoint(443, "External identity provider. Absent: the suite's Keycloak.").optional(),
  identityBrokers: z
    .array(endpoint(443, "A directory or provider."))
    .default([])
    .describe("Directories and identity providers behind Keycloak."),
  llm: endpoint(443, "External language model. Absent: the suite's Ollama, where it is enabled.").optional(),
  antivirus: endpoint(3310, "External ClamAV. Absent: the suite's, where it is enabled.").optional(),
  livekit: z
    .strictObject({
      clientCidrs: z
        .array(cidr)
        .min(1)
        .default([...publicInternet])
        .describe("From where people join meetings. Add private ranges, such as an office network, explicitly."),
      throughNodes: z
        .boolean()
        .default(false)
        .describe("The load balancer hides the client's address behind a node's; needs nodeCidrs."),
      turn: z.boolean().default(false).describe("LiveKit's own TURN server, over TLS."),
    })
    .prefault({})
    .describe("Audio and video: the only traffic that enters past the ingress controller."),
  internet,
});

type Shape = z.infer<typeof shape>;

interface Problem {
  readonly path: (string | number)[];
  readonly message: string;
}

/** Ranges by the key that holds them, e.g. `podCidrs.0`. */
function ranges(key: "podCidrs" | "serviceCidrs" | "controlPlaneCidrs" | "nodeCidrs", settings: Shape) {
  return settings[key].map((value, index) => ({ key, index, value }));
}

/** The control plane may be part of the nodes' network, and both of the pods' where these are of one; nothing else may share addresses. */
function overlapProblems(settings: Shape): Problem[] {
  const all = [
    ...ranges("podCidrs", settings),
    ...ranges("serviceCidrs", settings),
    ...ranges("controlPlaneCidrs", settings),
    ...ranges("nodeCidrs", settings),
  ];
  return all.flatMap((a, i) =>
    all.slice(i + 1).flatMap((b) => {
      const oneNetwork =
        (a.key === "controlPlaneCidrs" && b.key === "nodeCidrs") ||
        (settings.podsInNodeRange && a.key === "podCidrs" && b.key !== "serviceCidrs");
      if (a.key === b.key || oneNetwork || !overlaps(a.value, b.value)) return [];
      const remedy =
        a.key === "podCidrs" && b.key !== "serviceCidrs"
          ? "; where pods get addresses of the nodes' network set network.podsInNodeRange: true, else give each its own range"
          : "; give each its own range, as the cluster's installer was told";
      return [{ path: [b.key, b.index], message: `overlaps ${a.key}.${a.index} (${a.value})${remedy}` }];
    }),
  );
}

/** A range that pods must never reach by address: written out in full it would be a hole in every `except`. */
function forbiddenProblems(path: (string | number)[], given: readonly string[], settings: Shape): Problem[] {
  const forbidden = [
    ...metadataCidrs.map((value) => ({ key: "the cloud's metadata service", value })),
    ...settings.podCidrs.map((value) => ({ key: "podCidrs", value })),
    ...settings.serviceCidrs.map((value) => ({ key: "serviceCidrs", value })),
  ];
  return given.flatMap((value, index) =>
    forbidden
      .filter((range) => contains(range.value, value))
      .map((range) => ({
        path: [...path, index],
        message: `lies in ${range.value} (${range.key}); give the address outside the cluster`,
      })),
  );
}

interface Given {
  readonly path: (string | number)[];
  readonly host: string;
  readonly cidrs: readonly string[];
}

/** Every endpoint that the settings name, with where it stands. */
function endpoints(settings: Shape): Given[] {
  const single = (["smtp", "identityProvider", "llm", "antivirus"] as const).flatMap((key) => {
    const value = settings[key];
    return value === undefined ? [] : [{ path: [key], ...value }];
  });
  const brokers = settings.identityBrokers.map((value, index) => ({ path: ["identityBrokers", index], ...value }));
  const stores = Object.entries(settings.datastores).flatMap(([app, byStore]) =>
    Object.entries(byStore).flatMap(([store, value]): Given[] => {
      const path = ["datastores", app, store];
      if (value.provider === "external") return [{ path, ...value }];
      if (value.provider === "cnpg" && value.backups !== undefined) {
        return [{ path: [...path, "backups"], ...value.backups }];
      }
      return [];
    }),
  );
  return [...single, ...brokers, ...stores];
}

function endpointProblems(settings: Shape): Problem[] {
  return endpoints(settings).flatMap(({ path, host: name, cidrs: given }) => {
    const missing = given.length === 0 && !isAddress(name) && settings.cni !== "cilium";
    return [
      ...forbiddenProblems([...path, "cidrs"], given, settings),
      ...(isAddress(name) ? forbiddenProblems([...path, "host"], [singleAddress(name)], settings) : []).map(onKey),
      ...(missing
        ? [
            {
              path: [...path, "cidrs"],
              message: `is empty, and ${name} is a name: a NetworkPolicy knows addresses only. Give its ranges, e.g. [192.0.2.10/32], or set cni: cilium`,
            },
          ]
        : []),
    ];
  });
}

/** A problem of a list's element, told of the key itself. */
const onKey = ({ path, message }: Problem): Problem => ({ path: path.slice(0, -1), message });

function internetProblems(settings: Shape): Problem[] {
  const { internet: destinations, livekit } = settings;
  return [
    ...internetNames.flatMap((name) =>
      forbiddenProblems(["internet", name, "cidrs"], destinations[name].cidrs, settings),
    ),
    ...forbiddenProblems(["livekit", "clientCidrs"], livekit.clientCidrs, settings),
  ];
}

function nodeProblems(settings: Shape): Problem[] {
  if (settings.nodeCidrs.length > 0 || settings.cni === "cilium") return [];
  const message = "is true, which needs nodeCidrs: the traffic comes from the nodes' addresses";
  return [
    ...(settings.ingress.hostNetwork ? [{ path: ["ingress", "hostNetwork"], message }] : []),
    ...(settings.livekit.throughNodes ? [{ path: ["livekit", "throughNodes"], message }] : []),
  ];
}

function ciliumProblems(settings: Shape): Problem[] {
  if (settings.cni !== "cilium" || settings.dns.nodeLocalIp === undefined) return [];
  const message =
    "has no effect with cni: cilium, which redirects DNS with a CiliumLocalRedirectPolicy; remove the key";
  return [{ path: ["dns", "nodeLocalIp"], message }];
}

/**
 * Settings below `network` of a stack: what the cluster's network looks like, and which services outside it the
 * suite may reach. Nothing is reachable that neither the flows table nor these settings name.
 */
export const networkSettings = shape.superRefine((settings, ctx) => {
  const problems = [
    ...overlapProblems(settings),
    ...endpointProblems(settings),
    ...internetProblems(settings),
    ...nodeProblems(settings),
    ...ciliumProblems(settings),
  ];
  for (const problem of problems) ctx.addIssue({ code: "custom", ...problem });
});

export type NetworkSettings = z.infer<typeof networkSettings>;
/** Settings as a stack file gives them, before defaults. */
export type NetworkInputSettings = z.input<typeof networkSettings>;
