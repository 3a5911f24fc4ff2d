import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { chartCacheRoot } from "../../components/charts/cache";
import { resolveChart } from "../../components/charts/chart";
import { discover } from "../../components/cluster/discover";
import { permissiveCrd } from "../../components/crds/stand-in";
import { managedLabels, namespaceLabels } from "../../components/namespace/labels";
import type { Manifest } from "../../components/kubernetes-object";
import type { SecureNamespaceArgs } from "../../components/namespace/secure-namespace";
import type { OperatorPlan } from "../../components/operators/frame/define";
import { mergeObject } from "../../components/operators/frame/normalise";
import { planPlatform, type PlatformPlan } from "../../components/plan";
import { asObject } from "../../lib/json";
import type { LoadedConfig } from "../../config/load";
import { parseManifests } from "../../cli/verify/documents";
import { parseConfig } from "../../components/settings";
import { stackKeys } from "../../components/stack-file";
import { clusterReset, clusterUp } from "../../embedded/cluster";
import { at, isKubeObject, isRecord, KubeClient, type KubeObject } from "../../lib/kube/client";
import { COMPONENTS } from "../../embedded/cluster/components";
import { sleep } from "../../embedded/cluster/files";
import { projectRoot, TOOLS } from "../../embedded/toolchain";
import { TODAY } from "../policypack/harness";
import type { Context } from "mocha";
import { needTools } from "../support/needs";

/** Of the stack that the attacks are tried on. */
export const DEPLOYERS = "deployers";
export const SANDBOX = "gvisor";
/** The app that has a sandbox. */
export const SANDBOXED = "collabora";

/** Namespace of the suite's shared Gateway. */
export const GATEWAY = { name: "mijnbureau-gateway", namespace: "default" } as const;

/**
 * The dev stack, with what only some stacks have: a group of deployers, a sandbox for one app and what installs others, the
 * drill of restores, an issuer, and a Gateway.
 */
export function stackOfAttacks(): LoadedConfig {
  const keys = stackKeys(projectRoot(), "dev");
  const operators = asObject(keys["operators"]) ?? {};
  const config = parseConfig({
    ...keys,
    access: { deployers: [DEPLOYERS] },
    edge: { clusterIssuer: "public", routing: "gateway", gateway: GATEWAY },
    operators: {
      ...operators,
      "kata-deploy": { enabled: true },
      // Movers of files make its namespace a privileged one.
      velero: { ...asObject(operators["velero"]), drill: {}, fileSystemBackup: true },
    },
  });
  return { ...config, apps: { ...config.apps, [SANDBOXED]: { ...config.apps[SANDBOXED], runtimeClass: SANDBOX } } };
}

/** Kinds that the suite, the edge or a cluster brings, and no operator of the stack. */
const KINDS = [
  ...["Middleware middlewares", "ServersTransport serverstransports", "IngressRoute ingressroutes"].map(
    (kind) => `traefik.io/v1alpha1 ${kind}`,
  ),
  ...["IngressRouteTCP ingressroutetcps", "IngressRouteUDP ingressrouteudps", "TLSOption tlsoptions"].map(
    (kind) => `traefik.io/v1alpha1 ${kind}`,
  ),
  ...["Gateway gateways", "HTTPRoute httproutes", "GRPCRoute grpcroutes", "GatewayClass gatewayclasses cluster"].map(
    (kind) => `gateway.networking.k8s.io/v1 ${kind}`,
  ),
  ...["TLSRoute tlsroutes", "TCPRoute tcproutes", "UDPRoute udproutes"].map(
    (kind) => `gateway.networking.k8s.io/v1alpha2 ${kind}`,
  ),
  ...["ReferenceGrant referencegrants"].map((kind) => `gateway.networking.k8s.io/v1beta1 ${kind}`),
  "route.openshift.io/v1 Route routes",
  ...["Cluster clusters", "Backup backups", "ScheduledBackup scheduledbackups"].map(
    (kind) => `postgresql.cnpg.io/v1 ${kind}`,
  ),
  "autoscaling.k8s.io/v1 VerticalPodAutoscaler verticalpodautoscalers",
];

const standIns = join(projectRoot(), "test", "charts");

/** The kinds of every pinned chart, without their schemas: what is judged is admission and rights, not validity. */
function chartKinds(): string[] {
  return readdirSync(standIns).flatMap((chart) => {
    if (!readdirSync(standIns).includes(chart) || chart.includes(".")) return [];
    const facts: unknown = parse(readFileSync(join(standIns, chart, "facts.yaml"), "utf8"));
    const crds = at(facts, "crds");
    return Array.isArray(crds) ? crds.map(String) : [];
  });
}

/** An embedded cluster with what the plan of a stack puts there, but for what needs pods. */
export class AttackedPlatform {
  private constructor(
    readonly dir: string,
    readonly owner: KubeClient,
    readonly config: LoadedConfig,
    readonly plan: PlatformPlan,
  ) {}

  static async up(context: Context): Promise<AttackedPlatform> {
    const { helm, ...binaries } = await needTools(context, ...COMPONENTS, "helm");
    const dir = mkdtempSync(join(tmpdir(), "attacks-"));
    const { kubeconfig } = await clusterUp({ dir, binaries });
    return AttackedPlatform.on({ dir, kubeconfig, helm });
  }

  /** On a cluster that runs. */
  static async on(
    { dir, kubeconfig, helm }: Readonly<Record<"dir" | "kubeconfig" | "helm", string>>,
    config: LoadedConfig = stackOfAttacks(),
  ): Promise<AttackedPlatform> {
    const connect = (): KubeClient => KubeClient.fromKubeconfig(kubeconfig, undefined, { timeoutMs: 60_000 });
    const first = connect();
    const outside = KINDS.map((line) => ({ ...permissiveCrd(line) }));
    // Kinds of the stack's own operators carry its label, else the stack would take them for the cluster's.
    const own = chartKinds().map((line) => labelled(permissiveCrd(line)));
    const definitions = [...new Map([...own, ...outside].map((crd) => [crd.metadata.name, crd])).values()];
    await applyAll(first, definitions);
    await served(first, definitions);
    first.close();
    const plan = planPlatform(config, await discover({ kubeconfig }), TODAY);
    // Planning takes so long that the API server may have closed what was idle.
    const platform = new AttackedPlatform(dir, connect(), config, plan);
    await platform.install(helm);
    return platform;
  }

  /** What the stack has in the namespaces of apps, its operators' part included. */
  inSuite(): readonly KubeObject[] {
    const { suite, operators, pullSecrets } = this.plan;
    const namespaces = new Set(suite.map(({ namespace }) => namespace));
    return [
      ...suite.flatMap((each) => [...each.networkPolicies, ...(each.objects ?? []), ...each.limits]),
      ...operators.flatMap(({ plan }) => [...plan.before, ...plan.after]),
      ...pullSecrets,
    ]
      .filter(isKubeObject)
      .filter(({ metadata }) => namespaces.has(metadata.namespace ?? ""));
  }

  async down(): Promise<void> {
    this.owner.close();
    await clusterReset({ dir: this.dir });
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  private async install(helm: string): Promise<void> {
    const { plan } = this;
    await applyAll(this.owner, [...plan.priorityClasses, ...runtimeClasses]);
    const namespaces = [...plan.suite, ...plan.operators.flatMap((step) => step.namespaces)];
    await applyAll(this.owner, namespaces.map(namespaceObject));
    await applyAll(this.owner, namespaces.flatMap(inside));
    const operators = plan.operators.map((step) => step.plan);
    for (const operator of operators) {
      await applyAll(this.owner, [...operator.before, ...rightsOf(helm, operator), ...operator.after]);
    }
    await applyAll(this.owner, [...plan.pullSecrets, ...plan.monitoring]);
    // After them: what a quota counts is refused until the controller manager has counted what is there.
    const limits = namespaces.flatMap((each) => each.limits);
    await applyAll(this.owner, limits);
    await counted(this.owner, limits);
    // Last, as the platform's own objects are registered by the engine, not by these accounts.
    await applyAll(this.owner, [...plan.guards, ...plan.rules, ...native(plan.admission)]);
    const [suite] = plan.suite;
    assert.ok(suite !== undefined);
    await mutated(this.owner, suite.namespace);
  }
}

/** Applies in parallel; names every object that is refused. */
export async function applyAll(client: KubeClient, objects: readonly unknown[]): Promise<void> {
  const queue = objects.filter(isKubeObject);
  const problems: string[] = [];
  const work = async (): Promise<void> => {
    for (let object = queue.shift(); object !== undefined; object = queue.shift()) {
      const { kind, metadata } = object;
      await client.apply(object, { force: true }).catch((error: unknown) => {
        problems.push(`${kind} ${metadata.namespace ?? ""}/${metadata.name ?? ""}: ${String(error)}`);
      });
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

function labelled(crd: ReturnType<typeof permissiveCrd>) {
  return { ...crd, metadata: { ...crd.metadata, labels: managedLabels } };
}

function namespaceObject({ namespace, identity, annotations = {} }: SecureNamespaceArgs): KubeObject {
  const metadata = { name: namespace, labels: namespaceLabels(identity), annotations };
  return { apiVersion: "v1", kind: "Namespace", metadata };
}

/** A namespace as `pulumi up` makes it, also again where somebody has removed it. */
export async function makeNamespace(owner: KubeClient, args: SecureNamespaceArgs): Promise<void> {
  await applyAll(owner, [namespaceObject(args)]);
  await applyAll(owner, inside(args));
  await applyAll(owner, args.limits);
  await counted(owner, args.limits);
}

/** Waits until the API server serves the kinds. */
async function served(client: KubeClient, definitions: readonly { metadata: { name: string } }[]): Promise<void> {
  for (const { metadata } of definitions) {
    const ref = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: metadata.name };
    for (let tries = 0; ; tries++) {
      const conditions = at(await client.get(ref), "status", "conditions");
      const states = Array.isArray(conditions) ? conditions : [];
      if (states.some((each) => at(each, "type") === "Established" && at(each, "status") === "True")) break;
      if (tries > 600) throw new Error(`${metadata.name} is not served within a minute`);
      await sleep(100);
    }
  }
}

/** Waits until every quota has counted all that it limits: a kind that is new is refused until then. */
async function counted(owner: KubeClient, limits: readonly Manifest[]): Promise<void> {
  const keys = (value: unknown): string[] => Object.keys(isRecord(value) ? value : {});
  for (const { apiVersion, kind, metadata, spec } of limits.filter((each) => each.kind === "ResourceQuota")) {
    const ref = { apiVersion, kind, name: metadata.name, namespace: metadata.namespace };
    for (let tries = 0; ; tries++) {
      const used = keys(at(await owner.get(ref), "status", "used"));
      const missing = keys(at(spec, "hard")).filter((key) => !used.includes(key));
      if (missing.length === 0) break;
      const what = `${metadata.namespace ?? ""}/${metadata.name}`;
      if (tries > 240) throw new Error(`${what} has not counted ${missing.join(", ")} within two minutes`);
      await sleep(500);
    }
  }
}

/** Policies hold only after a while: waits until one that adds to the suite's monitors does. */
async function mutated(owner: KubeClient, namespace: string): Promise<void> {
  const monitor = {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: { name: "tried", namespace },
    spec: { selector: { matchLabels: { app: "tried" } }, endpoints: [{ port: "metrics" }] },
  };
  for (let tries = 0; ; tries++) {
    const made = await owner.create(monitor, { dryRun: true }).catch((error: unknown) => error);
    if (at(made, "spec", "endpoints", 0, "followRedirects") === false) return;
    if (tries > 600) throw new Error(`the API server adds nothing to a monitor within a minute: ${String(made)}`);
    await sleep(100);
  }
}

function inside({ namespace, networkPolicies, objects = [] }: SecureNamespaceArgs): object[] {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } };
  return [...networkPolicies, ...objects, { ...account, automountServiceAccountToken: false }];
}

/** As a cluster may have them besides those of the stack: another sandbox, and one that is none. */
const runtimeClasses = ["kata", "runc"].map((name) => ({
  apiVersion: "node.k8s.io/v1",
  kind: "RuntimeClass",
  metadata: { name },
  handler: name,
}));

/** What the API server does itself, and the roles that Kyverno's are made of. */
const native = (objects: PlatformPlan["admission"]): PlatformPlan["admission"] =>
  objects.filter(({ apiVersion }) => /^(admissionregistration|rbac\.authorization)\.k8s\.io\//.test(apiVersion));

/** What a chart gives its accounts, and the webhook configurations that they write. */
const RIGHTS: ReadonlySet<string> = new Set([
  "ServiceAccount",
  "Role",
  "RoleBinding",
  "ClusterRole",
  "ClusterRoleBinding",
  "ValidatingWebhookConfiguration",
  "MutatingWebhookConfiguration",
]);

/** Of the kinds that charts make. */
const CLUSTER_WIDE = /^Cluster|Webhook|^(APIService|PriorityClass|CustomResourceDefinition|CSIDriver|IngressClass)$/;

/** Accounts and rights of an operator as the stack registers them: the chart, or its stand-in, with the plan's patches. */
export const rightsOf = (helm: string, operator: OperatorPlan): KubeObject[] =>
  renderedOf(helm, operator)
    .filter(({ kind }) => RIGHTS.has(kind))
    // No pod answers there.
    .map((object) => (object.kind.endsWith("WebhookConfiguration") ? { ...object, webhooks: [] } : object));

/** Everything that an operator's chart makes, or its stand-in, with the plan's patches. */
export function renderedOf(helm: string, { chart, patches }: OperatorPlan): KubeObject[] {
  if (chart === undefined) return [];
  const { path } = resolveChart(chart.entry, {
    cacheRoot: chartCacheRoot(process.env, homedir()),
    standInRoot: standIns,
    environment: "dev",
    allowUnverified: false,
  });
  const version = TOOLS["kube-apiserver"].version;
  const args = ["template", chart.release, path, "--namespace", chart.namespace, "--values", "-", "--no-hooks"];
  const text = execFileSync(helm, [...args, "--skip-crds", "--kube-version", version], {
    input: JSON.stringify(chart.values),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["pipe", "pipe", "ignore"],
  });
  return parseManifests(text, chart.entry)
    .documents.map(({ object }) => object)
    .map((object) => {
      const fitting = patches.filter(
        ({ kind, name }) => kind === object.kind && (name === undefined || name === object.metadata.name),
      );
      const patched = fitting.reduce<Record<string, unknown>>((made, each) => mergeObject(made, each.patch), object);
      const { metadata } = object;
      const namespaced = !CLUSTER_WIDE.test(object.kind);
      const place = namespaced ? { namespace: chart.namespace, ...metadata } : metadata;
      return { ...patched, apiVersion: object.apiVersion, kind: object.kind, metadata: place };
    });
}
