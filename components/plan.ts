import { hostLabels, publicHostNames, publicHosts } from "../suite/hostnames";
import type { LoadedConfig } from "../config/load";
import { pullSecretOf } from "../config/images";
import { ruleManifests, suiteAdmissionOf } from "./admission";
import { guardManifests, type GuardFacts } from "./admission/guards";
import { operatorGuards } from "./admission/operator-guards";
import { calendarMetric, calendarNotices, calendarOf } from "./calendar";
import type { ClusterFacts } from "./cluster/facts";
import type { Manifest } from "./kubernetes-object";
import { managedLabels, type NamespaceIdentity } from "./namespace/labels";
import { operatorLimits } from "./namespace/limits";
import { pullSecret } from "./namespace/pull-secret";
import { podSecurityVersion } from "./namespace/pod-security";
import type { SecureNamespaceArgs } from "./namespace/secure-namespace";
import { monitoringObjects } from "./monitoring";
import { suiteSources } from "./monitoring/sources";
import { suiteNamespaces, type SuiteNamespace } from "./namespace/suite";
import { flows } from "../suite/flows";
import { networkObjects, type NetworkObjects } from "./network/render";
import { auditPolicyFile } from "./audit-policy";
import type { OperatorNamespace, OperatorPlan } from "./operators/frame/define";
import { delegatedBindings } from "./operators/frame/accounts";
import { secretKeys } from "./operators/frame/secrets";
import { coverage, coverageWarnings } from "./recovery/coverage";
import { operatorFacts } from "./operator-facts";
import { databaseStoreOf } from "./operators/databases/endpoint";
import { planOperators } from "./operators/frame/stack";
import { isExpired } from "../policypack/engine/exemptions";
import { effectivePolicies, workPlacesOf } from "./policies";
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
  /** What admission does for the suite beyond validating; Kyverno's part comes after Kyverno. */
  readonly admission: readonly Manifest[];
  /** Alerts and dashboards of everything that is installed. */
  readonly monitoring: readonly Manifest[];
  /** The rules of the policy pack, as policies of the API server. */
  readonly rules: readonly Manifest[];
  /** The audit policy that the API server has to be given (Kubernetes, "Auditing"), as YAML. */
  readonly auditPolicy: string;
  /** For the user to see: what stays denied, unverified, or has to be made by hand. */
  readonly notices: readonly string[];
}

/** Pure: the same configuration, cluster and day (YYYY-MM-DD, for exemptions that expire) give the same plan. */
export function planPlatform(config: LoadedConfig, cluster: ClusterFacts, today: string): PlatformPlan {
  const facts = operatorFacts(config, cluster);
  const planned = planOperators(config.operators, facts);
  const operatorNamespaces = planned.flatMap(({ plan }) => plan.namespaces.map(({ name }) => name));
  const podSecurity = podSecurityVersion(config.podSecurity.version, cluster.version);
  const suite = suiteNamespaces(config, podSecurity);
  const plans = planned.map(({ plan }) => plan);
  const calendar = calendarOf(config, cluster);
  const policies = effectivePolicies(config, plans);
  const places = workPlacesOf(config, plans);
  const delegated = delegatedBindings(
    plans.flatMap(({ delegations }) => delegations),
    places,
    managedLabels,
  );
  const network = networkObjects([...flows, ...planned.flatMap(({ plan }) => plan.flows)], {
    settings: config.network,
    databaseStore: databaseStoreOf(config),
    apps: Object.fromEntries(suite.map(({ app, namespace }) => [app, namespace])),
    operatorNamespaces,
    monitoringNamespace: config.monitoring.namespace,
  });
  const admission = suiteAdmissionOf(config, {
    suite,
    admissionResources: cluster.admissionResources,
    capabilities: new Set(planned.flatMap(({ provides }) => provides)),
    changingSecrets: places.changingSecrets,
    mutations: planned.flatMap(({ mutations }) => mutations),
    routes: planned.find(({ routes }) => routes !== undefined)?.routes,
    appArmorProfiles: new Map(planned.flatMap(({ appArmorProfiles }) => [...appArmorProfiles])),
  });
  return {
    priorityClasses: priorityClassManifests(),
    guards: [
      ...guardManifests(guardFactsOf(config)),
      ...operatorGuards({
        operators: plans,
        exemptions: policies.exemptions.filter((exemption) => !isExpired(exemption, today)),
      }),
    ],
    crds: [...new Set(planned.flatMap(({ plan }) => plan.crds))],
    suite: suite.map((namespace) => ({
      ...namespace,
      networkPolicies: policiesOf(network, namespace.namespace),
      objects: [...(namespace.objects ?? []), ...(delegated.get(namespace.namespace) ?? [])],
    })),
    operators: planned.map(({ plan, after }) => ({
      plan,
      after,
      namespaces: plan.namespaces.map((namespace) => ({
        ...operatorNamespace(plan.operator, namespace, { config, network, podSecurity }),
        objects: delegated.get(namespace.name) ?? [],
      })),
    })),
    pullSecrets: pullSecrets(config, suite, operatorNamespaces),
    clusterNetwork: network.clusterWide,
    admission: [...admission.native, ...admission.kyverno],
    monitoring: planned.some(({ provides }) => provides.includes("monitors"))
      ? [
          ...monitoringObjects({
            alerts: planned.flatMap(({ alerts }) => alerts),
            dashboards: planned.flatMap(({ dashboards }) => dashboards),
            apps: suite.map(({ namespace }) => namespace),
            sources: new Set([...suiteSources(config), ...plans.flatMap(({ sources }) => sources)]),
            monitoringNamespace: config.monitoring.namespace,
            runbooks: config.monitoring.runbookUrl,
          }),
          calendarMetric(calendar, config.monitoring.namespace),
        ]
      : [],
    rules: ruleManifests(policies, today),
    auditPolicy: auditPolicyFile({ namespaces: [...suite.map(({ namespace }) => namespace), ...operatorNamespaces] }),
    notices: [
      ...network.unaddressed,
      ...admission.notices,
      ...secretsToSupply(plans),
      ...calendarNotices(calendar, today),
      ...coverageWarnings(coverage(config)),
    ],
  };
}

/** What the guards of a stack go by. */
export function guardFactsOf({ access, apps, cluster, domain, edge, hostnames, monitoring }: LoadedConfig): GuardFacts {
  const labels = hostLabels(hostnames);
  // The host of an app that is off stays out of reach of the others: somebody else may serve it.
  const owned = publicHostNames.map((name): [string, string] => {
    const { enabled, namespace } = apps[publicHosts[name].app];
    return [`${labels[name]}.${domain}`, enabled ? namespace : ""];
  });
  return {
    deployerGroups: access.deployers,
    hosts: Object.fromEntries(owned),
    domain,
    clusterDomain: cluster.domain,
    edgeClass: edge.className,
    metricsPaths: monitoring.paths,
    gatewayNamespace: edge.gateway.namespace,
    hasIssuer: edge.controller === "traefik" && edge.clusterIssuer !== undefined,
    runtimeClasses: Object.fromEntries(
      Object.values(apps).flatMap(({ enabled, namespace, runtimeClass }) =>
        enabled && runtimeClass !== undefined ? [[namespace, runtimeClass]] : [],
      ),
    ),
  };
}

interface NamespaceContext {
  readonly config: LoadedConfig;
  readonly network: NetworkObjects;
  /** The Pod Security version that it pins. */
  readonly podSecurity: string;
}

function operatorNamespace(
  operator: string,
  namespace: OperatorNamespace,
  { config, network, podSecurity: pinned }: NamespaceContext,
): SecureNamespaceArgs {
  const holdsData = namespace.holdsData ?? false;
  const identity: NamespaceIdentity = {
    role: "operator",
    component: operator,
    owner: config.owner,
    organisation: config.organisation,
    dataClassification: holdsData ? "confidential" : "internal",
    backupTier: "none",
    holdsData,
    podSecurity: { level: namespace.podSecurity.level, version: pinned },
  };
  return {
    namespace: namespace.name,
    identity,
    limits: operatorLimits(namespace.name, namespace.claims),
    networkPolicies: policiesOf(network, namespace.name),
  };
}

function secretsToSupply(plans: readonly OperatorPlan[]): string[] {
  return plans.flatMap(({ operator, secretsToSupply: secrets }) =>
    secrets.map(
      (secret) =>
        `operators.${operator}: make Secret ${secret.namespace}/${secret.name} with ${secretKeys(secret).join(", ")} yourself; nothing in this stack can (${secret.why})`,
    ),
  );
}

function policiesOf(network: NetworkObjects, namespace: string): readonly Manifest[] {
  return network.byNamespace.get(namespace) ?? [];
}

function pullSecrets(
  { images }: LoadedConfig,
  suite: readonly SuiteNamespace[],
  operators: readonly string[],
): Manifest[] {
  const wanted = pullSecretOf(images);
  if (wanted === undefined) return [];
  return [
    ...suite.map(({ namespace }) => pullSecret(namespace, "suite", wanted)),
    ...operators.map((namespace) => pullSecret(namespace, "operator", wanted)),
  ];
}
