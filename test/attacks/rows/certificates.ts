import { create, deployer, policy, type Attack } from "../attack";
import { APP, certificate, DOMAIN, LOGIN_HOST, object, OWN_HOST } from "./_objects";

const NAME = "mijnbureau-platform-certificates";

const asking = (id: string, attempt: string, spec: Readonly<Record<string, unknown>>, says: string): Attack => ({
  id: `certificates/${id}`,
  position: deployer(APP),
  attempt: `Asks for a certificate ${attempt}`,
  steps: [create(object("cert-manager.io/v1", "Certificate", { spec: certificate(spec) }))],
  refusedBy: policy(NAME, says),
});

const RENEWAL = "public authorities sign few";

const foreign: readonly (readonly [string, string, string])[] = [
  ["login", "of the login host", LOGIN_HOST],
  ["upper-case", "of the login host in upper case", "ID.MijnBureau.localhost"],
  ["trailing-dot", "of the login host with a stop behind it", `${LOGIN_HOST}.`],
  ["unowned", "of a name that nobody owns yet", `login.${DOMAIN}`],
  ["apex", "of the domain itself", DOMAIN],
  ["wildcard", "of every host", `*.${DOMAIN}`],
  ["wildcard-parent", "of every host above the domain", "*.localhost"],
  ["elsewhere", "of a host outside the domain, which the issuer could prove too", "mail.example.nl"],
  ["webhook", "of Kyverno's webhook", "kyverno-svc.kyverno.svc"],
  ["secret-store", "of the secret store", "openbao.openbao.svc"],
  ["secret-store-long", "of the secret store under its full name", "openbao.openbao.svc.cluster.local"],
  ["service-of-another-app", "of a Service of another app", "keycloak.mijnbureau-keycloak.svc"],
  ["api-server", "of the API server", "kubernetes.default.svc"],
  ["short-name", "of a name without a namespace", "openbao"],
  ["address", "of an address, written as a name", "10.96.0.1"],
];

export const certificateAttacks: readonly Attack[] = [
  ...foreign.map(([id, attempt, host]) => asking(id, attempt, { dnsNames: [OWN_HOST, host] }, host.toLowerCase())),
  asking(
    "common-name",
    "with the login host as common name",
    { dnsNames: [OWN_HOST], commonName: LOGIN_HOST },
    LOGIN_HOST,
  ),
  asking("authority", "that signs others", { isCA: true }, "spec.isCA"),
  asking(
    "internal-authority",
    "of the platform's own authority that signs others",
    {
      isCA: true,
      dnsNames: [],
      commonName: "",
      issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "platform-internal" },
    },
    "spec.isCA",
  ),
  asking("ip", "of the API server's address", { ipAddresses: ["10.96.0.1"] }, "ipAddresses"),
  asking("uri", "of a workload's identity", { uris: ["spiffe://cluster.local/ns/velero/sa/velero-server"] }, "uris"),
  asking("email", "of somebody's address", { emailAddresses: ["beheer@example.nl"] }, "emailAddresses"),
  asking(
    "other-name",
    "of somebody's user name",
    { otherNames: [{ oid: "1.3.6.1.4.1.311.20.2.3", utf8Value: "beheer@example.nl" }] },
    "otherNames",
  ),
  asking(
    "literal-subject",
    "with a subject of its own wording",
    { literalSubject: `CN=${LOGIN_HOST}` },
    "literalSubject",
  ),
  asking("subject", "with an organisation", { subject: { organizations: ["system:masters"] } }, "subject"),
  asking("for-ever", "that outlives everybody", { duration: "876000h" }, "spec.duration"),
  asking(
    "renewed-hourly",
    "every hour, until the authority signs none for the domain",
    { renewBefore: "2159h" },
    RENEWAL,
  ),
  asking("renewed-daily", "every day, until the authority signs none", { renewBeforePercentage: 99 }, RENEWAL),
  asking("usage", "that may sign certificates", { usages: ["cert sign"] }, "spec.usages"),
  asking("any-usage", "for any use", { usages: ["any"] }, "spec.usages"),
];
