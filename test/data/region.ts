import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Context } from "mocha";
import { parseManifests } from "../../cli/verify/documents";
import { crdsOf } from "../../components/crds/crds";
import type { OperatorPlan } from "../../components/operators/frame/define";
import { operatorSettings } from "../../components/operators/frame/settings";
import { planOperators } from "../../components/operators/frame/stack";
import { NAMESPACE, STORE_SECRET } from "../../components/operators/velero/locations";
import { clusterPaths } from "../../embedded/cluster";
import { freePort } from "../../embedded/cluster/ports";
import { at, isRecord, type KubeClient, type KubeObject } from "../../lib/kube/client";
import { atWork } from "../controllers/rights";
import { objectStore, s3, type ObjectStore } from "../controllers/s3";
import { argumentsOf, chart, eventually, HOST, namespaceOf, render, replaced, Sandbox } from "../controllers/support";
import { everything, facts } from "../components/operators/support";

const run = promisify(execFile);
/** What the server needs of the chart; its monitors and workloads concern others. */
const CHART_KINDS = ["ServiceAccount", "ConfigMap", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
export const PASSWORD = "made-for-this-test";

export interface Tools {
  readonly path: (name: "velero" | "velero-plugin-for-aws" | "weed" | "helm") => string;
}

/** A region: a cluster with the platform's namespaces and Velero's rights, an object store over TLS, Velero's own server. */
export class Region {
  plan: OperatorPlan | undefined;
  private rendered: readonly KubeObject[] = [];

  private constructor(
    readonly name: "nl-west" | "nl-north",
    readonly sandbox: Sandbox,
    readonly store: ObjectStore,
    private readonly tools: Tools,
  ) {}

  static async up(context: Context, name: "nl-west" | "nl-north", tools: Tools): Promise<Region> {
    const sandbox = await Sandbox.up(context, name);
    const store = await objectStore(sandbox, tools.path("weed"));
    await store.start();
    return new Region(name, sandbox, store, tools);
  }

  get client(): KubeClient {
    return this.sandbox.client;
  }

  /** A bucket with versions and object lock, whose policy is the one that the command prints. */
  async bucket(name: string, policy: object): Promise<void> {
    const made = await s3(this.store, "PUT", `/${name}`, { headers: { "x-amz-bucket-object-lock-enabled": "true" } });
    assert.equal(made.status, 200, made.text);
    const set = await s3(this.store, "PUT", `/${name}`, { query: "policy=", body: JSON.stringify(policy) });
    assert.ok(set.status < 300, set.text);
  }

  /** The stack's namespaces, Velero's definitions, Secrets and rights. */
  async install(velero: Record<string, unknown>, secrets: Readonly<Record<string, string>>): Promise<void> {
    const parsed = operatorSettings({ ...everything, velero });
    assert.ok(parsed.success, JSON.stringify(parsed.error?.issues));
    const given = { ...facts, region: this.name, organisation: "example" };
    const found = planOperators(parsed.data, given).find(({ plan }) => plan.operator === "velero");
    assert.ok(found?.plan.chart !== undefined);
    this.plan = found.plan;
    const { sandbox } = this;
    await sandbox.apply(
      found.plan.namespaces.map(({ name, podSecurity }) => {
        assert.ok(podSecurity.level === "baseline");
        return namespaceOf(name, "operator", { level: podSecurity.level, backupTier: "none", holdsData: true });
      }),
    );
    for (const { namespace } of facts.apps) await this.suiteNamespace(namespace);
    const env = { HOME: sandbox.dir, PATH: "/usr/bin:/bin" };
    const crds = (
      await run(this.tools.path("velero"), ["install", "--crds-only", "--dry-run", "--output", "yaml"], { env })
    ).stdout;
    const listed = parseManifests(crds, "velero install").documents.map(({ object }) => object);
    await sandbox.apply([...listed, ...crdsOf(chart("snapshot-controller"))]);
    const secret = (name: string, stringData: Readonly<Record<string, string>>) => ({
      ...{ apiVersion: "v1", kind: "Secret" },
      ...{ metadata: { name, namespace: NAMESPACE }, stringData },
    });
    await sandbox.apply([
      secret(STORE_SECRET, secrets),
      secret("velero-repo-credentials", { "repository-password": PASSWORD }),
    ]);
    this.rendered = render(this.tools.path("helm"), found.plan.chart, sandbox.dir);
    await sandbox.apply(this.rendered.filter(({ kind }) => CHART_KINDS.includes(kind)));
    const deployment = this.rendered.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === "velero");
    assert.ok(isRecord(deployment) && isRecord(deployment["spec"]));
    // A restore of pods reads it to know Velero's image; the process is in its pod's place.
    await sandbox.apply([{ ...deployment, spec: { ...deployment["spec"], replicas: 0 } }]);
    await sandbox.apply(found.plan.before.filter(({ apiVersion }) => apiVersion.startsWith("rbac.")));
    await sandbox.apply(
      atWork(
        found.plan,
        facts.apps.map(({ namespace }) => namespace),
      ),
    );
    await sandbox.apply(found.plan.after.filter(({ kind }) => kind !== "CronJob"));
  }

  async suiteNamespace(name: string): Promise<void> {
    await this.sandbox.apply([
      namespaceOf(name, "suite", { level: "restricted", backupTier: "critical", holdsData: true }),
    ]);
  }

  /** Velero's server with the account that the platform gives it; `lost` is a location that is not there to be found. */
  async startVelero(lost?: string): Promise<void> {
    const plugins = join(this.sandbox.dir, "plugins");
    mkdirSync(plugins, { recursive: true });
    copyFileSync(this.tools.path("velero-plugin-for-aws"), join(plugins, "velero-plugin-for-aws"));
    const overrides = {
      kubeconfig: await this.sandbox.kubeconfigOf(NAMESPACE, "velero-server"),
      namespace: NAMESPACE,
      "plugin-dir": plugins,
      "metrics-address": `${HOST}:${String(await freePort())}`,
    };
    const isStandIn = chart("velero").origin === "stand-in";
    const args = isStandIn ? replaced(["server"], overrides) : argumentsOf(this.rendered, "velero", overrides);
    await this.sandbox.start("velero", this.tools.path("velero"), args);
    // Until it has looked at a location, Velero refuses every backup there.
    await eventually("Velero has found its locations", async () => {
      const locations = await this.client.list(
        { apiVersion: "velero.io/v1", kind: "BackupStorageLocation" },
        { namespace: NAMESPACE },
      );
      const isAvailable = locations
        .filter(({ metadata }) => metadata.name !== lost)
        .map((location) => at(location, "status", "phase") === "Available");
      return isAvailable.length > 0 && isAvailable.every(Boolean) ? true : undefined;
    });
  }

  async velero(kubeconfig: string, args: readonly string[]): Promise<string> {
    const env = { HOME: this.sandbox.dir, PATH: "/usr/bin:/bin", KUBECONFIG: kubeconfig };
    return (await run(this.tools.path("velero"), [...args], { env, timeout: 100_000 })).stdout;
  }

  async backUp(schedule: string, name: string): Promise<void> {
    await this.velero(this.sandbox.kubeconfig, ["backup", "create", name, "--from-schedule", schedule]);
    const phase = await this.phase("Backup", name);
    assert.equal(phase, "Completed", await this.why("backup", name));
  }

  phase(kind: "Backup" | "Restore", name: string): Promise<string> {
    return eventually(
      `${kind} ${name} is over`,
      async () => {
        const found = await this.client.find({ apiVersion: "velero.io/v1", kind, name, namespace: NAMESPACE });
        const phase = String(at(found, "status", "phase"));
        return ["Completed", "PartiallyFailed", "Failed", "FailedValidation"].includes(phase) ? phase : undefined;
      },
      100,
    );
  }

  async why(kind: "backup" | "restore", name: string): Promise<string> {
    writeFileSync(join(this.sandbox.dir, "ca.crt"), this.store.ca);
    try {
      const log = await this.velero(this.sandbox.kubeconfig, [
        kind,
        "logs",
        name,
        "--cacert",
        join(this.sandbox.dir, "ca.crt"),
      ]);
      return log
        .split("\n")
        .filter((line) => /level"?[=:]"?(error|warning)/.test(line))
        .join("\n");
    } catch (error) {
      return String(error);
    }
  }

  /** What Velero's accounts asked of the API server, from its audit log. */
  requests(): unknown[] {
    const log = readFileSync(clusterPaths(this.sandbox.dir).auditLog, "utf8");
    return log
      .split("\n")
      .filter((line) => line !== "")
      .map((line): unknown => JSON.parse(line))
      .filter((event) => String(at(event, "user", "username")).startsWith(`system:serviceaccount:${NAMESPACE}:`));
  }

  /** Of these, what it refused. */
  forbidden(): string[] {
    return this.requests()
      .filter((event) => at(event, "responseStatus", "code") === 403)
      .map(
        (event) =>
          `${String(at(event, "user", "username"))} ${String(at(event, "verb"))} ${String(at(event, "requestURI"))}`,
      );
  }
}
