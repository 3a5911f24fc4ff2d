import assert from "node:assert/strict";
import { DEPLOYERS } from "../platform";
import {
  create,
  deployer,
  given,
  mutation,
  patch,
  policy,
  rbac,
  remove,
  request,
  rule,
  wait,
  type Attack,
} from "../attack";
import { at, type KubeClient, type ObjectRef } from "../../../lib/kube/client";
import { sleep } from "../../../embedded/cluster/files";
import { APP, NAMESPACE, object, service } from "./_objects";

const own = deployer(APP);
const ref = { apiVersion: "v1", kind: "ServiceAccount", name: "default", namespace: NAMESPACE };

/** Its controller makes it again. */
async function comesBack(owner: KubeClient, account: ObjectRef): Promise<void> {
  for (let tries = 0; (await owner.find(account)) === undefined; tries++) {
    assert.ok(tries < 50, "the account does not come back");
    await sleep(200);
  }
}

const RBAC = "rbac.authorization.k8s.io";
const OWN_ACCOUNTS = "ServiceAccounts of its own namespace only";

interface Binding {
  readonly subject: object;
  readonly role?: string;
  readonly says?: string;
}

const binding = (id: string, attempt: string, { subject, role = "attack", says = OWN_ACCOUNTS }: Binding): Attack => ({
  id: `accounts/binding-${id}`,
  position: own,
  attempt,
  steps: [
    given(object(`${RBAC}/v1`, "Role", { rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }] })),
    create(
      object(`${RBAC}/v1`, "RoleBinding", {
        roleRef: { apiGroup: RBAC, kind: "Role", name: role },
        subjects: [subject],
      }),
    ),
  ],
  refusedBy: policy("mijnbureau-platform-bindings", says),
});

export const accountAttacks: readonly Attack[] = [
  {
    id: "accounts/default-token",
    position: own,
    attempt: "Gives every pod that names no account a token",
    steps: [patch(ref, { automountServiceAccountToken: true })],
    refusedBy: rule("identity/default-service-account-automount"),
  },
  {
    id: "accounts/default-deleted",
    position: own,
    attempt: "Deletes the default account, so that it comes back with a token",
    steps: [
      remove(ref),
      wait((owner) => comesBack(owner, ref)),
      request("GET", `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/default`),
    ],
    refusedBy: mutation("mijnbureau-platform-default-service-account"),
    also: [rule("identity/default-service-account-automount")],
    harmless: (answer) => at(answer, "automountServiceAccountToken") === false,
  },
  {
    id: "accounts/long-lived-token",
    position: own,
    attempt: "Makes a Secret that holds a token of the deployer for ever",
    steps: [
      create(
        object(
          "v1",
          "Secret",
          { type: "kubernetes.io/service-account-token" },
          { annotations: { "kubernetes.io/service-account.name": "mijnbureau-deployer" } },
        ),
      ),
    ],
    refusedBy: rule("identity/long-lived-token"),
    also: [policy("mijnbureau-platform-token-secrets", "never expires")],
  },
  {
    id: "accounts/token-request",
    position: own,
    attempt: "Asks for a token of the deployer",
    steps: [
      request("POST", `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/mijnbureau-deployer/token`, {
        body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
      }),
    ],
    refusedBy: rbac({ apiGroup: "", resource: "serviceaccounts/token", verbs: ["create"] }),
  },
  {
    id: "accounts/role-of-the-platform",
    position: own,
    attempt: "Changes the platform's own Role",
    steps: [
      patch(
        { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", name: "mijnbureau-deployer", namespace: NAMESPACE },
        { rules: [] },
      ),
    ],
    refusedBy: policy("mijnbureau-platform-deployer", "belongs to the platform"),
  },
  {
    id: "accounts/group-of-deployers",
    position: {
      title: `member of the group ${DEPLOYERS}`,
      namespace: NAMESPACE,
      account: "alice",
      groups: [DEPLOYERS, "system:masters"],
    },
    attempt: "Takes default deny away, with every right there is",
    steps: [
      remove({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", name: "default-deny", namespace: NAMESPACE }),
    ],
    refusedBy: policy("mijnbureau-platform-deployer", "belongs to the platform"),
  },
  binding("person", "Gives a person its rights", { subject: { kind: "User", apiGroup: RBAC, name: "mallory" } }),
  binding("group", "Gives a group its rights", { subject: { kind: "Group", apiGroup: RBAC, name: "everybody" } }),
  binding("group-of-accounts", "Gives all accounts of another app its rights", {
    subject: { kind: "Group", apiGroup: RBAC, name: "system:serviceaccounts:mijnbureau-keycloak" },
  }),
  binding(
    "role-of-the-deployer",
    "Gives an account of the app the deployer's Role, to have it when its own rights are gone",
    {
      subject: { kind: "ServiceAccount", name: "web", namespace: NAMESPACE },
      role: "mijnbureau-deployer",
      says: "the platform's own Roles",
    },
  ),
  {
    id: "accounts/role-of-roles",
    position: own,
    attempt: "Makes a Role that gives rights on, to have them when its own are gone",
    steps: [
      create(
        object(`${RBAC}/v1`, "Role", {
          rules: [{ apiGroups: [RBAC], resources: ["roles", "rolebindings"], verbs: ["create", "update"] }],
        }),
      ),
    ],
    refusedBy: policy("mijnbureau-platform-bindings", "gives itself rights anew"),
  },
  {
    id: "accounts/held-binding",
    position: own,
    attempt: "Keeps its RoleBinding in force after it is deleted, by an object of its own that holds it up",
    steps: [
      create(
        object(
          "v1",
          "ConfigMap",
          {},
          {
            finalizers: ["attack.example/hold"],
            ownerReferences: [
              {
                apiVersion: `${RBAC}/v1`,
                kind: "RoleBinding",
                name: "mijnbureau-deployer",
                uid: "00000000-0000-0000-0000-000000000001",
                blockOwnerDeletion: true,
              },
            ],
          },
        ),
      ),
    ],
    refusedBy: policy("mijnbureau-platform-owners", "hold up the deletion"),
  },
  {
    id: "accounts/external-name",
    position: own,
    attempt: "Makes a Service an alias of a name elsewhere",
    steps: [create(service({ type: "ExternalName", externalName: "metadata.example" }))],
    refusedBy: rule("exposure/external-name"),
  },
];
