import type { LoadedConfig } from "../../../config/load";
import { kyvernoUp } from "../../../embedded/cluster/kyverno";
import type { OperatorPlan } from "../../../components/operators/frame/define";
import { isKubeObject, type KubeClient, type KubeObject } from "../../../lib/kube/client";
import { applyAll, AttackedPlatform, renderedOf } from "../../attacks/platform";

/** What a chart makes that cannot be answered, or that is there already. */
const LEFT_OUT = /WebhookConfiguration$|^APIService$|^CustomResourceDefinition$|^(Cluster)?Role(Binding)?$/;

/** Operators whose pods run, as stand-ins: those that the suite's flows name, and those that watch and save its pods. */
const RUN: ReadonlySet<string> = new Set([
  ...["kyverno", "prometheus", "velero", "cert-manager", "metrics-server"],
  "external-secrets",
]);

export interface Place {
  readonly dir: string;
  readonly kubeconfig: string;
  readonly helm: string;
  readonly config: LoadedConfig;
  /** What operators find when their pods start, in place of what stands in for it. */
  readonly given: readonly KubeObject[];
}

/**
 * What the plan of the stack comes down to, on a cluster that runs: namespaces, policies, rules and guards, the
 * operators of the real charts where they are cached, and Kyverno's admission controller with its policies. The objects
 * are the engine's; without it they are there in seconds.
 */
export async function installPlatform(place: Place): Promise<AttackedPlatform> {
  const platform = await AttackedPlatform.on(place, place.config);
  const { owner, plan } = platform;
  await applyAll(owner, [...plan.operators.flatMap((step) => drawn(step.plan)), ...place.given]);
  for (const { plan: operator } of plan.operators) {
    if (RUN.has(operator.operator)) await applyPatiently(owner, workloadsOf(renderedOf(place.helm, operator)));
  }
  await kyvernoUp({ dir: place.dir, binary: () => Promise.reject(new Error("Kyverno runs in its pods")) });
  await applyAll(owner, plan.admission);
  return platform;
}

/** Secrets that Pulumi draws. */
const drawn = ({ secrets }: OperatorPlan): KubeObject[] =>
  secrets.flatMap((source) => {
    if (source.from !== "random") return [];
    const { name, namespace, lengths, literals } = source;
    const values = Object.fromEntries(Object.entries(lengths).map(([key, length]) => [key, "x".repeat(length)]));
    return [
      { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData: { ...values, ...literals } },
    ];
  });

/** A quota counts one object after the other, and the API server waits ten seconds for it (resourcequota, evaluator). */
async function applyPatiently(owner: KubeClient, objects: readonly KubeObject[]): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await applyAll(owner, objects);
      return;
    } catch (error) {
      if (tries === 4 || !/timed out|did not complete/.test(String(error))) throw error;
    }
  }
}

/** Without digests: an image of upstream's cannot be had by its digest, nor made to have it. */
function workloadsOf(objects: readonly KubeObject[]): readonly KubeObject[] {
  const kept = objects.filter(({ kind }) => !LEFT_OUT.test(kind));
  const text = JSON.stringify(kept).replaceAll(/@sha256:[0-9a-f]{64}/g, "");
  const stripped: unknown = JSON.parse(text);
  return Array.isArray(stripped) ? stripped.filter(isKubeObject) : [];
}
