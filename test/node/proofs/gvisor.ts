import { at } from "../../../lib/kube/client";
import { findTools } from "../../../embedded/toolchain";
import { probe, readyPod, restrictedPod } from "../support";
import type { Outcome, Proof } from "./proof";
import type { World } from "./world";

/** Not an app's: there admission gives pods the RuntimeClass that the stack names, and the dev stack names none. */
const NAMESPACE = "sandbox-ground";
const POD = "in-gvisor";

/** DNS and nothing else, as every namespace of the suite has it. */
const onlyDns = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "only-dns", namespace: NAMESPACE },
  spec: {
    podSelector: {},
    policyTypes: ["Egress"],
    egress: [
      {
        to: [{ namespaceSelector: {}, podSelector: { matchLabels: { "k8s-app": "kube-dns" } } }],
        ports: [{ port: 53, protocol: "UDP" }],
      },
    ],
  },
};

/** A pod in gVisor: its kernel says so, and everything else is as before. */
async function sandboxed(world: World): Promise<Outcome> {
  if (!(await findTools(["runsc"])).has("runsc")) {
    return { tries: 0, wrong: [], skipped: "not built on this machine: node dist/cli/toolchain.js runsc" };
  }
  const runtimeClass = {
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    metadata: { name: "gvisor" },
    handler: "runsc",
  };
  await world.client.apply(runtimeClass, { force: true });
  await world.client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } }, { force: true });
  await world.client.apply(onlyDns, { force: true });
  await world.client.apply(restrictedPod(NAMESPACE, POD, { spec: { runtimeClassName: "gvisor" } }), { force: true });
  await world.client.apply(restrictedPod(NAMESPACE, "beside-gvisor"), { force: true });
  const pod = await readyPod(world.client, NAMESPACE, POD, 120_000);
  await readyPod(world.client, NAMESPACE, "beside-gvisor");
  const status = async (name: string): Promise<unknown> => {
    const { output } = await world.kubectl.exec(NAMESPACE, name, ["/stand-in", "status"]);
    return JSON.parse(output);
  };
  const [inside, beside] = [await status(POD), await status("beside-gvisor")];
  const { output: log } = await world.kubectl.run(["logs", "--namespace", NAMESPACE, POD]);
  const targets = ["udp 10.96.0.10:53", "tcp 172.18.0.2:6443", "tcp 169.254.169.254:80"];
  const seen = await probe(world.kubectl, { namespace: NAMESPACE, pod: POD }, targets, ["--timeout=3s"]);
  const outcomes = Object.fromEntries(seen.map(({ target, outcome }) => [target, outcome]));
  const checks: readonly (readonly [string, boolean])[] = [
    ["its probe is answered", pod.metadata.name === POD],
    ["its kernel is gVisor's", String(at(inside, "kernel")).includes("gvisor")],
    ["the pod beside it has the node's kernel", !String(at(beside, "kernel")).includes("gvisor")],
    ["it is the user that it asked for", at(inside, "uid") === 1000],
    ["it holds no capability", at(inside, "status", "CapEff") === "0000000000000000"],
    ["its root file system is read-only", at(inside, "rootWritable") === false],
    ["it has no token", at(inside, "token") === false],
    ["its log is read", log.includes("STAND-IN")],
    ["cluster DNS answers it", outcomes[targets[0] ?? ""] === "open"],
    ["the API server is closed to it", outcomes[targets[1] ?? ""] === "closed"],
    ["the metadata address is closed to it", outcomes[targets[2] ?? ""] === "closed"],
  ];
  return {
    tries: checks.length,
    wrong: checks.filter(([, right]) => !right).map(([what]) => `not so: ${what} (${JSON.stringify(outcomes)})`),
  };
}

export const gvisorProofs: readonly Proof[] = [{ claim: "a pod runs in gVisor as it does without", run: sandboxed }];
