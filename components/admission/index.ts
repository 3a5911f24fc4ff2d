import type { LoadedConfig } from "../../config/load";
import { Engine } from "../../policypack/engine/engine";
import { loadRules } from "../../policypack/engine/load";
import type { PolicySettings } from "../../config/policies";
import type { Manifest } from "../kubernetes-object";
import type { SuiteNamespace } from "../namespace/suite";
import { flows } from "../../suite/flows";
import type { Capability } from "../operators/frame/facts";
import type { LimitedRoutes } from "../operators/frame/routes";
import type { Mutation } from "./mutations/mutation";
import { baselineOf, suiteAdmission, type SuiteAdmission } from "./kyverno";
import { admissionPolicies } from "./vap";

/** The rules of the policy pack as policies of the API server. `today` (YYYY-MM-DD) leaves expired exemptions out. */
export function ruleManifests(settings: PolicySettings, today: string): Manifest[] {
  return admissionPolicies(new Engine(loadRules(), settings, today).activeRules, settings, today, "warn").map(
    asManifest,
  );
}

export interface AdmissionFacts {
  readonly suite: readonly SuiteNamespace[];
  /** Resources of `admissionregistration.k8s.io/v1` that the API server serves. */
  readonly admissionResources: readonly string[];
  /** What the operators of the stack offer. */
  readonly capabilities: ReadonlySet<Capability>;
  /** Namespaces of the suite in which External Secrets changes Secrets. */
  readonly changingSecrets: readonly string[];
  /** What operators have admission change for them. */
  readonly mutations: readonly Mutation[];
  /** What limits public routes; absent where no operator does. */
  readonly routes: LimitedRoutes | undefined;
  /** AppArmor profiles on the nodes, by the namespace whose pods run under them. */
  readonly appArmorProfiles: ReadonlyMap<string, string>;
}

/** What admission does for the suite beyond validating, by the API server itself where it can, else by Kyverno. */
export function suiteAdmissionOf(config: LoadedConfig, cluster: AdmissionFacts): SuiteAdmission {
  const { routes } = cluster;
  const admission = suiteAdmission({
    apps: cluster.suite.map(({ app, namespace }) => ({ app, namespace, runtimeClass: config.apps[app].runtimeClass })),
    flows,
    facts: {
      appArmor: config.cluster.appArmor,
      userRanges: config.cluster.distribution === "openshift",
      appArmorProfiles: cluster.appArmorProfiles,
    },
    settings: config.admission,
    admissionResources: cluster.admissionResources,
    baseline: baselineOf({ settings: config.network, monitoringNamespace: config.monitoring.namespace }),
    kyverno: cluster.capabilities.has("admission-policies"),
    changingSecrets: cluster.changingSecrets,
    ofOperators: cluster.mutations,
    edge: routes !== undefined && "limits" in routes ? routes.limits : undefined,
    ...(config.edge.routing === "gateway" && { gateway: { ...config.edge.gateway, domain: config.domain } }),
  });
  return routes !== undefined && "missing" in routes
    ? { ...admission, notices: [...admission.notices, routes.missing] }
    : admission;
}

function asManifest(object: Readonly<Record<string, unknown>>): Manifest {
  const { apiVersion, kind, metadata } = object;
  if (typeof apiVersion !== "string" || typeof kind !== "string" || !isNamed(metadata)) {
    throw new Error("a policy without apiVersion, kind or name cannot be registered");
  }
  return { ...object, apiVersion, kind, metadata };
}

function isNamed(metadata: unknown): metadata is Manifest["metadata"] {
  return typeof metadata === "object" && metadata !== null && "name" in metadata && typeof metadata.name === "string";
}
