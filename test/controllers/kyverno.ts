import assert from "node:assert/strict";
import { crdsOf } from "../../components/crds/crds";
import { at, isKubeObject, type KubeObject } from "../../lib/kube/client";
import { containerEnvironment, kyvernoDown, kyvernoUp } from "../../embedded/cluster/kyverno";
import { freePort } from "../../embedded/cluster/ports";
import { planWith } from "../components/operators/support-upstream";
import { atWork, cut } from "./rights";
import { argumentsOf, chart, eventually, HOST, namespaceOf, render, type Sandbox } from "./support";

/** Rights, settings and, for their arguments, workloads; monitors and budgets do not concern a local process. */
const KINDS = [
  "ServiceAccount",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "ConfigMap",
  "Service",
  "Deployment",
];

export type KyvernoController = "background-controller" | "cleanup-controller";

/** What makes no sense outside a pod, and not both know. */
const ownFlags: Record<KyvernoController, (port: string) => Record<string, string>> = {
  "background-controller": () => ({ controllerRuntimeMetricsAddress: "0" }),
  "cleanup-controller": (port) => ({
    cleanupServerHost: HOST,
    cleanupServerPort: port,
    serverIP: `${HOST}:${port}`,
  }),
};

/** Kyverno as the stack installs it, its controllers as local processes with their own rights. */
export class LocalKyverno {
  private constructor(
    private readonly sandbox: Sandbox,
    private readonly rendered: readonly KubeObject[],
  ) {}

  /** Namespaces, definitions, rights and settings; nothing runs yet. */
  static async install(sandbox: Sandbox, helm: string): Promise<LocalKyverno> {
    const plan = planWith("kyverno");
    assert.ok(plan.chart !== undefined);
    for (const { name, podSecurity } of plan.namespaces) {
      const identity = { level: podSecurity.level, backupTier: "none", holdsData: false } as const;
      await sandbox.apply([namespaceOf(name, "operator", identity)]);
    }
    await sandbox.apply(crdsOf(chart("kyverno")));
    await sandbox.apply(plan.before.filter(isKubeObject));
    const rendered = render(helm, plan.chart, sandbox.dir).filter(({ kind }) => KINDS.includes(kind));
    await sandbox.apply(cut(rendered, plan));
    await sandbox.apply(atWork(plan, []));
    return new LocalKyverno(sandbox, rendered);
  }

  /** Answers once its webhooks are registered. */
  async startAdmission(binary: string): Promise<void> {
    await kyvernoUp({ dir: this.sandbox.dir, binary: () => Promise.resolve(binary) });
  }

  async start(
    controller: KyvernoController,
    binary: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const name = `kyverno-${controller}`;
    const deployment = this.rendered.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === name);
    assert.ok(deployment !== undefined);
    const { namespace = "" } = deployment.metadata;
    const spec = at(deployment, "spec", "template", "spec");
    const account = at(spec, "serviceAccountName");
    assert.ok(typeof account === "string");
    const args = argumentsOf(this.rendered, name, {
      kubeconfig: await this.sandbox.kubeconfigOf(namespace, account),
      metricsHost: HOST,
      metricsPort: String(await freePort()),
      autoMemLimitEnabled: "false",
      ...ownFlags[controller](String(await freePort())),
    });
    await this.sandbox.start(name, binary, args, {
      ...containerEnvironment(at(spec, "containers", 0), deployment),
      ...env,
    });
  }

  async stop(controller: KyvernoController): Promise<void> {
    await this.sandbox.stop(`kyverno-${controller}`, 30_000);
  }

  /** Until Kyverno says of each policy that it is ready: its webhooks, its rights. */
  async ready(policies: readonly KubeObject[]): Promise<void> {
    for (const { apiVersion, kind, metadata } of policies) {
      await eventually(`${kind} ${metadata.name ?? ""} is ready`, async () => {
        const found = await this.sandbox.client.get({ apiVersion, kind, name: metadata.name ?? "" });
        return at(found, "status", "conditionStatus", "ready") === true ? true : undefined;
      });
    }
  }

  async down(): Promise<void> {
    for (const controller of ["background-controller", "cleanup-controller"] as const) await this.stop(controller);
    await kyvernoDown(this.sandbox.dir);
  }
}
