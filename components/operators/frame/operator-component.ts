import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  createAll,
  deletion,
  kindOfToken,
  KubernetesObject,
  overruling,
  resourceName,
  type Manifest,
} from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { SecureNamespace, type SecureNamespaceArgs } from "../../namespace/secure-namespace";
import type { OperatorChart, OperatorPlan } from "./define";
import { undecidedRights } from "./accounts";
import { controllerFields, normalise, targetOf } from "./normalise";
import { rulesIn } from "./rights";
import type { SecretSource } from "./secrets";

export interface OperatorArgs {
  readonly plan: OperatorPlan;
  readonly namespaces: readonly SecureNamespaceArgs[];
  /** Folder of the chart; absent where the operator has none. */
  readonly chartPath?: string;
  /** Pods are simulated: the charts' webhook configurations stay empty. */
  readonly simulatedNodes: boolean;
  readonly after: readonly pulumi.Resource[];
}

type RandomSecret = Extract<SecretSource, { from: "random" }>;

/** One operator: its namespaces, what its pods wait for, its chart, and then objects of its own kinds. */
export class OperatorComponent extends pulumi.ComponentResource {
  /** Values without which data is lost, by `<namespace>/<secret>/<key>`; secret. */
  readonly escrow: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: OperatorArgs, opts: pulumi.ComponentResourceOptions) {
    super("mijnbureau:platform:Operator", name, {}, opts);
    const { plan } = args;
    const first = { parent: this, dependsOn: [...args.after] };
    const namespaces = args.namespaces.map((each) => new SecureNamespace(each.namespace, each, first));
    const inside = { parent: this, dependsOn: [...args.after, ...namespaces] };

    const controllers = ({ kind, metadata }: Manifest): string[] =>
      controllerFields({ kind, name: metadata.name }, plan.controllerOwned);
    const generated = plan.secrets.filter((source): source is RandomSecret => source.from === "random");
    const secrets = generated.map((source) => this.randomSecret(name, source, inside));
    const before = createAll(name, plan.before, inside, controllers);
    const ready = [...inside.dependsOn, ...before, ...secrets.map(({ secret }) => secret)];
    const chart = plan.chart === undefined ? [] : [this.install(plan.chart, args, ready)];
    createAll(name, plan.after, { parent: this, dependsOn: [...ready, ...chart] }, controllers);

    this.escrow = pulumi.secret(
      pulumi
        .all(secrets.filter(({ escrow }) => escrow).map(({ values }) => pulumi.all(values)))
        .apply((all) => Object.fromEntries(all.flatMap((values) => Object.entries(values)))),
    );
    this.registerOutputs({ escrow: this.escrow });
  }

  private install(chart: OperatorChart, args: OperatorArgs, ready: readonly pulumi.Resource[]): k8s.helm.v4.Chart {
    if (args.chartPath === undefined) {
      throw new Error(
        `operator ${args.plan.operator}: no folder for chart ${chart.entry}; resolve its lock entry first`,
      );
    }
    const { controllerOwned, patches } = args.plan;
    return new k8s.helm.v4.Chart(
      chart.release,
      {
        chart: args.chartPath,
        name: chart.release,
        namespace: chart.namespace,
        values: chart.values,
        skipCrds: true,
      },
      {
        parent: this,
        dependsOn: [...ready],
        transforms: [
          ({ type, props, opts }) => {
            // Each is an error of the run, so that a preview names all of them before anything changes.
            for (const message of this.undecided(args.plan, type, props)) void pulumi.log.error(message, this);
            const changed = normalise(
              { type, props },
              { controllerOwned, patches, simulatedNodes: args.simulatedNodes },
            );
            const timeouts = deletion(kindOfToken(type));
            // Pulumi keeps what a chart annotates with `helm.sh/resource-policy: keep`: kata-deploy's rights would outlive it.
            const retainOnDelete = changed?.retainOnDelete ?? false;
            const options = { retainOnDelete, ...timeouts };
            if (changed === undefined) return { props: overruling(props), opts: pulumi.mergeOptions(opts, options) };
            if (changed.leftOut !== undefined) {
              void pulumi.log.info(`${changed.leftOut}: its webhooks are left out, simulated pods cannot answer`, this);
            }
            const ignoreChanges = [...(opts.ignoreChanges ?? []), ...changed.ignoreChanges];
            const merged = pulumi.mergeOptions(opts, { ignoreChanges, ...options });
            return { props: overruling(changed.props), opts: merged };
          },
        ],
      },
    );
  }

  private undecided({ operator, cuts }: OperatorPlan, type: string, props: Record<string, unknown>): string[] {
    const rules = rulesIn(props);
    return rules === undefined ? [] : undecidedRights(operator, cuts, { ...targetOf({ type, props }), rules });
  }

  /** A Secret that Pulumi draws once and keeps, encrypted, in the state. */
  private randomSecret(name: string, source: RandomSecret, opts: pulumi.CustomResourceOptions) {
    const place = `${source.namespace}/${source.name}`;
    const keep = { ...opts, parent: this, additionalSecretOutputs: ["result"] };
    const passwords = Object.entries(source.lengths).map(([key, length]) => {
      const password = new random.RandomPassword(`${name}:${place}/${key}`, { length, special: false }, keep);
      return [key, pulumi.secret(password.result)] as const;
    });
    const manifest: Manifest = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: source.name, namespace: source.namespace, labels: managedLabels },
      type: "Opaque",
      stringData: { ...source.literals, ...Object.fromEntries(passwords) },
    };
    const secret = new KubernetesObject(resourceName(name, manifest), manifest, {
      ...opts,
      parent: this,
      // With the key gone, what was encrypted with it is gone: it stays when the stack goes.
      retainOnDelete: source.escrow !== undefined,
    });
    const values = Object.fromEntries(passwords.map(([key, value]) => [`${place}/${key}`, value]));
    return { secret, values, escrow: source.escrow !== undefined };
  }
}
