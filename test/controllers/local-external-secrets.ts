import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { crdFiles, crdsOf } from "../../components/crds/crds";
import type { OperatorPlan } from "../../components/operators/frame/define";
import { NAMESPACE } from "../../components/operators/external-secrets/stores";
import { freePort } from "../../embedded/cluster/ports";
import { STAND_IN_LABEL } from "../../embedded/crds/stand-ins";
import { TOOLS } from "../../embedded/toolchain";
import { findGo } from "../../embedded/toolchain/go";
import { isRecord, type KubeObject } from "../../lib/kube/client";
import { cut } from "./rights";
import { argumentsOf, chart, HOST, render, type Sandbox } from "./support";

/** What the controller needs of the chart; its monitors and workloads concern others. */
const CHART_KINDS = ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];

/** The source of the version that runs holds its CRDs; Go keeps it where the executable was built. */
async function definitionsInSource(): Promise<string | undefined> {
  const { package: module, version } = TOOLS["external-secrets"];
  const folder = join((await findGo(process.env))?.moduleCache ?? "", `${module}@v${version}`, "config", "crds");
  return existsSync(folder) ? folder : undefined;
}

export type Entries = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A dot in a property is a step of gjson's path: `.dockerconfigjson` is read as `dockerconfigjson` below an empty key. */
const nested = (properties: Readonly<Record<string, string>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(properties).map(([property, value]) => {
      const [first = "", ...rest] = property.split(".");
      return [first, rest.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value)];
    }),
  );

/**
 * The same store with External Secrets' own `fake` provider: OpenBao is not there. Its entries are JSON, because the
 * provider reads a property with gjson; everything else of the store is as the platform makes it.
 */
export function standInStore(store: KubeObject, entries: Entries): KubeObject {
  const data = Object.entries(entries).map(([key, properties]) => ({ key, value: JSON.stringify(nested(properties)) }));
  const spec = isRecord(store["spec"]) ? store["spec"] : {};
  return {
    ...store,
    metadata: { ...store.metadata, labels: { ...store.metadata.labels, [STAND_IN_LABEL]: "true" } },
    spec: { ...spec, provider: { fake: { data } } },
  };
}

/** Definitions of its kinds and the rights that the stack leaves of the chart's; returns what the chart renders. */
export async function installExternalSecrets(
  sandbox: Sandbox,
  plan: OperatorPlan,
  helm: string,
): Promise<KubeObject[]> {
  const source = await definitionsInSource();
  await sandbox.apply(source === undefined ? crdsOf(chart("external-secrets")) : crdFiles(source, ["bases"]));
  assert.ok(plan.chart !== undefined);
  const rendered = render(helm, plan.chart, sandbox.dir);
  await sandbox.apply(cut(rendered, plan).filter(({ kind }) => CHART_KINDS.includes(kind)));
  return rendered;
}

/** Its controller as a local process, with a token of its own account; returns where its metrics are. */
export async function startExternalSecrets(
  sandbox: Sandbox,
  binary: string,
  rendered: readonly KubeObject[],
): Promise<string> {
  const metrics = `${HOST}:${String(await freePort())}`;
  const args = argumentsOf(rendered, "external-secrets", {
    "metrics-addr": metrics,
    "live-addr": `${HOST}:${String(await freePort())}`,
    // Its Lease would be in the namespace of its pod, and it finds none outside a cluster.
    "enable-leader-election": "false",
    "store-requeue-interval": "2s",
  });
  const env = { KUBECONFIG: await sandbox.kubeconfigOf(NAMESPACE, "external-secrets") };
  // The provider `fake` of v0.20.4 writes a map from two reconcilers at once, which Go ends (pkg/provider/fake/fake.go:94).
  await sandbox.keep("external-secrets", binary, args, env);
  return `http://${metrics}/metrics`;
}
