import { isReal } from "../../../embedded/nodes/images";
import { at, isRecord, type KubeObject } from "../../../lib/kube/client";
import { parseQuantity } from "../../../lib/quantity";
import { eachAtOnce } from "./each";
import type { Outcome, Proof } from "./proof";
import type { World } from "./world";

/** User and group of the stand-in's image, for workloads that leave them to the image. */
const IMAGE_USER = 65532;

/** What the kernel is expected to say of a container, by the pod as admission left it. */
function expected(pod: KubeObject, container: unknown): Readonly<Record<string, unknown>> {
  const own = (key: string): unknown => at(container, "securityContext", key);
  const inherited = (key: string): unknown => own(key) ?? at(pod, "spec", "securityContext", key);
  const dropped = listOf(at(container, "securityContext", "capabilities", "drop"));
  const profile = inherited("seccompProfile");
  // In a sandbox all containers of a pod share the pod's own limit, and its kernel knows no profile of the pod's: gVisor
  // filters its own calls of the node's instead (runsc, --oci-seccomp).
  const sandboxed = isSandboxed(pod);
  const limited = sandboxed ? containersOf(pod) : [container];
  const memory = [
    ...limited.map((each) => at(each, "resources", "limits", "memory")),
    at(pod, "spec", "overhead", "memory"),
  ]
    .filter((each) => typeof each === "string")
    .reduce((sum, each) => sum + (parseQuantity(each)?.asApproximateFloat() ?? 0), 0);
  return {
    uid: inherited("runAsUser") ?? IMAGE_USER,
    noNewPrivileges: own("allowPrivilegeEscalation") === false ? "1" : "0",
    ...(sandboxed ? {} : { seccomp: at(profile, "type") === "RuntimeDefault" ? "2" : "0" }),
    ...(dropped.includes("ALL")
      ? { bounding: capabilities(listOf(at(container, "securityContext", "capabilities", "add"))) }
      : {}),
    ...(own("readOnlyRootFilesystem") === true ? { rootWritable: false } : {}),
    ...(at(pod, "spec", "automountServiceAccountToken") === false ? { token: hasTokenVolume(pod) } : {}),
    ...(memory > 0 ? { memoryLimit: memory } : {}),
    ...groupsOf(pod),
  };
}

const isSandboxed = (pod: KubeObject): boolean => at(pod, "spec", "runtimeClassName") === "gvisor";

function containersOf(pod: KubeObject): readonly unknown[] {
  const containers = at(pod, "spec", "containers");
  return Array.isArray(containers) ? Array.from<unknown>(containers) : [];
}

const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/** Of those that a restricted pod may add. */
const CAPABILITIES: Readonly<Record<string, number>> = { NET_BIND_SERVICE: 10 };

const capabilities = (names: readonly string[]): string =>
  names
    .reduce((mask, name) => mask | (1n << BigInt(CAPABILITIES[name] ?? 63)), 0n)
    .toString(16)
    .padStart(16, "0");

function groupsOf(pod: KubeObject): Readonly<Record<string, unknown>> {
  const wanted = [
    at(pod, "spec", "securityContext", "fsGroup"),
    ...listOf(at(pod, "spec", "securityContext", "supplementalGroups")),
  ];
  const groups = wanted.filter((group) => group !== undefined).map(Number);
  return groups.length === 0 ? {} : { missingGroups: [], groups };
}

/** A workload may bring its token itself, for an audience and a time of its own. */
function hasTokenVolume(pod: KubeObject): boolean {
  const volumes = at(pod, "spec", "volumes");
  return (
    Array.isArray(volumes) && volumes.some((each: unknown) => JSON.stringify(each).includes("serviceAccountToken"))
  );
}

function seen(output: unknown, wanted: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const groups = listOf(at(output, "groups")).map(Number);
  const limit = Number(at(output, "memoryLimit"));
  const all: Readonly<Record<string, unknown>> = {
    uid: at(output, "uid"),
    noNewPrivileges: at(output, "status", "NoNewPrivs"),
    seccomp: at(output, "status", "Seccomp"),
    bounding: at(output, "status", "CapBnd"),
    rootWritable: at(output, "rootWritable"),
    token: at(output, "token"),
    // The kernel counts whole pages.
    memoryLimit: limit + (Number(wanted["memoryLimit"]) % 4096),
    groups: wanted["groups"],
    missingGroups: listOf(wanted["groups"])
      .map(Number)
      .filter((group) => !groups.includes(group)),
  };
  return Object.fromEntries(Object.keys(wanted).map((key) => [key, all[key]]));
}

/** Of a pod's containers: a real program cannot be asked what the kernel says of it. */
const standInsOf = (world: World, pod: KubeObject): readonly unknown[] =>
  containersOf(pod).filter((each) => !isReal(String(at(each, "image")), world.images));

/** Every container that runs, in the suite's and the operators' namespaces, against its own pod's words. */
async function asAdmitted(world: World): Promise<Outcome> {
  const pods = (await world.runningPods()).filter(({ metadata }) => metadata.namespace !== "kube-system");
  const wrong: string[] = [];
  let tries = 0;
  await eachAtOnce(pods, 6, async (pod) => {
    const { name = "", namespace = "" } = pod.metadata;
    for (const container of standInsOf(world, pod)) {
      const label = `${namespace}/${name} ${String(at(container, "name"))}`;
      const command = ["exec", "--namespace", namespace, "--container", String(at(container, "name")), name, "--"];
      const { output } = await world.kubectl.run([...command, "/stand-in", "status"]);
      const wanted = expected(pod, container);
      tries += Object.keys(wanted).length;
      const told = parsed(output);
      if (told === undefined) {
        wrong.push(`${label}: ${output.slice(0, 200)}`);
        continue;
      }
      const found = seen(told, wanted);
      for (const [key, value] of Object.entries(wanted)) {
        if (JSON.stringify(found[key]) !== JSON.stringify(value)) {
          wrong.push(`${label}: ${key} is ${JSON.stringify(found[key])}, admitted as ${JSON.stringify(value)}`);
        }
      }
    }
  });
  return {
    tries,
    wrong: wrong.sort(),
    notes: [`${String(pods.length)} pods, each container asked by what the kernel says of it`],
  };
}

function parsed(output: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(output);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const RESTRICTED = { CapEff: "0000000000000000", NoNewPrivs: "1" } as const;
const FILTERED = { ...RESTRICTED, Seccomp: "2" } as const;

/** Containers of the suite hold no capability, gain none, are filtered and not root, whatever their charts say. */
async function restricted(world: World): Promise<Outcome> {
  const pods = (await world.runningPods()).filter(({ metadata }) => metadata.namespace?.startsWith("mijnbureau-"));
  const wrong: string[] = [];
  let tries = 0;
  await eachAtOnce(pods, 6, async (pod) => {
    const { name = "", namespace = "" } = pod.metadata;
    for (const each of standInsOf(world, pod)) {
      const container = String(at(each, "name"));
      const command = ["exec", "--namespace", namespace, "--container", container, name, "--", "/stand-in", "status"];
      const told = parsed((await world.kubectl.run(command)).output);
      const claims = Object.entries(isSandboxed(pod) ? RESTRICTED : FILTERED);
      tries += claims.length + 1;
      for (const [key, value] of claims) {
        const found = at(told, "status", key);
        if (found !== value) wrong.push(`${namespace}/${name} ${container}: ${key} is ${String(found)}`);
      }
      const user = at(told, "uid");
      if (typeof user !== "number" || user === 0) wrong.push(`${namespace}/${name} ${container}: user ${String(user)}`);
    }
  });
  return { tries, wrong: wrong.sort() };
}

export const podProofs: readonly Proof[] = [
  { claim: "what admission made of a pod is what runs", run: asAdmitted },
  { claim: "every pod of the suite is restricted by the kernel", run: restricted },
];
