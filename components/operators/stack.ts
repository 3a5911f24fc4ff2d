import { ConfigError } from "../../config/errors";
import type { Operator, OperatorPlan } from "./define";
import { inOrder, missingRequirements, scanOperators } from "./index";
import type { Capability, Facts, Present } from "./lib/facts";
import type { OperatorSettings } from "./settings";

/** CRDs by which a capability is known that the cluster brings itself. */
const capabilityCrds: Partial<Record<Capability, string>> = {
  monitors: "servicemonitors.monitoring.coreos.com",
  certificates: "certificates.cert-manager.io",
  "external-secrets": "externalsecrets.external-secrets.io",
  "volume-snapshots": "volumesnapshots.snapshot.storage.k8s.io",
  grafana: "grafanas.grafana.integreatly.org",
  "security-profiles": "apparmorprofiles.security-profiles-operator.x-k8s.io",
};

/** One operator of the stack, with the operators that must be ready before it. */
export interface PlannedOperator {
  readonly plan: OperatorPlan;
  readonly after: readonly string[];
}

/**
 * The operators that the stack installs, in order, each with its plan.
 *
 * @throws {ConfigError} when an operator is on without what it cannot work without; every case at once
 */
export function planOperators(
  settings: OperatorSettings,
  facts: Omit<Facts, "capabilities">,
  operators: readonly Operator[] = scanOperators(),
): PlannedOperator[] {
  const installed = inOrder(operators).filter((operator) => operator.installed(settings[operator.name], facts.present));
  const capabilities = new Set([
    ...installed.flatMap(({ provides }) => provides),
    ...presentCapabilities(facts.present),
  ]);
  const problems = missingRequirements(installed, operators, capabilities);
  if (problems.length > 0) throw new ConfigError(problems);
  const names = new Set(installed.map(({ name }) => name));
  return installed.map((operator) => ({
    plan: operator.plan({ ...facts, capabilities }, settings[operator.name]),
    after: operator.needs.filter((need) => names.has(need)),
  }));
}

function presentCapabilities({ crds }: Present): Capability[] {
  const known: [Capability, string][] = [];
  for (const [capability, crd] of Object.entries(capabilityCrds)) {
    if (isCapability(capability)) known.push([capability, crd]);
  }
  return known.filter(([, crd]) => crds.has(crd)).map(([capability]) => capability);
}

const isCapability = (name: string): name is Capability => name in capabilityCrds;
