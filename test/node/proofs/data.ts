import { createHash, randomBytes } from "node:crypto";
import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { chmodSync, lchownSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suiteNamespaces } from "../../../cli/verify/verify";
import { endedRestore } from "../../../components/operators/velero/restore-phases";
import { DRILL, DRILL_NAMESPACE } from "../../../components/operators/velero/drill-names";
import { NAMESPACE } from "../../../components/operators/velero/locations";
import { NETWORK } from "../../../embedded/cluster/network";
import { nodePlaces } from "../../../embedded/nodes/layout";
import { at, isRecord, refOf, type KubeObject } from "../../../lib/kube/client";
import { ALLOW_DELETION } from "../../../components/admission/guards/data-namespaces";
import { makeNamespace } from "../../attacks/platform";
import { eventually, isReady, probe } from "../support";
import { nothingForbidden } from "./operators";
import { answerOutside, OUTSIDE } from "./packets";
import type { Outcome, Proof } from "./proof";
import type { World } from "./world";

/** An app of the production render whose pod has a claim of its own. */
const APP = "element";
const CLAIM = "synapse";
const NAME = "tried";
const SCHEDULE = "suite-daily";
const LONG_MS = 180_000;

const NOT_BUILT = "Velero or SeaweedFS is not built on this machine: npm run test:node";

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? Array.from<unknown>(value) : []);

/** The pod that has the claim, and as which of its volumes. */
async function holderOf(world: World, namespace: string): Promise<{ pod: KubeObject; volume: string } | undefined> {
  for (const pod of await world.client.list({ apiVersion: "v1", kind: "Pod" }, { namespace })) {
    const found = list(at(pod, "spec", "volumes")).find(
      (each) => at(each, "persistentVolumeClaim", "claimName") === CLAIM,
    );
    if (found !== undefined && isReady(pod)) return { pod, volume: String(at(found, "name")) };
  }
  return undefined;
}

/** The folder of the claim's volume, on the node that has it. */
async function folderOf(world: World, namespace: string): Promise<string> {
  const claim = await world.client.get({ apiVersion: "v1", kind: "PersistentVolumeClaim", name: CLAIM, namespace });
  const folders = nodePlaces(world.state.paths, 2).map(({ volumes }) =>
    join(volumes, String(at(claim, "spec", "volumeName"))),
  );
  const found = folders.find((folder) => existsSync(folder));
  if (found === undefined) throw new Error(`no node has a volume of claim ${namespace}/${CLAIM}`);
  return found;
}

/** Every file with its owner, its mode and what it holds. */
function contentOf(folder: string, below = ""): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const [name, path] = [join(below, entry.name), join(folder, below, entry.name)];
    const { uid, gid, mode } = lstatSync(path);
    const content = entry.isSymbolicLink()
      ? `-> ${readlinkSync(path)}`
      : entry.isDirectory()
        ? "folder"
        : createHash("sha256").update(readFileSync(path)).digest("hex");
    found.set(name, `${String(uid)}:${String(gid)} ${(mode & 0o7777).toString(8)} ${content}`);
    if (entry.isDirectory()) for (const each of contentOf(folder, name)) found.set(...each);
  }
  return found;
}

const differences = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] =>
  [...before].flatMap(([path, was]) => {
    const is = after.get(path) ?? "not there";
    return is === was ? [] : [`${path}: was ${was}, is ${is}`];
  });

/** Beside what the app's own pod has written: other owners, modes, links, and more than one block of the repository. */
function fill(folder: string): void {
  const owners = [
    [33, 33],
    [999, 2000],
    [0, 0],
    [70_000, 70_001],
  ] as const;
  owners.forEach(([user, group], index) => {
    const own = join(folder, `of-${String(user)}`);
    mkdirSync(own);
    const file = join(own, "data");
    writeFileSync(file, randomBytes(1024 ** 2 * (index + 1)));
    chmodSync(file, [0o600, 0o640, 0o644, 0o400][index] ?? 0o600);
    chownSync(file, user, group);
    symlinkSync("data", join(own, "link"));
    lchownSync(join(own, "link"), user, group);
    chmodSync(own, 0o750);
    chownSync(own, user, group);
  });
}

async function ended(world: World, kind: "Backup" | "Restore", spec: object): Promise<string[]> {
  // As if its schedule had made it, which drills restore from.
  const labels = { "velero.io/schedule-name": SCHEDULE };
  const object = { apiVersion: "velero.io/v1", kind, metadata: { name: NAME, namespace: NAMESPACE, labels } };
  await world.client.create({ ...object, spec });
  const done = await eventually(
    `${kind} ${NAME} ends`,
    async () => {
      const found = await world.client.get(refOf(object));
      return endedRestore.some((phase) => phase === at(found, "status", "phase")) ? found : undefined;
    },
    LONG_MS,
  );
  if (at(done, "status", "phase") === "Completed") return [];
  const { output } = await world.kubectl.run(["logs", "--namespace", NAMESPACE, "deployment/velero", "--tail=4000"]);
  const lines = output.split("\n").filter((line) => line.includes('"level":"error"') && line.includes(NAME));
  return [`${kind}: ${JSON.stringify(done["status"])}`, ...lines.slice(-5)];
}

async function destroy(world: World, namespace: string): Promise<void> {
  const ref = { apiVersion: "v1", kind: "Namespace", name: namespace };
  await world.kubectl.run(["annotate", "namespace", namespace, `${ALLOW_DELETION}=${namespace}`]);
  await world.client.delete(ref);
  await eventually(
    `namespace ${namespace} is gone`,
    async () => ((await world.client.find(ref)) === undefined ? true : undefined),
    LONG_MS,
  );
}

/** Filled, backed up, destroyed with its namespace, and brought back behind the policies that `pulumi up` makes again. */
async function comesBack(world: World): Promise<Outcome> {
  if (world.backups === undefined) {
    return { tries: 0, wrong: [], skipped: NOT_BUILT };
  }
  const namespace = (await suiteNamespaces(world.client)).suite.get(APP) ?? "";
  const holder = await holderOf(world, namespace);
  if (holder === undefined) return { tries: 1, wrong: [`no pod of ${namespace} has claim ${CLAIM}`] };
  const { pod, volume } = holder;
  const name = pod.metadata.name ?? "";
  const folder = await folderOf(world, namespace);
  const mount = list(at(pod, "spec", "containers", 0, "volumeMounts")).find((each) => at(each, "name") === volume);
  const written = `${String(at(mount, "mountPath"))}/written`;
  const { code, output } = await world.kubectl.exec(namespace, name, ["/stand-in", "write", written, "by the app"]);
  if (code !== 0) return { tries: 1, wrong: [`the app cannot write to its volume: ${output}`] };
  fill(folder);
  const before = contentOf(folder);
  const schedule = await world.client.get({
    apiVersion: "velero.io/v1",
    kind: "Schedule",
    name: SCHEDULE,
    namespace: NAMESPACE,
  });
  const template = at(schedule, "spec", "template");
  const wrong = await ended(world, "Backup", {
    ...(isRecord(template) ? template : {}),
    includedNamespaces: [namespace],
  });
  if (wrong.length > 0) return { tries: before.size, wrong };
  await destroy(world, namespace);
  await eventually("the volume is gone with its claim", () => Promise.resolve(existsSync(folder) ? undefined : true));
  const again = world.plan.suite.find((each) => each.namespace === namespace);
  if (again === undefined) throw new Error(`the plan has no namespace ${namespace}`);
  await makeNamespace(world.client, again);
  wrong.push(...(await ended(world, "Restore", { backupName: NAME, includedNamespaces: [namespace] })));
  const back = await eventually(`a pod of ${namespace} has claim ${CLAIM}`, () => holderOf(world, namespace), LONG_MS);
  const after = contentOf(await folderOf(world, namespace));
  wrong.push(...differences(before, after));
  await answerOutside(world);
  const closed = [`tcp ${OUTSIDE["metadata address"]}:80`, `tcp ${NETWORK.controlPlaneNode}:6443`];
  const from = { namespace, pod: back.pod.metadata.name ?? "" };
  const reached = (await probe(world.kubectl, from, closed, ["--timeout=2s"])).filter(
    ({ outcome }) => outcome !== "closed",
  );
  wrong.push(...reached.map(({ target, outcome }) => `the restored pod reaches ${target}: ${outcome}`));
  return {
    tries: before.size + closed.length,
    wrong,
    notes: [`${String(before.size)} files of claim ${namespace}/${CLAIM}, by kopia over HTTPS into SeaweedFS`],
  };
}

/** The stack's own drill, as its CronJob starts it: from the schedule's newest backup into a namespace without any flow. */
async function drilled(world: World): Promise<Outcome> {
  if (world.backups === undefined) return { tries: 0, wrong: [], skipped: NOT_BUILT };
  const cronJob = { apiVersion: "batch/v1", kind: "CronJob", name: `${DRILL}-${APP}`, namespace: NAMESPACE };
  const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name: `${DRILL}-${NAME}`, namespace: NAMESPACE } };
  const template = at(await world.client.get(cronJob), "spec", "jobTemplate", "spec");
  await world.client.create({ ...job, spec: template });
  const conditions = await eventually(
    "the drill ends",
    async () => {
      const found = list(at(await world.client.get(refOf(job)), "status", "conditions")).map((each) =>
        String(at(each, "type")),
      );
      return found.includes("Complete") || found.includes("Failed") ? found : undefined;
    },
    2 * LONG_MS,
  );
  const args = ["logs", "--namespace", NAMESPACE, `job/${job.metadata.name}`, "--all-containers", "--tail=20"];
  const { output } = await world.kubectl.run(args);
  const steps = ["initContainers", "containers"].flatMap((kind) => list(at(template, "template", "spec", kind)));
  const left = await world.client.list({ apiVersion: "v1", kind: "Pod" }, { namespace: DRILL_NAMESPACE });
  return {
    tries: steps.length,
    wrong: [
      ...(conditions.includes("Failed") ? output.split("\n").slice(-20) : []),
      ...left.map(({ metadata }) => `${DRILL_NAMESPACE}/${metadata.name ?? ""} is left`),
    ],
  };
}

export const dataProofs: readonly Proof[] = [
  {
    claim: "a volume and its namespace, destroyed, come back from the backup with checksums and owners",
    run: comesBack,
  },
  { claim: "the restore drill brings it back too, finds all of it, and leaves nothing", run: drilled },
  {
    claim: "Velero's pods ask the API server for nothing that is forbidden to them",
    run: async (world) =>
      world.backups === undefined ? { tries: 0, wrong: [], skipped: NOT_BUILT } : nothingForbidden(world, NAMESPACE),
  },
];
