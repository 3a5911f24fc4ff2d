import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { z } from "zod";
import { ConfigError } from "../config/errors";
import { label } from "../lib/labels";
import type { LoadedConfig } from "../config/load";
import type { ClusterFacts } from "./cluster/facts";
import { ADOPTED, RECORD, takeoverOf } from "./cluster/installation";
import type { Send } from "./cluster/webhooks";
import { secretsOf } from "./expectations";
import { KubernetesObject, type Manifest } from "./kubernetes-object";
import { managedLabels } from "./namespace/labels";
import { organisationOf } from "./operators/frame/facts";
import type { SecretSource } from "./operators/frame/secrets";

/** What the rest of the stack is given by the installation that it belongs to. */
export interface Installation {
  /** Of everything on the cluster: the record is made before it, and goes after it. */
  readonly provider: k8s.Provider;
  readonly keptSecrets: KeptSecrets;
  readonly warnings: readonly string[];
  /** Says that what was left behind has been taken over; made after the whole stack. */
  readonly finish: (stack: pulumi.Resource) => void;
}

/**
 * Finds out whether the cluster holds what another installation left, and records this one.
 *
 * @throws {ConfigError} with `errors` and whatever stands in the way.
 */
export async function establish(
  config: LoadedConfig,
  facts: ClusterFacts,
  { send, errors }: { send: Send; errors: readonly string[] },
): Promise<Installation> {
  const { adopt, cluster } = config;
  const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
  // Drawn once and kept in the state: a run without that state cannot know it.
  const { hex } = new random.RandomId("installation", { byteLength: 8 });
  const organisation = organisationOf(config);
  const intent = { stack, organisation, id: await known(hex), adopt, disposable: cluster.simulatedNodes };
  const takeover = takeoverOf(intent, facts);
  if (errors.length + takeover.errors.length > 0) throw new ConfigError([...errors, ...takeover.errors]);

  const data = { stack, organisation, id: hex, ...(adopt === undefined ? {} : { adopting: adopt }) };
  const first = new k8s.Provider("record", connection(config));
  const record = new KubernetesObject("installation", configMap(RECORD, data), { provider: first });
  const provider = new k8s.Provider(
    "cluster",
    {
      ...connection(config),
      // Newer providers refuse to create what exists, but in the run that is to take it over.
      ...(takeover.adopting ? { upsertExistingObjects: true } : {}),
    },
    { dependsOn: [record] },
  );
  return {
    provider,
    keptSecrets: takeover.adopting ? await keptSecrets(secretsOf(config, facts), send) : new Map(),
    warnings: takeover.warnings,
    finish: (whole) => {
      if (adopt === undefined) return;
      new KubernetesObject("adopted", configMap(ADOPTED, { adopted: adopt }), { provider, dependsOn: [whole] });
    },
  };
}

/** Undefined in the preview of a first run. */
async function known(output: pulumi.Output<string>): Promise<string | undefined> {
  const { value } = await pulumi.runtime.serializeProperties("installation", { value: output });
  return typeof value === "string" && value !== pulumi.runtime.unknownValue ? value : undefined;
}

function connection({ cluster, environment, region }: LoadedConfig): k8s.ProviderArgs {
  return {
    ...(cluster.kubeconfig === undefined ? {} : { kubeconfig: cluster.kubeconfig }),
    ...(cluster.context === undefined ? {} : { context: cluster.context }),
    // Without it, a renewed kubeconfig could be taken for another cluster and everything replaced.
    clusterIdentifier: `${environment}-${region}`,
    enableServerSideApply: true,
    suppressHelmHookWarnings: true,
  };
}

function configMap(place: { namespace: string; name: string }, data: Record<string, pulumi.Input<string>>): Manifest {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { ...place, labels: managedLabels }, data };
}

const secretSchema = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).optional() }),
  data: z.record(z.string(), z.string()).default({}),
});

/** Values of Secrets that exist, by `<namespace>/<name>`. */
export type KeptSecrets = ReadonlyMap<string, Readonly<Record<string, string>>>;

/**
 * What the Secrets that the stack would draw anew hold already: a drawn value in its place would close what was encrypted
 * with it.
 *
 * @throws {ConfigError} where one is not the platform's, or cannot be read.
 */
export async function keptSecrets(sources: readonly SecretSource[], send: Send): Promise<KeptSecrets> {
  const kept = new Map<string, Readonly<Record<string, string>>>();
  const problems: string[] = [];
  for (const { namespace, name } of sources.filter(({ from }) => from === "random")) {
    const { status, body } = await send("GET", `/api/v1/namespaces/${namespace}/secrets/${name}`);
    if (status === 404) continue;
    const what = `Secret ${namespace}/${name}`;
    if (status !== 200) {
      problems.push(
        `${what}: cannot be read (status ${status}), and must not be overwritten. Check cluster.kubeconfig`,
      );
      continue;
    }
    const { metadata, data } = secretSchema.parse(JSON.parse(body));
    if (metadata.labels?.[label.managed] !== "true") {
      problems.push(`${what}: exists and is not the platform's. Keep a copy of its values, and remove it`);
    }
    const decoded = Object.entries(data).map(([key, value]): [string, string] => [
      key,
      Buffer.from(value, "base64").toString("utf8"),
    ]);
    kept.set(`${namespace}/${name}`, Object.fromEntries(decoded));
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return kept;
}
