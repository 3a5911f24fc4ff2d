import { COMMAND, complaints, readSnapshots, sentences, snapshotsOf, writeSnapshots } from "./files";
import { changesOf, Eyes, leavesOf, type Change, type Path } from "./leaves";
import { roomsOf } from "./rooms";
import type { Leaf } from "./tree";
import { stackNames, wholeOf, type Whole } from "./stack";

const usage = `Usage: ${COMMAND} [-- --every-leaf]

Writes the snapshots of every stack anew and says what changed.

  --every-leaf  writes nothing; changes every value of every stack, one after another, and says which change the
                snapshots do not notice`;

function main(args: readonly string[]): number {
  const [only, ...others] = args;
  if (others.length > 0 || (only !== undefined && only !== "--every-leaf")) {
    console.error(usage);
    return 2;
  }
  const stacks = new Map(stackNames().map((stack) => [stack, wholeOf(stack)]));
  return only === undefined ? renew(stacks) : everyLeaf(stacks);
}

function renew(stacks: ReadonlyMap<string, Whole>): number {
  const now = snapshotsOf(new Map([...stacks].map(([stack, whole]) => [stack, roomsOf(whole)])));
  const changes = complaints(readSnapshots(), now);
  writeSnapshots(now);
  console.log(
    [...sentences(changes), `${now.size} files, ${changes.length} differences to what stood there`].join("\n"),
  );
  return 0;
}

function everyLeaf(stacks: ReadonlyMap<string, Whole>): number {
  const eyes = new Eyes(stacks);
  const missed = [...stacks].map(([stack, whole]) => missedOf(eyes, stack, whole)).reduce((sum, each) => sum + each, 0);
  console.log(`${missed} not noticed`);
  return missed === 0 ? 0 : 1;
}

interface Tried {
  readonly path: Path;
  readonly leaf: Leaf;
  readonly change: Change;
}

function missedOf(eyes: Eyes, stack: string, whole: Whole): number {
  const tried = [...leavesOf(whole)].flatMap(({ path, leaf }) =>
    changesOf(leaf).map((change): Tried => ({ path, leaf, change })),
  );
  const missed = tried.filter(({ path, change }) => eyes.miss(stack, path, change));
  for (const { path, leaf, change } of missed) {
    console.log(`not noticed: ${stack}: ${path.join(".")}: ${JSON.stringify(leaf)} made ${String(change)}`);
  }
  console.log(`${stack}: ${tried.length} changes tried`);
  return missed.length;
}

process.exitCode = main(process.argv.slice(2));
