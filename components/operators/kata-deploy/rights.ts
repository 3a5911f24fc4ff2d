import { text } from "../../admission/cel";
import { EVERYWHERE, type Account, type Limit } from "../frame/accounts";

/** Installers of a runtime tell by labels which nodes have it. */
export const labelsOnly = (prefix: string): Limit => ({
  apiGroup: "",
  resources: ["nodes"],
  operations: ["UPDATE"],
  allowed:
    "object.spec == oldObject.spec && " +
    ["object", "oldObject"]
      .map((from, index) => {
        const to = index === 0 ? "oldObject" : "object";
        return `${from}.metadata.?labels.orValue({}).all(key, key.startsWith(${text(prefix)}) || ${to}.metadata.?labels[?key] == ${from}.metadata.?labels[?key])`;
      })
      .join(" && "),
  says: `sets labels of nodes that begin with ${prefix}, and no taint`,
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
