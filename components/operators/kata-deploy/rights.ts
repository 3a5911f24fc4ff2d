import { text } from "../../admission/cel";
import { EVERYWHERE, type Account, type Limit } from "../frame/accounts";

/** What else of a node is written: the garbage collector deletes one whose owner is not there, and networks read annotations. */
const REST = ["annotations", "finalizers", "ownerReferences"];

/** Installers of a runtime tell by labels which nodes have it. */
export const labelsOnly = (prefix: string): Limit => ({
  apiGroup: "",
  resources: ["nodes"],
  operations: ["UPDATE"],
  allowed:
    ["spec", ...REST.map((field) => `metadata.?${field}`)]
      .map((field) => `object.${field} == oldObject.${field}`)
      .join(" && ") +
    " && " +
    ["object", "oldObject"]
      .map((from, index) => {
        const to = index === 0 ? "oldObject" : "object";
        return `${from}.metadata.?labels.orValue({}).all(key, key.startsWith(${text(prefix)}) || ${to}.metadata.?labels[?key] == ${from}.metadata.?labels[?key])`;
      })
      .join(" && "),
  says: `sets labels of nodes that begin with ${prefix}, and nothing else of them`,
  leaves: { "write nodes": [`labels ${prefix}…`] },
});

const PREFIX = "katacontainers.io/";

export const accounts: readonly Account[] = [
  {
    namespace: "kata-system",
    name: "kata-deploy-sa",
    purpose: "Installs Kata Containers on its node, and labels nodes that have it.",
    goal: { "write nodes": [`labels ${PREFIX}…`], "use kubelets": [EVERYWHERE] },
    limits: [labelsOnly(PREFIX)],
  },
];
