import { create, deployer, patch, policy, remove, rule, type Attack, type Guard } from "../attack";
import type { KubeObject } from "../../../lib/kube/client";
import { APP, certificate, DOMAIN, LOGIN_HOST, NAMESPACE, object, ownIngress, path, service } from "./_objects";

const HELD = { finalizers: ["attack.example/held"] };

interface Change {
  readonly needs?: readonly KubeObject[];
  readonly made: KubeObject;
  readonly change: Readonly<Record<string, unknown>>;
  readonly refusedBy: Guard;
  readonly also?: readonly Guard[];
}

/** Made with a finalizer of one's own, deleted, and then changed: it stays as long as the finalizer does. */
const afterDeletion = (id: string, attempt: string, { needs, made, change, ...refusal }: Change): Attack => ({
  id: `deletion/${id}`,
  position: deployer(APP),
  attempt: `Makes ${attempt} an object that is being deleted and held by a finalizer`,
  steps: [...(needs ?? []).map(create), create(made), remove(made), patch(made, change)],
  ...refusal,
});

const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "attack" };

export const deletionAttacks: readonly Attack[] = [
  afterDeletion("ingress-host", "an Ingress for the login host out of", {
    made: ownIngress(HELD),
    change: { spec: { rules: [{ host: LOGIN_HOST, http: { paths: [path] } }] } },
    refusedBy: policy("mijnbureau-platform-hosts", LOGIN_HOST),
  }),
  afterDeletion("ingress-wildcard", "an Ingress for every host out of", {
    made: ownIngress(HELD),
    change: { spec: { rules: [{ host: `*.${DOMAIN}`, http: { paths: [path] } }] } },
    refusedBy: policy("mijnbureau-platform-hosts", "*."),
    also: [rule("exposure/ingress-host")],
  }),
  afterDeletion("certificate", "a Certificate of the login host out of", {
    made: object("cert-manager.io/v1", "Certificate", { spec: certificate() }, HELD),
    change: { spec: { dnsNames: [LOGIN_HOST] } },
    refusedBy: policy("mijnbureau-platform-certificates", LOGIN_HOST),
  }),
  afterDeletion("service-external-ips", "a Service with external addresses out of", {
    made: service({}, HELD),
    change: { spec: { externalIPs: ["192.0.2.25"] } },
    refusedBy: rule("exposure/external-ips"),
  }),
  afterDeletion("binding-to-everybody", "a RoleBinding to everybody out of", {
    needs: [object("rbac.authorization.k8s.io/v1", "Role", { rules: [] })],
    made: object(
      "rbac.authorization.k8s.io/v1",
      "RoleBinding",
      { roleRef, subjects: [{ kind: "ServiceAccount", name: "attack", namespace: NAMESPACE }] },
      HELD,
    ),
    change: { subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:unauthenticated" }] },
    refusedBy: rule("identity/anonymous-binding"),
    also: [policy("mijnbureau-platform-bindings", "ServiceAccounts of its own namespace only")],
  }),
  afterDeletion("budget", "a budget that blocks every drain out of", {
    made: object("policy/v1", "PodDisruptionBudget", { spec: { maxUnavailable: 1 } }, HELD),
    change: { spec: { maxUnavailable: 0 } },
    refusedBy: rule("availability/disruption-budget-zero"),
    also: [policy("mijnbureau-platform-budgets", "maxUnavailable")],
  }),
];
