import { at } from "../../../lib/kube/client";
import type { Outcome, Proof } from "./proof";
import type { World } from "./world";

/** What only a node can refuse: admission has let these pods in. */
const REFUSALS: ReadonlySet<string> = new Set(["FailedCreatePodSandBox", "CreateContainerError", "RunContainerError"]);

/** No pod is refused by kubelet or container runtime; a Secret or ConfigMap that is missing shows as such. */
async function starts(world: World): Promise<Outcome> {
  const pods = (await world.client.list({ apiVersion: "v1", kind: "Pod" })).filter((pod) =>
    String(at(pod, "spec", "nodeName")).startsWith("real-"),
  );
  const events = await world.client.list({ apiVersion: "v1", kind: "Event" });
  const refused = new Map<string, string>();
  for (const event of events) {
    const text = String(at(event, "message"));
    const [reason, kind] = [at(event, "reason"), at(event, "involvedObject", "kind")];
    const isRefusal =
      REFUSALS.has(String(reason)) ||
      (reason === "Failed" && /CreateContainerError|RunContainerError|non-root/.test(text));
    // A sandbox that was not made in time is made by the next try.
    if (kind !== "Pod" || !isRefusal || /deadline|timeout|NetworkPlugin/i.test(text)) continue;
    refused.set(
      `${String(at(event, "involvedObject", "namespace"))}/${String(at(event, "involvedObject", "name"))}`,
      text.slice(-300),
    );
  }
  const missing = pods.flatMap((pod) => {
    const statuses = at(pod, "status", "containerStatuses");
    return (Array.isArray(statuses) ? Array.from<unknown>(statuses) : []).flatMap((status) => {
      const message = at(status, "state", "waiting", "message");
      return at(status, "state", "waiting", "reason") === "CreateContainerConfigError"
        ? [`${pod.metadata.namespace ?? ""}/${pod.metadata.name ?? ""} waits: ${String(message)}`]
        : [];
    });
  });
  return {
    tries: pods.length,
    wrong: [...refused].map(([pod, text]) => `${pod}: ${text}`),
    notes: [...new Set(missing)].sort(),
  };
}

export const startProofs: readonly Proof[] = [{ claim: "no pod that is admitted is refused by its node", run: starts }];
