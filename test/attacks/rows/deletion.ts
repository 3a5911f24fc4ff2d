import { create, deployer, patch, policy, remove, rule, type Attack, type Guard } from "../attack";
import type { KubeObject } from "../../../embedded/cluster/client";
import { APP, LOGIN_HOST, object, ownIngress, path, service } from "./_objects";

const HELD = { finalizers: ["attack.example/held"] };

/** Made with a finalizer of one's own, deleted, and then changed: it stays as long as the finalizer does. */
const afterDeletion = (
  id: string,
  attempt: string,
  made: KubeObject,
  change: Readonly<Record<string, unknown>>,
  refusedBy: Guard,
): Attack => ({
  id: `deletion/${id}`,
  position: deployer(APP),
  attempt: `Makes ${attempt} an object that is being deleted and held by a finalizer`,
  steps: [create(made), remove(made), patch(made, change)],
  refusedBy,
});

export const deletionAttacks: readonly Attack[] = [
  afterDeletion(
    "ingress-host",
    "an Ingress for the login host out of",
    ownIngress(HELD),
    { spec: { rules: [{ host: LOGIN_HOST, http: { paths: [path] } }] } },
    policy("mijnbureau-platform-hosts", LOGIN_HOST),
  ),
  afterDeletion(
    "service-external-ips",
    "a Service with external addresses out of",
    service({}, HELD),
    { spec: { externalIPs: ["192.0.2.25"] } },
    rule("exposure/external-ips"),
  ),
  afterDeletion(
    "binding-to-everybody",
    "a RoleBinding to everybody out of",
    object(
      "rbac.authorization.k8s.io/v1",
      "RoleBinding",
      {
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "attack" },
        subjects: [{ kind: "ServiceAccount", name: "attack", namespace: "mijnbureau-docs" }],
      },
      HELD,
    ),
    { subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:unauthenticated" }] },
    rule("identity/anonymous-binding"),
  ),
];
