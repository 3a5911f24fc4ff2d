import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { createAll, KubernetesObject, resourceName, type Manifest } from "../kubernetes-object";
import { managedLabels } from "../namespace/labels";
import { SecureNamespace, type SecureNamespaceArgs } from "../namespace/secure-namespace";
import type { OperatorPlan } from "./define";
import { producer, type SecretSource } from "./lib/secrets";
import { chartTransform } from "./transform";

export interface OperatorArgs {
  readonly plan: OperatorPlan;
  readonly namespaces: readonly SecureNamespaceArgs[];
  /** Folder of the chart; absent where the operator has none. */
  readonly chartPath?: string;
  /** Pods are simulated: webhooks are left out, visibly. */
  readonly simulatedNodes: boolean;
  /** CRDs of the stack and the operators that come first. */
  readonly after: readonly pulumi.Resource[];
}

/** One operator: its namespaces, then Secrets and what its pods wait for, then its chart, then objects of its kinds. */
export class OperatorComponent extends pulumi.ComponentResource {
  constructor(name: string, args: OperatorArgs, opts: pulumi.ComponentResourceOptions) {
    super("mijnbureau:platform:Operator", name, {}, opts);
    const { plan } = args;
    const child = { parent: this };
    const namespaces = args.namespaces.map(
      (namespace) => new SecureNamespace(`${name}:${namespace.namespace}`, namespace, child),
    );
    const prepared = { ...child, dependsOn: [...args.after, ...namespaces] };
    const secrets = plan.secrets.flatMap((source) => secret(name, source, prepared));
    const before = createAll(name, plan.before, prepared);
    const installed = { ...child, dependsOn: [...prepared.dependsOn, ...secrets, ...before] };
    const chart =
      plan.chart === undefined || args.chartPath === undefined
        ? []
        : [installChart(name, args, args.chartPath, installed)];
    createAll(name, plan.after, { ...child, dependsOn: [...installed.dependsOn, ...chart] });
    this.registerOutputs({});
  }
}

type ChildOptions = pulumi.CustomResourceOptions & { parent: pulumi.Resource; dependsOn: pulumi.Resource[] };

function installChart(name: string, args: OperatorArgs, path: string, opts: ChildOptions): pulumi.Resource {
  const { plan } = args;
  if (plan.chart === undefined) throw new Error(`operator ${name}: has a chart folder but plans no chart`);
  const { release, namespace, values } = plan.chart;
  return new k8s.helm.v4.Chart(
    `${name}:${release}`,
    { chart: path, name: release, namespace, values, skipCrds: true },
    { parent: opts.parent, dependsOn: opts.dependsOn, transforms: [chartTransform(plan, args.simulatedNodes)] },
  );
}

function secret(name: string, source: SecretSource, opts: ChildOptions): KubernetesObject[] {
  if (source.from === "random") return [randomSecret(name, source, opts)];
  const manifest = producer(source);
  return manifest === undefined ? [] : createAll(name, [manifest], opts);
}

/** Drawn once; the value exists only in the encrypted state and in the cluster. */
function randomSecret(
  name: string,
  source: Extract<SecretSource, { from: "random" }>,
  opts: ChildOptions,
): KubernetesObject {
  const protect = source.escrow !== undefined;
  const drawn = Object.entries(source.lengths).map(([key, length]): [string, pulumi.Output<string>] => {
    const password = new random.RandomPassword(
      `${name}:${source.name}/${key}`,
      { length, special: false },
      { parent: opts.parent, protect },
    );
    return [key, password.result];
  });
  const manifest: Manifest = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: source.name, namespace: source.namespace, labels: managedLabels },
    type: "Opaque",
    stringData: { ...source.literals, ...Object.fromEntries(drawn) },
  };
  return new KubernetesObject(resourceName(name, manifest), manifest, { ...opts, retainOnDelete: protect });
}
