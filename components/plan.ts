import type { LoadedConfig } from "../config/load";
import { mutationManifests, ruleManifests } from "./admission";
import { guardManifests } from "./admission/guards";
import type { ClusterFacts } from "./cluster/facts";
import type { Manifest } from "./kubernetes-object";
import type { NamespaceIdentity } from "./namespace/labels";
import { operatorLimits } from "./namespace/limits";
import { pullSecret } from "./namespace/pull-secret";
import type { SecureNamespaceArgs } from "./namespace/secure-namespace";
import { suiteNamespaces, type SuiteNamespace } from "./namespace/suite";
import { flows } from "./network/flows";
import { networkObjects, type NetworkObjects } from "./network/render";
import type { OperatorNamespace, OperatorPlan } from "./operators/define";
import { operatorFacts } from "./operator-facts";
import { planOperators } from "./operators/stack";
import { effectivePolicies } from "./policies";
import { priorityClassManifests } from "./priority-classes";

/** An operator with the namespaces that it owns, ready to be registered. */
export interface OperatorStep {
  readonly plan: OperatorPlan;
  readonly after: readonly string[];
  readonly namespaces: readonly SecureNamespaceArgs[];
}

/** The whole stack as data: what the Platform component registers, in its order. */
export interface PlatformPlan {
  readonly priorityClasses: readonly Manifest[];
  readonly guards: readonly Manifest[];
  /** Lock entries whose CRDs come first. */
  readonly crds: readonly string[];
  readonly suite: readonly (SecureNamespaceArgs & Pick<SuiteNamespace, "app">)[];
  readonly operators: readonly OperatorStep[];
  /** Registry credentials per namespace; made by External Secrets, so after it. */
  readonly pullSecrets: readonly Manifest[];
  readonly clusterNetwork: readonly Manifest[];
  /** Changes to the suite's objects at admission. */
  readonly mutations: readonly Manifest[];
  /** The rules of the policy pack, as policies of the API server. */
  readonly rules: readonly Manifest[];
  /** For the user to see: flows that stay denied because no address is configured. */
  readonly notices: readonly string[];
}

/** Pure: the same configuration, cluster and day (YYYY-MM-DD, for exemptions that expire) give the same plan. */
export function planPlatform(config: LoadedConfig, cluster: ClusterFacts, today: string): PlatformPlan {
  const facts = operatorFacts(config, cluster);
  const planned = planOperators(config.operators, facts);
  const operatorNamespaces = planned.flatMap(({ plan }) => plan.namespaces.map(({ name }) => name));
  const suite = suiteNamespaces(config);
  const network = networkObjects([...flows, ...planned.flatMap(({ plan }) => plan.flows)], {
    settings: config.network,
    apps: Object.fromEntries(suite.map(({ app, namespace }) => [app, namespace])),
    operatorNamespaces,
    monitoringNamespace: config.monitoring.namespace,
  });
  return {
    priorityClasses: priorityClassManifests(),
    guards: guardManifests(config.access.deployers),
    crds: [...new Set(planned.flatMap(({ plan }) => plan.crds))],
    suite: suite.map((namespace) => ({ ...namespace, networkPolicies: policiesOf(network, namespace.namespace) })),
    operators: planned.map(({ plan, after }) => ({
      plan,
      after,
      namespaces: plan.namespaces.map((namespace) => operatorNamespace(plan.operator, namespace, config, network)),
    })),
    pullSecrets: pullSecrets(config, suite, operatorNamespaces),
    clusterNetwork: network.clusterWide,
    mutations: mutationManifests(config, suite, cluster.admissionResources),
    rules: ruleManifests(
      effectivePolicies(
        config,
        planned.map(({ plan }) => plan),
      ),
      today,
    ),
    notices: network.unaddressed,
  };
}

function operatorNamespace(
  operator: string,
  namespace: OperatorNamespace,
  config: LoadedConfig,
  network: NetworkObjects,
): SecureNamespaceArgs {
  const holdsData = namespace.holdsData ?? false;
  const identity: NamespaceIdentity = {
    role: "operator",
    component: operator,
    owner: config.owner,
    dataClassification: holdsData ? "confidential" : "internal",
    backupTier: "none",
    holdsData,
    podSecurity: { level: namespace.podSecurity.level, version: config.podSecurity.version },
  };
  return {
    namespace: namespace.name,
    identity,
    limits: operatorLimits(namespace.name),
    networkPolicies: policiesOf(network, namespace.name),
  };
}

function policiesOf(network: NetworkObjects, namespace: string): readonly Manifest[] {
  return network.byNamespace.get(namespace) ?? [];
}

function pullSecrets(
  { images }: LoadedConfig,
  suite: readonly SuiteNamespace[],
  operators: readonly string[],
): Manifest[] {
  const { pullSecret: wanted } = images;
  if (wanted === undefined) return [];
  return [
    ...suite.map(({ namespace }) => pullSecret(namespace, "suite", wanted)),
    ...operators.map((namespace) => pullSecret(namespace, "operator", wanted)),
  ];
}
