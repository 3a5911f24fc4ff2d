import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { createAll, deletion, kindOfToken, overruling, resourceName, type Manifest } from "../../kubernetes-object";
import type { KeptSecrets } from "../../installation";
import { managedLabels } from "../../namespace/labels";
import { SecureNamespace, type SecureNamespaceArgs } from "../../namespace/secure-namespace";
import type { OperatorChart, OperatorPlan } from "./define";
import { undecidedRights } from "./accounts";
import { chartObject } from "./chart-object";
import { controllerFields, targetOf } from "./normalise";
import { isWorkload, overlayProblems, type Overlay } from "./overlay";
import { rulesIn } from "./rights";
import type { SecretSource } from "./secrets";
import { typedOf, waitsForWebhooks, type WebhookProbe } from "./webhooks";

export interface OperatorArgs {
  readonly plan: OperatorPlan;
  readonly namespaces: readonly SecureNamespaceArgs[];
  /** Folder of the chart; absent where the operator has none. */
  readonly chartPath?: string;
  /** Pods are simulated: the charts' webhook configurations stay empty. */
  readonly simulatedNodes: boolean;
  readonly after: readonly pulumi.Input<pulumi.Resource>[];
  /** Resolves once these webhooks answer; in a preview, at once. */
  readonly webhooksAnswer: WebhooksAnswer;
  /** Values of Secrets that exist already, in a run that takes them over. */
  readonly keptSecrets: KeptSecrets;
}

export type WebhooksAnswer = (probes: readonly WebhookProbe[]) => Promise<void>;

/** What a chart waits for, and what its own objects of judged kinds wait for. */
interface Waiting {
  readonly ready: readonly pulumi.Input<pulumi.Resource>[];
  readonly answers: () => Promise<void>;
}

type RandomSecret = Extract<SecretSource, { from: "random" }>;

/** One operator: its namespaces, what its pods wait for, its chart, and then objects of its own kinds. */
export class OperatorComponent extends pulumi.ComponentResource {
  /** Values without which data is lost, by `<namespace>/<secret>/<key>`; secret. */
  readonly escrow: pulumi.Output<Record<string, string>>;
  /** What objects of kinds that its webhooks judge depend on, besides the component itself. */
  readonly answered: readonly pulumi.Input<pulumi.Resource>[];

  constructor(name: string, args: OperatorArgs, opts: pulumi.ComponentResourceOptions) {
    super("mijnbureau:platform:Operator", name, {}, opts);
    const { plan } = args;
    const first = { parent: this, dependsOn: [...args.after] };
    const namespaces = args.namespaces.map((each) => new SecureNamespace(each.namespace, each, first));
    const inside = { parent: this, dependsOn: [...args.after, ...namespaces] };

    const controllers = ({ kind, metadata }: Manifest): string[] =>
      controllerFields({ kind, name: metadata.name }, plan.controllerOwned);
    const generated = plan.secrets.filter((source): source is RandomSecret => source.from === "random");
    const secrets = generated.map((source) => this.randomSecret(source, args.keptSecrets, { ...inside, name }));
    const before = createAll(name, plan.before, inside, controllers);
    const ready = [...inside.dependsOn, ...before, ...secrets.map(({ secret }) => secret)];
    const answers = oncePerRun(() => answer(args));
    const chart = plan.chart === undefined ? [] : [this.install(plan.chart, args, { ready, answers })];
    // The release, once everything of it is there and its webhooks answer.
    this.answered = chart.map((release) => release.urn.apply(async () => answers().then(() => release)));
    createAll(name, plan.after, { parent: this, dependsOn: [...ready, ...chart, ...this.answered] }, controllers);

    this.escrow = pulumi.secret(
      pulumi
        .all(secrets.filter(({ escrow }) => escrow).map(({ held }) => held))
        .apply((all) => Object.fromEntries(all.flat())),
    );
    this.registerOutputs({ escrow: this.escrow });
  }

  private install(chart: OperatorChart, args: OperatorArgs, { ready, answers }: Waiting): k8s.helm.v4.Chart {
    if (args.chartPath === undefined) {
      throw new Error(
        `operator ${args.plan.operator}: no folder for chart ${chart.entry}; resolve its lock entry first`,
      );
    }
    const { overlay } = args.plan;
    const workloads: Record<string, unknown>[] = [];
    const release = new k8s.helm.v4.Chart(
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
          async ({ type, props, opts }) => {
            // Each is an error of the run, so that a preview names all of them before anything changes.
            for (const message of this.undecided(args.plan, type, props)) void pulumi.log.error(message, this);
            if (waitsForWebhooks(typedOf(type), args.plan.webhooks)) await answers();
            const changed = chartObject({ type, props }, args.plan, args.simulatedNodes);
            const kind = kindOfToken(type);
            if (isWorkload({ kind })) workloads.push({ ...props, kind });
            const timeouts = deletion(kind);
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
    this.reportUnknown(args.plan, overlay, { release, workloads });
    return release;
  }

  /** Once the whole chart is registered: what the overlay names and neither the chart nor the operator has. */
  private reportUnknown(
    plan: OperatorPlan,
    overlay: Overlay,
    { release, workloads }: { release: k8s.helm.v4.Chart; workloads: readonly Record<string, unknown>[] },
  ): void {
    if (Object.keys(overlay.workloads).length === 0) return;
    release.resources.apply(() => {
      for (const problem of overlayProblems(plan.operator, overlay, [...workloads, ...plan.before, ...plan.after])) {
        void pulumi.log.error(problem, this);
      }
    });
  }

  private undecided({ operator, cuts }: OperatorPlan, type: string, props: Record<string, unknown>): string[] {
    const rules = rulesIn(props);
    return rules === undefined ? [] : undecidedRights(operator, cuts, { ...targetOf({ type, props }), rules });
  }

  /** A Secret that Pulumi draws once and keeps, encrypted, in the state. */
  private randomSecret(
    source: RandomSecret,
    keptSecrets: KeptSecrets,
    { name, ...opts }: { name: string; dependsOn: pulumi.Input<pulumi.Resource>[] },
  ) {
    const place = `${source.namespace}/${source.name}`;
    const keep = { ...opts, parent: this, additionalSecretOutputs: ["result"] };
    const passwords = Object.entries(source.lengths).map(([key, length]) => {
      const password = new random.RandomPassword(`${name}:${place}/${key}`, { length, special: false }, keep);
      return [key, keptSecrets.get(place)?.[key] ?? password.result] as const;
    });
    const metadata = { name: source.name, namespace: source.namespace, labels: managedLabels };
    const stringData = pulumi.secret({ ...source.literals, ...Object.fromEntries(passwords) });
    const secret = new k8s.core.v1.Secret(
      resourceName(name, { apiVersion: "v1", kind: "Secret", metadata }),
      overruling({ metadata, type: "Opaque", stringData }),
      {
        ...opts,
        ...deletion("Secret"),
        parent: this,
        additionalSecretOutputs: ["data", "stringData"],
        // What it holds is in use: a value that was kept stays, though the state has drawn another.
        ignoreChanges: ["data", "stringData"],
        // With the key gone, what was encrypted with it is gone: it stays when the stack goes.
        retainOnDelete: source.escrow !== undefined,
      },
    );
    const held = pulumi
      .all([pulumi.output<Record<string, string> | undefined>(secret.data), stringData])
      .apply(([data = {}, given]) =>
        Object.keys(source.lengths).map((key): [string, string] => {
          const value = data[key];
          return [`${place}/${key}`, value === undefined ? (given[key] ?? "") : decoded(value)];
        }),
      );
    return { secret, held, escrow: source.escrow !== undefined };
  }
}

const decoded = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");

/** Not where pods are simulated: there the configurations are empty, and nobody is asked. */
async function answer({ plan, simulatedNodes, webhooksAnswer }: OperatorArgs): Promise<void> {
  if (!simulatedNodes && plan.webhooks.length > 0) await webhooksAnswer(plan.webhooks);
}

/** The same answer for all that wait for it. */
function oncePerRun(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}
