import { at } from "../../../lib/kube/client";
import { suiteNamespaces } from "../../../cli/verify/verify";
import { NETWORK } from "../../../embedded/cluster/network";
import { probe, readyPod, restrictedPod } from "../support";
import { OUTSIDE } from "./packets";
import type { Outcome, Proof } from "./proof";
import { SANDBOXED, type World } from "./world";

const BESIDE = "beside-gvisor";

/** The app's own pods, which admission has given the RuntimeClass of the stack; the proofs of flows try their packets. */
async function sandboxed(world: World): Promise<Outcome> {
  if (!world.gvisor) {
    return { tries: 0, wrong: [], skipped: "gVisor is not built on this machine: npm run test:node" };
  }
  const namespace = (await suiteNamespaces(world.client)).suite.get(SANDBOXED) ?? "";
  const pods = (await world.runningPods()).filter(({ metadata }) => metadata.namespace === namespace);
  if (pods.length === 0) return { tries: 1, wrong: [`no pod of ${namespace} is ready`] };
  // Of another app: what one pod says and the other does not is the sandbox.
  await world.client.apply(restrictedPod("default", BESIDE), { force: true });
  await readyPod(world.client, "default", BESIDE);
  const kernelOf = async (place: string, name: string): Promise<string> => {
    const { output } = await world.kubectl.exec(place, name, ["/stand-in", "read", "/proc/version"]);
    return output.trim();
  };
  const beside = await kernelOf("default", BESIDE);
  const [dns, apiServer, metadata] = [
    `udp ${NETWORK.dnsService}:53`,
    `tcp ${NETWORK.controlPlaneNode}:6443`,
    `tcp ${OUTSIDE["metadata address"]}:80`,
  ];
  const wrong: string[] = [];
  let tries = 0;
  for (const pod of pods) {
    const name = pod.metadata.name ?? "";
    const kernel = await kernelOf(namespace, name);
    const { output: log } = await world.kubectl.run(["logs", "--namespace", namespace, name]);
    const seen = await probe(world.kubectl, { namespace, pod: name }, [dns, apiServer, metadata], ["--timeout=3s"]);
    const outcomes = new Map(seen.map(({ target, outcome }) => [target, outcome]));
    const checks: readonly (readonly [string, boolean])[] = [
      ["admission gave it the RuntimeClass", at(pod, "spec", "runtimeClassName") === "gvisor"],
      [`its kernel is gVisor's and not the node's: ${kernel}`, kernel.includes("gvisor") && kernel !== beside],
      ["its log is read", log.includes("STAND-IN")],
      ["cluster DNS answers it", outcomes.get(dns) === "open"],
      ["the API server is closed to it", outcomes.get(apiServer) === "closed"],
      ["the metadata address is closed to it", outcomes.get(metadata) === "closed"],
    ];
    tries += checks.length;
    wrong.push(...checks.filter(([, right]) => !right).map(([what]) => `${name}, not so: ${what}`));
  }
  return { tries, wrong, notes: [`${String(pods.length)} pods of ${namespace}, ready by their own probes`] };
}

export const gvisorProofs: readonly Proof[] = [
  { claim: "an app with a sandbox runs in gVisor, and its probes, log, DNS and policies work", run: sandboxed },
];
