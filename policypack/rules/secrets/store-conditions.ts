import { rule } from "../../engine/rule";
import { selectsNamespaces } from "../namespaces/_selector";

/** To read an expression takes time with its length, and no list of names of 63 characters needs more. */
const LONGEST = 1_000;

/** Cluster secret stores name the namespaces that may use them. */
export const storeConditions = rule({
  id: "secrets/store-conditions",
  severity: "critical",
  title: "Cluster secret stores name the namespaces that may use them",
  why: "A cluster store without conditions hands every secret it can read to whoever may write an ExternalSecret in any namespace.",
  standards: { cis: ["5.4.2"], iso27002: ["5.15", "8.3", "8.24"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["external-secrets.io/ClusterSecretStore"],
  // Any part of any condition opens the store (External Secrets, ClientManager.shouldProcessSecret).
  valid: `object.spec.?conditions.orValue([]).size() > 0 && object.spec.conditions.all(c,
      c.?namespaces.orValue([]).all(n, n != "*") &&
      c.?namespaceRegexes.orValue([]).all(n, n.size() <= ${LONGEST} && !"default".matches(n)) &&
      (!has(c.namespaceSelector) || ${selectsNamespaces("c.namespaceSelector")}))`,
  message: "may be used from every namespace",
  detail: `object.spec.?conditions.orValue([]).exists(c, c.?namespaceRegexes.orValue([]).exists(n, n.size() > ${LONGEST})) ?
      "an expression of more than ${LONGEST} characters, which is not read" : ""`,
  field: "spec.conditions",
  remedy: "Set spec.conditions: namespaceSelector, namespaces or namespaceRegexes.",
});
