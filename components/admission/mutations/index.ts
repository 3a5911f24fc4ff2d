import type { Manifest } from "../../kubernetes-object";
import { singleFlows, type Flow } from "../../../suite/flow";
import type { AppKey } from "../../../suite/apps";
import type { RouteLimits } from "../../operators/frame/routes";
import type { MutationEngine } from "../../../config/admission";
import { defaultAccountMutation } from "./accounts";
import { kyvernoMutation, nativeMutation } from "./compile";
import type { PodFacts } from "./data";
import { edgeMutations } from "./edge";
import { gatewayListenerMutation, type SharedGateway } from "./gateway";
import { redirectMutations } from "./monitors";
import type { Mutation } from "./mutation";
import { networkPolicyMutation, type KeptNetworkPolicy } from "./network-policies";
import {
  pullPolicyMutation,
  runtimeClassMutation,
  securityContextMutations,
  tokenMutation,
  type TokenHolder,
} from "./pods";

export { defaultEngine, hasNative } from "./compile";

/** A namespace of the suite as the mutations see it. */
export interface SuiteApp {
  readonly app: AppKey;
  readonly namespace: string;
  readonly runtimeClass?: string | undefined;
}

export interface MutationInput {
  readonly apps: readonly SuiteApp[];
  /** The table of flows: pods that may call the API server keep their token. */
  readonly flows: readonly Flow[];
  readonly facts: PodFacts;
  /** Limits of public routes; absent: none. */
  readonly edge?: RouteLimits | undefined;
  /** Where the suite is routed by a Gateway. */
  readonly gateway?: SharedGateway | undefined;
  readonly keptNetworkPolicies?: readonly KeptNetworkPolicy[];
  /** What operators have changed for them; absent: nothing. */
  readonly ofOperators?: readonly Mutation[];
}

/** What is changed at admission, whoever does it: in the namespaces of the suite, and of what an operator cannot be told. */
export function mutationsOf(input: MutationInput): readonly Mutation[] {
  const classes = input.apps.flatMap(({ namespace, runtimeClass }): [string, string][] =>
    runtimeClass === undefined ? [] : [[namespace, runtimeClass]],
  );
  return [
    ...securityContextMutations(input.facts),
    pullPolicyMutation(),
    ...runtimeClassMutation(new Map(classes)),
    tokenMutation(tokenHolders(input)),
    defaultAccountMutation,
    networkPolicyMutation(input.keptNetworkPolicies ?? []),
    ...edgeMutations(input.edge),
    ...gatewayListenerMutation(input.gateway),
    ...redirectMutations(),
    ...(input.ofOperators ?? []),
  ];
}

/** Pods of the suite that call the API server, by the table of flows. */
export function tokenHolders({ apps, flows }: Pick<MutationInput, "apps" | "flows">): readonly TokenHolder[] {
  const namespaces = new Map(apps.map(({ app, namespace }) => [app, namespace]));
  return singleFlows(flows).flatMap(({ from, to }) => {
    if (to.kind !== "kubeApi" || from.kind !== "app") return [];
    const namespace = namespaces.get(from.app);
    return namespace === undefined ? [] : [{ namespace, pods: from.pods }];
  });
}

/** Policies that make MijnBureau's manifests run as they are under the platform's guardrails. */
export function suiteMutations(input: MutationInput, engine: MutationEngine): readonly Manifest[] {
  return mutationsOf(input).flatMap(engine === "native" ? nativeMutation : kyvernoMutation);
}
