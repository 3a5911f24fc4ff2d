import { ApiError, isKubeObject, type KubeClient, type KubeObject } from "../../lib/kube/client";
import { sleep } from "../../embedded/cluster/files";
import type { Manifest } from "../../components/kubernetes-object";
import { ruleManifests } from "../../components/admission";
import { effectivePolicies } from "../../components/policies";
import { podSecurityLabel } from "../../lib/labels";
import { refOf, type Guard, type Position, type Right } from "./attack";
import { applyAll, type AttackedPlatform } from "./platform";
import { TODAY } from "../policypack/harness";

const ADMISSION = "admissionregistration.k8s.io/v1";

export interface Removed {
  readonly guards: readonly Guard[];
  /** To whom rights are given. */
  readonly position: Position;
}

/** Takes guards of a platform away and puts them back. */
export class Removal {
  /** What differs from the platform as it was planned: how to put it right again, by what it is. */
  private readonly away = new Map<string, () => Promise<void>>();
  private rules: ReadonlySet<string> = new Set();

  constructor(private readonly platform: AttackedPlatform) {}

  /** Afterwards exactly these guards are gone. */
  async without({ guards, position }: Removed): Promise<void> {
    const wanted = new Map(guards.filter(({ by }) => by !== "rule").map((guard) => [JSON.stringify(guard), guard]));
    for (const [key, putBack] of this.away) {
      if (wanted.has(key)) continue;
      await putBack();
      this.away.delete(key);
    }
    for (const [key, guard] of wanted) {
      if (!this.away.has(key)) this.away.set(key, await this.take(guard, position));
    }
    await this.withoutRules(new Set(guards.flatMap((guard) => (guard.by === "rule" ? [guard.id] : []))));
  }

  private async take(guard: Guard, position: Position): Promise<() => Promise<void>> {
    const { owner } = this.platform;
    switch (guard.by) {
      case "policy":
        return this.unbind("ValidatingAdmissionPolicyBinding", guard.name);
      case "mutation":
        return this.unbind("MutatingAdmissionPolicyBinding", guard.name);
      case "rbac":
        return give(owner, guard.right, position);
      case "pod-security": {
        const ref = { apiVersion: "v1", kind: "Namespace", name: guard.namespace };
        const { metadata } = await owner.get(ref);
        const level = metadata.labels?.[podSecurityLabel.enforce];
        const label = (value: unknown) =>
          owner.patch(ref, { metadata: { labels: { [podSecurityLabel.enforce]: value } } });
        // The platform's rules hold the label.
        const putBack = await this.unbindWhere(({ metadata }) =>
          metadata.name.startsWith("mijnbureau-platform-namespace"),
        );
        await retried(() => label("privileged"));
        await putBack();
        return async () => void (await label(level));
      }
      case "quota": {
        const ref = { apiVersion: "v1", kind: "ResourceQuota", name: guard.name, namespace: guard.namespace };
        const { metadata, spec } = await owner.get(ref);
        await owner.delete(ref);
        const { name, namespace, labels = {} } = metadata;
        const metadataAgain = {
          ...(name === undefined ? {} : { name }),
          namespace: namespace ?? guard.namespace,
          labels,
        };
        return () => applyAll(owner, [{ apiVersion: "v1", kind: "ResourceQuota", metadata: metadataAgain, spec }]);
      }
      case "rule":
        throw new Error("rules are taken away together");
    }
  }

  /** A policy without binding judges nothing. */
  private async unbind(kind: string, name: string): Promise<() => Promise<void>> {
    return this.unbindWhere((object) => object.kind === kind && policyOf(object) === name);
  }

  private async unbindWhere(chosen: (object: Manifest) => boolean): Promise<() => Promise<void>> {
    const { owner, plan } = this.platform;
    const planned = [...plan.guards, ...plan.rules, ...plan.admission].filter(
      (object) => object.kind.endsWith("PolicyBinding") && chosen(object),
    );
    if (planned.length === 0) throw new Error("the plan has no such binding");
    for (const object of planned.filter(isKubeObject)) await owner.delete(refOf(object));
    return () => applyAll(owner, planned);
  }

  /** Rules share policies: those with one of them are written anew without it. */
  private async withoutRules(ids: ReadonlySet<string>): Promise<void> {
    if (sameSet(ids, this.rules)) return;
    const { owner } = this.platform;
    const before = new Map(this.manifests(this.rules).map((object) => [keyOf(object), object]));
    const after = this.manifests(ids);
    const kept = new Set(after.map(keyOf));
    await applyAll(
      owner,
      after.filter((object) => JSON.stringify(before.get(keyOf(object))) !== JSON.stringify(object)),
    );
    for (const [key, { kind, metadata }] of before) {
      if (!kept.has(key)) await owner.delete({ apiVersion: ADMISSION, kind, name: metadata.name });
    }
    this.rules = ids;
  }

  private manifests(without: ReadonlySet<string>) {
    const { config, plan } = this.platform;
    const policies = effectivePolicies(
      config,
      plan.operators.map((step) => step.plan),
    );
    const off = Object.fromEntries([...without].map((id) => [id, { ...policies.rules[id], level: "off" as const }]));
    return ruleManifests({ ...policies, rules: { ...policies.rules, ...off } }, TODAY);
  }
}

/** Until what was taken away is no longer in force. */
async function retried(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || tries >= 60) throw error;
      await sleep(250);
    }
  }
}

function policyOf(object: Readonly<Record<string, unknown>>): unknown {
  const { spec } = object;
  return typeof spec === "object" && spec !== null && "policyName" in spec ? spec.policyName : undefined;
}

const keyOf = ({ kind, metadata }: { readonly kind: string; readonly metadata: { readonly name: string } }): string =>
  `${kind}/${metadata.name}`;

const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((each) => b.has(each));

/** Gives a right for a while. */
async function give(
  owner: KubeClient,
  { apiGroup, resource, verbs, namespace }: Right,
  position: Position,
): Promise<() => Promise<void>> {
  const cluster = namespace === undefined ? "Cluster" : "";
  const name = `attack-${[apiGroup, resource, ...verbs].join("-").replaceAll(/[^a-z-]/g, "-")}`;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const objects: KubeObject[] = [
    {
      apiVersion,
      kind: `${cluster}Role`,
      metadata,
      rules: [{ apiGroups: [apiGroup], resources: [resource], verbs }],
    },
    {
      apiVersion,
      kind: `${cluster}RoleBinding`,
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: `${cluster}Role`, name },
      subjects: [{ kind: "ServiceAccount", name: position.account, namespace: position.namespace }],
    },
  ];
  await applyAll(owner, objects);
  return async () => {
    for (const object of objects) await owner.delete(refOf(object));
  };
}
