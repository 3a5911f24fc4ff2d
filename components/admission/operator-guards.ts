import { label, podSecurityLabel } from "../../lib/labels";
import type { Exemption } from "../../config/policies";
import type { Manifest } from "../kubernetes-object";
import type { OperatorNamespace, OperatorPlan } from "../operators/frame/define";
import { userOf, type Account, type AdmittedPod, type Limit } from "../operators/frame/accounts";
import { literal, text } from "./cel";
import { exemptObject } from "./exempt";
import { mayOverrule } from "./identity";
import { guardObjects, type Guard } from "./guards/guard";

export interface OperatorGuardInput {
  readonly operators: readonly Pick<OperatorPlan, "accounts" | "namespaces">[];
  /** Exemptions that hold today. */
  readonly exemptions: readonly Exemption[];
}

/** What keeps an operator that is taken over within its own work, where RBAC cannot. */
export function operatorGuards({ operators, exemptions }: OperatorGuardInput): Manifest[] {
  const accounts = operators.flatMap((operator) => operator.accounts);
  const namespaces = operators.flatMap((operator) => operator.namespaces);
  return [
    tokenSecrets(exemptions),
    namespaceLabels,
    registrations(namespaces.map(({ name }) => name)),
    ...namespaces.flatMap(admittedPods),
    ...accounts.flatMap(limits),
  ].flatMap(guardObjects);
}

/** Of tokens that are Secrets; the type cannot be changed (k8s.io/kubernetes, ValidateSecretUpdate). */
const TOKEN_TYPE = "kubernetes.io/service-account-token";
const TOKEN_OF = "kubernetes.io/service-account.name";
const TOKEN_RULE = "identity/long-lived-token";

/**
 * Whoever may write Secrets in a namespace would have the token of any account of it. What the controller manager and the
 * API server do with such Secrets that are there already stays possible: filling them in, dating their last use.
 */
function tokenSecrets(exemptions: readonly Exemption[]): Guard {
  const exempt = exemptObject(exemptions.filter(({ rule }) => rule === TOKEN_RULE));
  const whose = (object: string): string => `${object}.metadata.?annotations[?"${TOKEN_OF}"].orValue("")`;
  return {
    name: "mijnbureau-platform-token-secrets",
    resources: [{ apiGroups: [""], apiVersions: ["*"], resources: ["secrets"], operations: ["CREATE", "UPDATE"] }],
    matchConditions: [
      { name: "is-a-token", expression: `object.?type.orValue("") == ${text(TOKEN_TYPE)}` },
      ...exempt.map((each, index) => ({ name: `not-exempt-${index}`, expression: `!(${each})` })),
    ],
    validations: [
      {
        expression: `request.operation == "UPDATE" && ${whose("object")} == ${whose("oldObject")}`,
        message: `[${TOKEN_RULE}] A Secret of type ${TOKEN_TYPE} is a token that never expires. Use a projected token volume or the TokenRequest API.`,
      },
    ],
  };
}

/** What policies, quotas and Pod Security go by. */
const GUARDED_LABELS = [
  label.role,
  label.managed,
  label.component,
  label.holdsData,
  ...Object.values(podSecurityLabel),
];

/**
 * Policies are bound by these labels, and the API server matches a Namespace by the labels that it would have: taken off in
 * the patch that uses it, nothing would judge it any more.
 */
const namespaceLabels: Guard = {
  name: "mijnbureau-platform-namespace-labels",
  resources: [
    {
      apiGroups: [""],
      apiVersions: ["*"],
      // Both write labels too (k8s.io/kubernetes, pkg/registry/core/namespace/strategy.go).
      resources: ["namespaces", "namespaces/status", "namespaces/finalize"],
      operations: ["CREATE", "UPDATE"],
    },
  ],
  matchConditions: [
    {
      name: "is-the-platforms",
      expression: ["object", "oldObject"]
        .map((each) => `(${each} != null && ${each}.metadata.?labels[?"${label.role}"].hasValue())`)
        .join(" || "),
    },
  ],
  variables: [
    {
      name: "changed",
      expression: `${literal(GUARDED_LABELS)}.filter(key, object.metadata.?labels[?key].orValue("") != (oldObject == null ? "" : oldObject.metadata.?labels[?key].orValue("")))`,
    },
  ],
  validations: [
    {
      expression: `variables.changed.size() == 0 || ${mayOverrule}`,
      message: "Labels of the platform's namespaces are the platform's to change.",
      messageExpression:
        '"Label " + variables.changed[0] + " of this namespace is the platform\'s to change: by pulumi up, or with the right to overrule its guards."',
    },
  ],
};

const GARBAGE_COLLECTOR = "system:serviceaccount:kube-system:generic-garbage-collector";

/**
 * APIs decide where requests and stored objects are sent. Those of the platform change by the platform alone, and an
 * operator's account touches none. Others that somebody brought to the cluster are theirs. Webhooks and admission policies
 * cannot be guarded so: the API server exempts their kinds from admission (k8s.io/apiserver, IsExemptAdmissionConfigurationResource),
 * so RBAC names those that each account may change.
 */
function registrations(operatorNamespaces: readonly string[]): Guard {
  const operators = operatorNamespaces.map((namespace) => `system:serviceaccounts:${namespace}`);
  const carries = (object: string): string =>
    `(${object} != null && ${object}.metadata.?labels[?"${label.managed}"].orValue("") == "true")`;
  const rule = (apiGroup: string, resource: string) => ({
    apiGroups: [apiGroup],
    apiVersions: ["*"],
    resources: [resource],
    operations: ["CREATE", "UPDATE", "DELETE"] as const,
  });
  return {
    name: "mijnbureau-platform-registrations",
    resources: [
      rule("apiregistration.k8s.io", "apiservices"),
      rule("apiextensions.k8s.io", "customresourcedefinitions"),
    ],
    matchConditions: [
      {
        name: "changed",
        expression:
          "oldObject == null || object == null || object.spec != oldObject.spec || object.metadata.?labels != oldObject.metadata.?labels",
      },
      {
        name: "concerns-the-platform",
        expression: [
          `request.userInfo.?groups.orValue([]).exists(group, group in ${literal(operators)})`,
          carries("oldObject"),
          carries("object"),
        ].join(" || "),
      },
    ],
    validations: [
      {
        expression: `${mayOverrule} || (request.operation == "DELETE" && request.userInfo.username == ${text(GARBAGE_COLLECTOR)})`,
        message:
          "The APIs of the platform are changed by the platform alone: by pulumi up, or with the right to overrule its guards.",
      },
    ],
  };
}

/** Without Pod Security a pod can be root on its node: let in are the pods that the namespace is for. */
function admittedPods({ name, podSecurity }: OperatorNamespace): Guard[] {
  if (podSecurity.level !== "privileged") return [];
  return [
    {
      name: `mijnbureau-platform-pods-${name}`,
      namespaces: [name],
      resources: [
        {
          apiGroups: [""],
          apiVersions: ["*"],
          resources: ["pods", "pods/ephemeralcontainers"],
          operations: ["CREATE", "UPDATE"],
        },
      ],
      matchConditions: [{ name: "changed", expression: "oldObject == null || object.spec != oldObject.spec" }],
      variables: [
        { name: "pod", expression: "object.spec" },
        {
          name: "containers",
          expression: "variables.pod.containers + variables.pod.?initContainers.orValue([])",
        },
        {
          name: "hostPaths",
          expression: "variables.pod.?volumes.orValue([]).filter(v, has(v.hostPath)).map(v, v.hostPath.path)",
        },
        {
          name: "capabilities",
          expression: "variables.containers.map(c, c.?securityContext.?capabilities.?add.orValue([]))",
        },
        { name: "executed", expression: EXECUTED },
        {
          name: "ofHost",
          expression: "variables.pod.?volumes.orValue([]).filter(v, has(v.hostPath)).map(v, v.name)",
        },
      ],
      validations: [
        {
          expression: `!has(variables.pod.ephemeralContainers) || variables.pod.ephemeralContainers.size() == 0`,
          message: `Pods in ${name} are as root on their node: no container is added to one.`,
        },
        {
          expression: `variables.containers.all(c, c.?volumeMounts.orValue([]).all(m, m.name in variables.ofHost || (${mountsNoProgram})))`,
          message: `Pods in ${name} are as root on their node: none is mounted over the programs of its image, nor a single file that is no configuration.`,
        },
        {
          expression: `variables.containers.all(c, ${loadsNothing(podSecurity.admits)})`,
          message: `Pods in ${name} are as root on their node: no variable of one has its programs load others (${LOADING}), and none comes unnamed (envFrom).`,
        },
        {
          expression: podSecurity.admits.map(admits).join(" || "),
          message:
            `Only the pods that ${name} is for are admitted there: ` +
            `their accounts (${[...new Set(podSecurity.admits.map(({ account }) => account))].join(", ")}), images, programs and host paths.`,
        },
      ],
    },
  ];
}

/** Programs that a pod has started beside its own: by hooks, and by probes. */
const EXECUTED = ["lifecycle.?postStart", "lifecycle.?preStop", "livenessProbe", "readinessProbe", "startupProbe"]
  .map(
    (path) =>
      `variables.containers.filter(c, c.?${path}.?exec.hasValue()).map(c, c.${path.replace(".?", ".")}.exec.?command.orValue([]))`,
  )
  .join(" + ");

/** Where images have their programs and libraries, in any spelling that a runtime resolves to one of these. */
const PROGRAMS =
  "^/*((s?bin|lib[^/]*|opt)(/.*)?|usr|usr/local|usr/(local/)?(s?bin|lib[^/]*)(/.*)?|etc|)/?$|//|(^|/)[.][.]?(/|$)";
const CONFIGURATION = "[.](ya?ml|json|conf|toml|crt|pem)$";

/** What a pod brings along, from a ConfigMap or another volume, is data: over a program of its image it would be run. */
const mountsNoProgram =
  `!m.mountPath.matches(${text(PROGRAMS)}) && !m.?subPathExpr.hasValue() && ` +
  `(m.?subPath.orValue('') == '' || m.mountPath.matches(${text(CONFIGURATION)}))`;

/** Variables of the dynamic loader (ld.so(8)) and of shells that name what is loaded first. */
const LOADING = "^(LD_.*|BASH_ENV|ENV)$";

function loadsNothing(pods: readonly AdmittedPod[]): string {
  const set = pods.flatMap(({ variables = {} }) => Object.entries(variables));
  const known = [...new Map(set)].map(
    ([name, value]) => `e.name == ${text(name)} && e.?value.orValue('') == ${text(value)}`,
  );
  const harmless = [`!e.name.matches(${text(LOADING)})`, ...known].join(" || ");
  return `!c.?envFrom.hasValue() && c.?env.orValue([]).all(e, ${harmless})`;
}

function admits(pod: AdmittedPod): string {
  const paths = pod.hostPaths ?? [];
  const exact = paths.filter((path) => !path.endsWith("/*"));
  const below = paths.filter((path) => path.endsWith("/*")).map((path) => path.slice(0, -1));
  const path = [
    `path in ${literal(exact)}`,
    ...below.map((prefix) => `(path.startsWith(${text(prefix)}) && !path.contains(".."))`),
  ].join(" || ");
  const image = pod.images
    .map(
      (name) =>
        `c.image == ${text(name)} || c.image.startsWith(${text(`${name}:`)}) || c.image.startsWith(${text(`${name}@`)})`,
    )
    .join(" || ");
  const command = [
    "!has(c.command) || c.command.size() == 0",
    ...(pod.commands ?? []).map((each) => `c.command == ${literal(each)}`),
  ].join(" || ");
  const commands = (pod.commands ?? []).map((each) => literal(each)).join(", ");
  const parts = [
    `variables.executed.all(each, each in [${commands}])`,
    `variables.pod.?serviceAccountName.orValue("default") == ${text(pod.account)}`,
    `variables.containers.all(c, (${image}) && (${command}))`,
    paths.length === 0 ? "variables.hostPaths.size() == 0" : `variables.hostPaths.all(path, ${path})`,
    ...(pod.privileged ? [] : ["!variables.containers.exists(c, c.?securityContext.?privileged.orValue(false))"]),
    ...(pod.hostNetwork ? [] : ["!variables.pod.?hostNetwork.orValue(false)"]),
    ...(pod.hostPID ? [] : ["!variables.pod.?hostPID.orValue(false)"]),
    "!variables.pod.?hostIPC.orValue(false)",
    `variables.capabilities.all(added, added.all(each, each in ${literal([...(pod.capabilities ?? [])])}))`,
  ];
  return `(${parts.join(" && ")})`;
}

/** One policy per limit: each looks at the requests of one account for a few kinds. */
function limits(account: Account): Guard[] {
  return (account.limits ?? []).map((limit) => ({
    name: limitName(account, limit),
    resources: [
      { apiGroups: [limit.apiGroup], apiVersions: ["*"], resources: limit.resources, operations: limit.operations },
    ],
    matchConditions: [{ name: "is-the-account", expression: `request.userInfo.username == ${text(userOf(account))}` }],
    validations: [
      {
        expression: limit.allowed,
        message: `The account ${account.name} of ${account.namespace} ${limit.says}.`,
      },
    ],
  }));
}

const limitName = ({ name }: Account, { resources }: Limit): string =>
  `mijnbureau-platform-account-${name}-${(resources[0] ?? "").replace("/", "-")}`;
