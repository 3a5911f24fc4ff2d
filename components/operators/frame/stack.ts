import { ConfigError } from "../../../config/errors";
import type { OperatorSettings } from "../../../config/load";
import type { AlertGroup } from "../../monitoring/alert";
import type { Dashboard } from "../../monitoring/dashboards/dashboard";
import type { Operator, OperatorPlan } from "./define";
import type { ControllerOwned } from "./patch";
import { inOrder, missingRequirements, scanOperators } from "./registry";
import { confine, confinement } from "./confinement";
import type { Manifest } from "../../kubernetes-object";
import { trustBundle, trusting } from "./trust";
import { constraintBindings, withoutIds } from "./openshift";
import { capabilities, type Capability, type Facts } from "./facts";
import type { Mutation } from "../../admission/mutations/mutation";
import { withoutMirror } from "./mirrors";
import type { LimitedRoutes } from "./routes";
import { producer } from "./secrets";

/** An operator of this stack, and those of the stack that come before it. */
export interface PlannedOperator {
  readonly plan: OperatorPlan;
  readonly after: readonly string[];
  readonly provides: readonly Capability[];
  readonly alerts: readonly AlertGroup[];
  readonly dashboards: readonly Dashboard[];
  readonly routes: LimitedRoutes | undefined;
  readonly appArmorProfiles: ReadonlyMap<string, string>;
  readonly mutations: readonly Mutation[];
}

/** What is known before it is known which operators the stack installs. */
export type StackFacts = Omit<Facts, "capabilities" | "operatorNamespaces">;

/** What a cluster has of its own, by the CRDs that show it. */
const shownBy: Readonly<Partial<Record<Capability, string>>> = {
  certificates: "certificates.cert-manager.io",
  databases: "objectstores.barmancloud.cnpg.io",
  "external-secrets": "externalsecrets.external-secrets.io",
  grafana: "grafanas.grafana.integreatly.org",
  monitors: "servicemonitors.monitoring.coreos.com",
  "security-profiles": "apparmorprofiles.security-profiles-operator.x-k8s.io",
  "volume-snapshots": "volumesnapshots.snapshot.storage.k8s.io",
};

/** What operators can count on: installed by the stack, or there already. */
export function availableCapabilities(
  installed: readonly Operator[],
  present: Facts["present"],
): ReadonlySet<Capability> {
  const provided = new Set(installed.flatMap(({ provides }) => provides));
  const found = (capability: Capability): boolean => {
    const crd = shownBy[capability];
    return crd !== undefined && present.crds.has(crd);
  };
  return new Set(capabilities.filter((capability) => provided.has(capability) || found(capability)));
}

/**
 * The operators that the stack installs, in order.
 *
 * @throws {ConfigError} when one is on without what it cannot work without, or with settings that do not fit the stack;
 *   everything at once.
 */
export function planOperators(
  settings: OperatorSettings,
  facts: StackFacts,
  operators: readonly Operator[] = scanOperators(),
): PlannedOperator[] {
  const settingsOf = (operator: Operator): unknown => settings[operator.name] ?? {};
  const installed = inOrder(operators).filter((operator) =>
    operator.installed(settingsOf(operator), facts.present, facts.apps),
  );
  const available = availableCapabilities(installed, facts.present);
  const first: Facts = { ...facts, operatorNamespaces: [], capabilities: available };
  const operatorNamespaces = installed.flatMap((operator) => operator.namespaces(first, settingsOf(operator)));
  const all: Facts = { ...first, operatorNamespaces };
  const problems = [
    ...missingRequirements(installed, operators, available),
    ...installed.flatMap((operator) => operator.problems(all, settingsOf(operator))),
    ...installed.flatMap((operator) => withoutMirror(operator.plan(all, settingsOf(operator)), all.images)),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  const names = new Set(installed.map(({ name }) => name));
  return installed.map((operator) => ({
    plan: complete(operator.plan(all, settingsOf(operator)), all),
    after: operator.needs.filter((need) => names.has(need)),
    provides: operator.provides,
    alerts: operator.alerts,
    dashboards: operator.dashboards,
    routes: operator.routes(all, settingsOf(operator)),
    appArmorProfiles: operator.appArmorProfiles(all, settingsOf(operator)),
    mutations: operator.mutations(all, settingsOf(operator)),
  }));
}

/** API groups of objects that cannot exist without what serves them. */
const groups: Readonly<Record<string, Capability>> = {
  "cert-manager.io": "certificates",
  "external-secrets.io": "external-secrets",
  "generators.external-secrets.io": "external-secrets",
  "grafana.integreatly.org": "grafana",
  "snapshot.storage.k8s.io": "volume-snapshots",
};

/**
 * AKS writes the namespaces that it keeps for itself into every webhook configuration (Azure/AKS#1771); each `up` would take
 * them out again.
 */
function enforced({ cluster }: Facts): ControllerOwned[] {
  if (cluster.distribution !== "aks") return [];
  return ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"].map((kind) => ({
    kind,
    fields: ["webhooks[*].namespaceSelector"],
    reason: "AKS' admissions enforcer adds the namespaces that it keeps for itself.",
  }));
}

/** Secrets come before the pods; objects whose kind nothing serves are left out, and the Secrets they would make are to be supplied. */
function complete(plan: OperatorPlan, facts: Facts): OperatorPlan {
  const { capabilities: available } = facts;
  const confining = plan.unconfined ? [] : confinement(facts);
  const userRanges = facts.cluster.distribution === "openshift";
  const fitted = (object: Manifest): Manifest => {
    const confined = trusting(confine(object, confining), object.kind, facts);
    return userRanges ? withoutIds(confined, confined.kind, plan.namespaces) : confined;
  };
  const served = ({ apiVersion }: { apiVersion: string }): boolean => {
    const needed = groups[apiVersion.split("/")[0] ?? ""];
    return needed === undefined || available.has(needed);
  };
  const unserved = plan.secrets.filter((source) => {
    const object = producer(source);
    return object !== undefined && !served(object);
  });
  return {
    ...plan,
    ...(facts.trust === undefined ? {} : { trust: facts.trust }),
    before: [
      ...plan.namespaces.flatMap(({ name }) => trustBundle(facts, name)),
      ...constraintBindings(facts, plan.namespaces),
      ...plan.secrets.flatMap((source) => producer(source) ?? []),
      ...plan.before,
    ]
      .filter(served)
      .map(fitted),
    after: plan.after.filter(served).map(fitted),
    userRanges,
    controllerOwned: [...plan.controllerOwned, ...enforced(facts)],
    patches: [...plan.patches, ...confining],
    secretsToSupply: unserved,
  };
}
