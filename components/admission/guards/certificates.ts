import { literal, text } from "../cel";
import { objectChanged, whenChanged } from "../changed";
import { written, type Guard, type GuardFacts } from "./guard";
import { isOwn, owners } from "./hosts";

const spec = "dyn(object).?spec";

/** Fields of a Certificate that put anything but DNS names of a server into it (cert-manager docs, "Certificate resource"). */
const NAMES_OF_OTHER_KINDS = [
  "ipAddresses",
  "uris",
  "emailAddresses",
  "otherNames",
  "literalSubject",
  "subject",
  "nameConstraints",
] as const;

const USAGES = [
  "signing",
  "digital signature",
  "content commitment",
  "key encipherment",
  "key agreement",
  "server auth",
  "client auth",
];

/** A year and a day; what is to last longer is renewed. */
const LONGEST = "8784h";
/** Of the 90 days that public authorities give; with more, one app uses up what they sign for the domain in a week. */
const EARLIEST_RENEWAL = { before: "1080h", percentage: 50 } as const;

/**
 * A Certificate of the suite is for the app's own hosts, or for Services of its own namespace. An issuer signs what
 * it is asked: with the names of others one speaks for them, as an authority for everyone. Held here, whoever writes
 * it, so that the annotations of an Ingress or a Gateway, from which cert-manager makes Certificates, are held too.
 */
export function certificates(facts: GuardFacts): Guard {
  const { gatewayNamespace, clusterDomain } = facts;
  const ofService = (suffix: string): string =>
    `name.endsWith('.' + request.namespace + ${text(suffix)}) && name.matches('^([*][.])?([-a-z0-9]+[.])+[a-z]+$')`;
  const allowed = [
    isOwn("name"),
    `(request.namespace == ${text(gatewayNamespace)} && name in variables.owners)`,
    `(${ofService(".svc")})`,
    `(${ofService(`.svc.${clusterDomain}`)})`,
  ].join(" || ");
  const given = NAMES_OF_OTHER_KINDS.map(
    (field) => `${spec}.?${field}.hasValue() && ${isFilled(field)} ? '${field}' : ''`,
  );
  return {
    name: "mijnbureau-platform-certificates",
    role: "suite",
    resources: [written("cert-manager.io", "certificates")],
    matchConditions: [whenChanged(objectChanged)],
    variables: [
      owners(facts),
      {
        name: "foreign",
        expression:
          `(${spec}.?dnsNames.orValue([]) + (${spec}.?commonName.orValue('') == '' ? [] : [dyn(object).spec.commonName]))` +
          `.map(name, name.lowerAscii()).filter(name, !(${allowed}))`,
      },
      { name: "given", expression: `[${given.join(", ")}].filter(field, field != '')` },
    ],
    validations: [
      {
        expression: "variables.foreign.size() == 0",
        message: "A name of this certificate is not the namespace's own.",
        messageExpression:
          '"Certificates here are for the app\'s own hosts and the Services of its own namespace, not for: " + variables.foreign.join(", ") + "."',
      },
      {
        expression: `!${spec}.?isCA.orValue(false)`,
        message: "spec.isCA makes an authority that signs for any name.",
      },
      {
        expression: "variables.given.size() == 0",
        message: "This certificate names something else than hosts.",
        messageExpression: '"Certificates here name hosts only; remove spec." + variables.given.join(", spec.") + "."',
      },
      {
        expression: `${spec}.?usages.orValue([]).all(usage, usage in ${literal(USAGES)})`,
        message: "spec.usages asks for more than a certificate of a server or a client needs.",
      },
      {
        expression: `duration(${spec}.?duration.orValue('1h')) <= duration('${LONGEST}')`,
        message: `spec.duration is more than ${LONGEST}.`,
      },
      {
        expression:
          `duration(${spec}.?renewBefore.orValue('1h')) <= duration('${EARLIEST_RENEWAL.before}') && ` +
          `${spec}.?renewBeforePercentage.orValue(1) <= ${EARLIEST_RENEWAL.percentage}`,
        message: `spec.renewBefore is more than ${EARLIEST_RENEWAL.before}, or spec.renewBeforePercentage more than ${EARLIEST_RENEWAL.percentage}: public authorities sign few certificates a week for a domain.`,
      },
    ],
  };
}

const isFilled = (field: string): string =>
  field === "subject" || field === "nameConstraints" || field === "literalSubject"
    ? `${spec}.?${field}.orValue('') != ''`
    : `${spec}.?${field}.orValue([]).size() > 0`;
