import { z } from "zod";
import type { Check } from "./checks";
import type { Send } from "./webhooks";

const CHECK = "nobody else's workloads";

/** As many pods as are asked for: enough to name whose they are. */
const LIMIT = 500;
const NAMED = 3;

const podList = z.object({
  metadata: z.object({ continue: z.string().optional() }),
  items: z.array(z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }) })),
});

/** Namespaces that pods may be in on a cluster of the stack's own, by name and by how their names begin. */
export interface Known {
  readonly namespaces: readonly string[];
  readonly prefixes: readonly string[];
}

/** Whether a cluster that is said to carry the platform and the suite alone does so. */
export async function foreignWorkloads(send: Send, { namespaces, prefixes }: Known): Promise<Check> {
  const selector = namespaces.map((name) => `metadata.namespace!=${name}`).join(",");
  const { status, body } = await send(
    "GET",
    `/api/v1/pods?limit=${LIMIT}&fieldSelector=${encodeURIComponent(selector)}`,
  );
  if (status !== 200) {
    return {
      check: CHECK,
      answer: "not visible",
      detail: `the API server answered ${status} to a list of all pods`,
      remedy: "Whoever has cluster-wide read access can see it; use a kubeconfig that has",
    };
  }
  const { items, metadata } = podList.parse(JSON.parse(body));
  const foreign = items
    .map((item) => item.metadata)
    .filter(({ namespace }) => !prefixes.some((prefix) => namespace.startsWith(prefix)));
  if (foreign.length === 0) return { check: CHECK, answer: "yes", detail: "no pod outside the stack's namespaces" };
  const places = [...new Set(foreign.map(({ namespace }) => namespace))].sort().map((place) => {
    const pods = foreign.filter(({ namespace }) => namespace === place).map(({ name }) => name);
    const more = pods.length > NAMED ? ` and ${pods.length - NAMED} more` : "";
    return `${place} (${pods.slice(0, NAMED).join(", ")}${more})`;
  });
  return {
    check: CHECK,
    answer: "no",
    detail: `${places.join(", ")}${metadata.continue === undefined ? "" : ", and others"}`,
    remedy:
      "Move them to a cluster of their own, list their namespaces in network.exemptNamespaces, or say that the cluster is shared: cluster.dedicated false, network.clusterDefaultDeny platform",
  };
}
