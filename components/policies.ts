import { exemptionsEnd } from "../config/calendar";
import { pullSecretOf } from "../config/images";
import { stackValues, type LoadedConfig } from "../config/load";
import { parseConfig } from "./settings";
import { levelOf } from "../policypack/engine/compiled";
import { loadRules } from "../policypack/engine/load";
import type { Exemption, PolicySettings } from "../config/policies";
import { allowedRegistries } from "../policypack/rules/images/_reference";
import { privateRanges } from "../policypack/rules/network/_ranges";
import { runtimeClasses } from "../policypack/rules/workload/runtime-class";
import { ConfigError } from "../config/errors";
import { eachApp } from "../suite/apps";
import { exempt, exemptRights, type NeededExemption } from "./exemptions";
import { deployerExemptions } from "./namespace/rbac";
import { imageFacts, operatorFacts } from "./operator-facts";
import type { OperatorNamespace, OperatorPlan } from "./operators/frame/define";
import { namespacesOf, type WorkPlaces } from "./operators/frame/accounts";
import { mirrorsOf } from "./operators/frame/facts";
import { workPlaces } from "./operators/frame/work-places";
import type { SecretSource } from "./operators/frame/secrets";
import { planOperators } from "./operators/frame/stack";

type Answerable = Pick<
  LoadedConfig,
  | "operatorExemptions"
  | "owner"
  | "policies"
  | "storage"
  | "images"
  | "apps"
  | "edge"
  | "network"
  | "cluster"
  | "calendar"
>;

/** What the platform's own objects cannot avoid. */
function neededExemptions(config: Answerable, operators: readonly OperatorPlan[]): NeededExemption[] {
  return [
    ...operators.flatMap(({ exemptions }) => exemptions),
    ...operators.flatMap(({ namespaces }) => namespaces.flatMap(privileged)),
    ...delegated(config, operators),
    ...operators.flatMap(({ secrets }) => secrets.flatMap(drawn)),
    ...Object.values(config.apps).flatMap(({ enabled, namespace }) => (enabled ? deployerExemptions(namespace) : [])),
  ];
}

/** Where operators of the stack work for others. */
export function workPlacesOf(
  config: Pick<LoadedConfig, "apps" | "images">,
  operators: readonly OperatorPlan[],
): WorkPlaces {
  const suite = Object.values(config.apps).flatMap(({ enabled, namespace }) => (enabled ? [namespace] : []));
  const own = operators.flatMap(({ namespaces }) => namespaces.map(({ name }) => name));
  return workPlaces({
    suite,
    operators,
    pullSecrets: pullSecretOf(config.images) === undefined ? [] : [...suite, ...own],
  });
}

function delegated(config: Answerable, operators: readonly OperatorPlan[]): NeededExemption[] {
  const places = workPlacesOf(config, operators);
  return operators
    .flatMap(({ delegations }) => delegations)
    .flatMap(({ account, role, where, reason }) =>
      namespacesOf(where, places)
        .filter((namespace) => namespace !== account.namespace)
        .flatMap((namespace) =>
          exemptRights(["cross-namespace-binding"], { kind: "RoleBinding", namespace, name: role }, reason),
        ),
    );
}

function privileged({ name, podSecurity: { level, reason } }: OperatorNamespace): NeededExemption[] {
  return level === "privileged"
    ? exempt(["namespaces/pod-security-privileged"], { kind: "Namespace", name }, reason)
    : [];
}

function drawn({ from, namespace, name }: SecretSource): NeededExemption[] {
  const reason = "Drawn by Pulumi, which keeps it encrypted in its state.";
  return from === "random" ? exempt(["secrets/literal-secret"], { kind: "Secret", namespace, name }, reason) : [];
}

/**
 * The same with the stack's owner and expiry, but for rules that are off: an exemption that covers nothing is a finding.
 */
function platformExemptions(config: Answerable, operators: readonly OperatorPlan[]): Exemption[] {
  const { owner = config.owner } = config.operatorExemptions;
  const expires = exemptionsEnd(config);
  const off = new Set(
    loadRules()
      .filter(({ definition }) => levelOf(definition, { ...config.policies, rules: withDerived(config) }) === "off")
      .map(({ id }) => id),
  );
  return neededExemptions(config, operators)
    .filter(({ rule }) => !off.has(rule))
    .map((exemption) => ({ ...exemption, owner, expires }));
}

/** Levels that follow from the rest of the configuration, by rule. */
function derivedLevels({ cluster, policies }: Answerable): PolicySettings["rules"] {
  if (!cluster.appArmor || policies.profile === "strict") return {};
  return {
    "workload/apparmor-profile": { level: "advisory", reason: "cluster.appArmor: every pod is to name a profile." },
  };
}

/** The stack's own settings of rules, and what follows for others; what the stack sets itself wins. */
function withDerived(config: Answerable): PolicySettings["rules"] {
  const rules = { ...config.policies.rules };
  for (const [id, setting] of Object.entries(derivedLevels(config))) rules[id] = { ...setting, ...rules[id] };
  return rules;
}

type Parameters = Record<string, Record<string, unknown>>;

/** Parameters of rules that follow from the rest of the configuration, by rule. */
function derivedParameters(config: Answerable): Parameters {
  return {
    ...ofImages(config),
    ...ofStorage(config),
    ...ofEdge(config),
    ...ofLoadBalancers(config),
    ...ofNetwork(config),
    ...ofSandboxes(config),
    ...ofDevices(config),
  };
}

function ofImages({ images }: Answerable): Parameters {
  const own = mirrorsOf(imageFacts({ images }));
  if (own.length === 0) return {};
  const allowed = [...allowedRegistries.parse({}).allowed, ...own.map((place) => `${place}/`)];
  const rules = ["allowed-registry", "image-volume-registry", "custom-resource-image-registry"];
  return Object.fromEntries(rules.map((name) => [`images/${name}`, { allowed }]));
}

function ofStorage({ storage, apps }: Answerable): Parameters {
  const appClasses = Object.values(apps).flatMap(({ storageClass }) => storageClass ?? []);
  const shared = storage.shared === undefined ? [] : [storage.shared];
  // Without a class it is the cluster's default one; admission judges the claim, in which the API server has filled it in.
  const classes = [...new Set(["", storage.default, ...shared, ...storage.allowed, ...appClasses])];
  return { "storage/encrypted-class": { classes }, "storage/encrypted-ephemeral-volume": { classes } };
}

/**
 * Issuers of the platform itself (`components/operators/cert-manager/index.ts`), and of the chart kube-prometheus-stack for its
 * webhook.
 */
const ownIssuers = ["ClusterIssuer/platform-[a-z-]+", "Issuer/kube-prometheus-stack-(self-signed|root)-issuer"];

function ofEdge({ edge }: Answerable): Parameters {
  const { namespace, name } = edge.gateway;
  const gateways = [`${namespace}/${name}`.replaceAll(".", "\\.")];
  return {
    ...(edge.routing === "gateway" && { "exposure/route-parent": { gateways } }),
    ...(edge.clusterIssuer !== undefined && {
      "exposure/certificate-issuer": { issuers: [`ClusterIssuer/${edge.clusterIssuer}`, ...ownIssuers] },
    }),
    "exposure/ingress-redirect": { entryPoints: edge.entryPoints },
  };
}

/** Apps with load balancers of their own, such as LiveKit: media streams pass no HTTP edge. */
function ofLoadBalancers({ apps, network }: Answerable): Parameters {
  const allowed = eachApp.flatMap(({ key, app }) =>
    app.loadBalancers
      .filter(({ when }) => apps[key].enabled && (when === undefined || network.livekit[when]))
      .map(({ service }) => `${apps[key].namespace}/${service}`),
  );
  return { "exposure/load-balancer": { allowed } };
}

/** The cluster's own ranges are private to it, also where they are public or shared address space. */
function ofNetwork({ network: { podCidrs, serviceCidrs } }: Answerable): Parameters {
  const ranges = [...new Set([...privateRanges.parse({}).ranges, ...podCidrs, ...serviceCidrs])];
  const rules = ["egress", "cilium-egress", "calico-egress", "admin-policy-egress"];
  return Object.fromEntries(rules.map((name) => [`network/${name}-private-ranges`, { ranges }]));
}

/** The classes that apps are given, such as those of confidential containers. */
function ofSandboxes({ apps }: Answerable): Parameters {
  const given = Object.values(apps).flatMap(({ runtimeClass }) => runtimeClass ?? []);
  return { "workload/runtime-class": { allowed: [...new Set([...runtimeClasses.parse({}).allowed, ...given])] } };
}

/** The devices that any app is given; quotas say to which app they go. */
function ofDevices({ apps }: Answerable): Parameters {
  const allowed = [...new Set(Object.values(apps).flatMap(({ size }) => Object.keys(size.devices)))].sort();
  return Object.fromEntries(["devices", "device-claims"].map((name) => [`workload/${name}`, { allowed }]));
}

/**
 * The stack's policy settings with what follows from the rest of its configuration: exemptions that its own objects need,
 * registries, StorageClasses, runtime classes, devices, issuers and ways in from outside that it allows, ranges that are its own. The same at preview and at admission; what the stack sets itself wins.
 */
export function effectivePolicies(config: Answerable, operators: readonly OperatorPlan[]): PolicySettings {
  const rules = withDerived(config);
  for (const [id, parameters] of Object.entries(derivedParameters(config))) {
    rules[id] = { ...rules[id], parameters: { ...parameters, ...rules[id]?.parameters } };
  }
  return {
    ...config.policies,
    rules,
    exemptions: [...config.policies.exemptions, ...platformExemptions(config, operators)],
  };
}

/** The same where no cluster is asked. */
export function policiesOf(config: LoadedConfig): PolicySettings {
  const none = { customResources: new Map<string, boolean>(), apiServices: new Map<string, boolean>() };
  const plans = planOperators(config.operators, operatorFacts(config, none)).map(({ plan }) => plan);
  return effectivePolicies(config, plans);
}

/** The same from the stack's raw configuration, for the policy pack, which runs in a process of its own. */
export function policiesOfStack(project: string, all: Readonly<Record<string, string>>): PolicySettings | undefined {
  try {
    return policiesOf(parseConfig(stackValues(project, all)));
  } catch (error) {
    // The program reports a wrong configuration itself.
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
