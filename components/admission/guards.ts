import { label, type NamespaceRole } from "../../lib/labels";
import type { Manifest } from "../kubernetes-object";
import { managedLabels } from "../namespace/labels";
import { DEPLOYER } from "../namespace/rbac";
import { text } from "./cel";

/** Annotation that, set to the namespace's own name, permits its deletion. */
export const ALLOW_DELETION = "mijnbureau-platform/allow-deletion";

/** What the guards go by in this stack. */
export interface GuardFacts {
  /** Groups that may act as the deployer besides its ServiceAccount. */
  readonly deployerGroups: readonly string[];
  /** Public hosts of the suite and of operators, each with the namespace that publishes it. */
  readonly hosts: Readonly<Record<string, string>>;
  /** The domain below which they are. */
  readonly domain: string;
  /** Namespace of the Gateway that holds the listeners and certificates of all hosts. */
  readonly gatewayNamespace: string;
}

interface Guard {
  readonly name: string;
  readonly resources: readonly ResourceRule[];
  readonly matchConditions: readonly { name: string; expression: string }[];
  readonly variables?: readonly { name: string; expression: string }[];
  readonly validations: readonly { expression: string; message: string; messageExpression?: string }[];
  /** Role of the namespaces that it is for; absent: everything. */
  readonly role?: NamespaceRole;
}

interface ResourceRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE")[];
}

const carries = (object: string, key: string): string => `${object}.?metadata.?labels[?"${key}"].orValue("") == "true"`;

/** Deleting a namespace deletes its claims; the annotation makes it two deliberate steps. */
const dataNamespaces: Guard = {
  name: "mijnbureau-platform-data-namespaces",
  resources: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["namespaces"], operations: ["DELETE"] }],
  matchConditions: [{ name: "holds-data", expression: carries("oldObject", label.holdsData) }],
  validations: [
    {
      expression: `oldObject.?metadata.?annotations[?"${ALLOW_DELETION}"].orValue("") == oldObject.metadata.name`,
      message: `This namespace holds data. To delete it, annotate it first: ${ALLOW_DELETION}=<its own name>.`,
    },
  ],
};

/** The right to the same operation in every namespace: what platform engineers and controllers have. */
const EVERYWHERE =
  "{'CREATE': ['create'], 'UPDATE': ['update', 'patch'], 'DELETE': ['delete', 'deletecollection']}[request.operation]" +
  ".exists(verb, authorizer.group(request.resource.group).resource(request.resource.resource).check(verb).allowed())";

/**
 * RBAC cannot tell the platform's objects from the suite's own of the same kind (NetworkPolicies, Roles,
 * ServiceAccounts), so admission keeps everybody off them whose rights are those of the namespace. The deployer by its
 * name would not do: it may make a ServiceAccount and bind its own Role to it, or to anyone.
 */
const deployer = (groups: readonly string[]): Guard => ({
  name: "mijnbureau-platform-deployer",
  resources: [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["CREATE", "UPDATE", "DELETE"] }],
  matchConditions: [
    {
      name: "is-the-platforms",
      expression:
        `(oldObject != null && ${carries("oldObject", label.managed)}) || ` +
        `(object != null && ${carries("object", label.managed)})`,
    },
  ],
  variables: [
    {
      name: "deployer",
      expression:
        `request.userInfo.username.matches("^system:serviceaccount:[^:]+:${DEPLOYER}$")` +
        ` || request.userInfo.?groups.orValue([]).exists(group, group in ${JSON.stringify(groups)})`,
    },
    {
      name: "suite",
      expression: `namespaceObject != null && namespaceObject.metadata.?labels[?"${label.role}"].orValue("") == "suite"`,
    },
    { name: "refused", expression: `variables.deployer || (variables.suite && !(${EVERYWHERE}))` },
  ],
  validations: [
    {
      expression: `oldObject == null || !(${carries("oldObject", label.managed)}) || !variables.refused`,
      message: "This object belongs to the platform; the deployer of MijnBureau may not change or delete it.",
    },
    {
      expression: `object == null || !(${carries("object", label.managed)}) || !variables.refused`,
      message: `The label ${label.managed} is reserved for the platform.`,
    },
  ],
});

/**
 * A host belongs to one app. Without this, whoever deploys one app could publish the login page of another at its own
 * address, with a valid certificate.
 */
function foreignHosts({ hosts, domain, gatewayNamespace }: GuardFacts): Guard {
  const spec = "dyn(object).spec";
  const listed = (field: string): string => `${spec}.?${field}.orValue([])`;
  const each = (list: string, field: string): string => `${list}.map(each, dyn(each).?${field}.orValue(""))`;
  const foreign =
    `host == ${text(`*.${domain}`)} || ` + `(host in variables.owners && variables.owners[host] != request.namespace)`;
  return {
    name: "mijnbureau-platform-hosts",
    role: "suite",
    resources: [
      ["networking.k8s.io", ["ingresses"]] as const,
      ["gateway.networking.k8s.io", ["gateways", "httproutes", "grpcroutes", "tlsroutes"]] as const,
      ["cert-manager.io", ["certificates"]] as const,
    ].map(([group, resources]) => ({
      apiGroups: [group],
      apiVersions: ["*"],
      resources,
      operations: ["CREATE", "UPDATE"],
    })),
    matchConditions: [
      { name: "not-being-deleted", expression: "!has(object.metadata.deletionTimestamp)" },
      { name: "not-the-gateway", expression: `request.namespace != ${text(gatewayNamespace)}` },
    ],
    variables: [
      { name: "owners", expression: JSON.stringify(hosts) },
      { name: "ingress", expression: 'dyn(object).kind == "Ingress"' },
      {
        name: "named",
        expression: [
          listed("hostnames"),
          listed("dnsNames"),
          `[${spec}.?commonName.orValue("")]`,
          each(listed("listeners"), "hostname"),
          `(variables.ingress ? ${each(listed("rules"), "host")} : [])`,
        ].join(" + "),
      },
      // Hosts of an Ingress's certificates are lists in a list, and CEL cannot flatten one.
      {
        name: "certified",
        expression:
          `variables.ingress ? (variables.owners.map(host, host) + [${text(`*.${domain}`)}]).filter(host, ${listed("tls")}` +
          `.exists(tls, dyn(tls).?hosts.orValue([]).exists(each, each.lowerAscii() == host))) : []`,
      },
      {
        name: "foreign",
        expression: `(variables.named.map(host, host.lowerAscii()) + variables.certified).filter(host, ${foreign})`,
      },
    ],
    validations: [
      {
        expression: "variables.foreign.size() == 0",
        message: "A host of this object belongs to another app.",
        messageExpression:
          '"Host " + variables.foreign[0] + " belongs to another app of the suite. Publish it from its own namespace."',
      },
      {
        // Traefik puts both into a rule as they are; with a backtick in one, the rule matches other hosts.
        expression:
          `!variables.ingress || (${listed("rules")}.all(rule, dyn(rule).?http.?paths.orValue([])` +
          '.all(each, !each.?path.orValue("").contains("`")))' +
          ` && !(dyn(object).metadata.?annotations[?"${PATH_MATCHER}"].hasValue()))`,
        message: `Neither a path with a backtick nor the annotation ${PATH_MATCHER} is allowed: they can match other hosts.`,
      },
    ],
  };
}

/** Traefik, "Ingress", annotations. */
const PATH_MATCHER = "traefik.ingress.kubernetes.io/router.pathmatcher";

/**
 * The guardrails that RBAC and Pod Security admission cannot express, as policies of the API server itself:
 * a ValidatingAdmissionPolicy and a binding each, fail closed.
 */
export function guardManifests(facts: GuardFacts): Manifest[] {
  return [dataNamespaces, deployer(facts.deployerGroups), foreignHosts(facts)].flatMap((guard) => [
    policy(guard),
    binding(guard),
  ]);
}

function policy(guard: Guard): Manifest {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: guard.name, labels: managedLabels },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: guard.resources },
      matchConditions: guard.matchConditions,
      ...(guard.variables === undefined ? {} : { variables: guard.variables }),
      validations: guard.validations.map((validation) => ({ ...validation, reason: "Forbidden" })),
    },
  };
}

function binding(guard: Guard): Manifest {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: guard.name, labels: managedLabels },
    spec: {
      policyName: guard.name,
      validationActions: ["Deny"],
      ...(guard.role === undefined
        ? {}
        : { matchResources: { namespaceSelector: { matchLabels: { [label.role]: guard.role } } } }),
    },
  };
}
