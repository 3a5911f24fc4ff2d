import { writeFileSync } from "node:fs";
import { relative, sep } from "node:path";
import { asList, asObject, asObjects, asString } from "../../lib/json";
import type { JsonObject } from "../../lib/json";
import { DataFileError, readData } from "./data-file";
import { systemMessage } from "./problem";
import type { ScanFinding } from "./report";

/** A finding that is known. */
interface Entry {
  readonly rule: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  /** Without list positions, which change when something is added before. */
  readonly path: string;
  readonly file: string;
  /** What is wrong: a finding with more than these is worse, and new. */
  readonly values: readonly string[];
}

const VERSION = 2;

function entryOf(finding: ScanFinding): Entry {
  const { rule, kind, namespace, name, container = "", file } = finding;
  const path = finding.path.replaceAll(/\[\d+\]/g, "[]");
  return { rule, kind, namespace, name, container, path, file: shown(file), values: [...finding.values()].sort() };
}

/** Relative to the working directory, so that the same tree is known wherever it lies. */
function shown(file: string): string {
  return file.startsWith("(") ? file : relative(process.cwd(), file).split(sep).join("/");
}

const keyOf = ({ rule, kind, namespace, name, container, path }: Entry): string =>
  [rule, kind, namespace, name, container, path].join(" ");
const objectOf = ({ kind, namespace, name }: Pick<Entry, "kind" | "namespace" | "name">): string =>
  [kind, namespace, name].join(" ");

/** Writes a baseline, a line a finding and sorted, so that its changes read well in a review. */
export function writeBaseline(option: string, file: string, findings: Iterable<ScanFinding>): void {
  const lines: string[] = [];
  for (const finding of findings) if (finding.decision !== "exempt") lines.push(JSON.stringify(entryOf(finding)));
  const body = lines.sort().map((line) => `    ${line}`);
  const text = `{\n  "version": ${VERSION},\n  "findings": [${body.length === 0 ? "" : `\n${body.join(",\n")}\n  `}]\n}\n`;
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new DataFileError(`--${option} ${file}: ${systemMessage(error)}`);
  }
}

/** A baseline that was read. */
export class Baseline {
  private readonly entries = new Map<string, Entry[]>();
  /** Files of each object that the baseline names. */
  private readonly files = new Map<string, Set<string>>();

  constructor(file: string) {
    const data = asObject(readData("baseline", file));
    if (data?.["version"] !== VERSION || !Array.isArray(data["findings"]))
      throw new DataFileError(
        `--baseline ${file}: is no baseline of this version; write it anew with --write-baseline`,
      );
    for (const each of asObjects(data["findings"])) this.add(read(each));
  }

  private add(entry: Entry): void {
    const list = this.entries.get(keyOf(entry)) ?? [];
    list.push(entry);
    this.entries.set(keyOf(entry), list);
    const files = this.files.get(objectOf(entry)) ?? new Set();
    this.files.set(objectOf(entry), files.add(entry.file));
  }

  /** One pass over the findings. `isAlone` tells whether no other object of the input has the same kind and name. */
  pass(isAlone: (finding: ScanFinding) => boolean): BaselinePass {
    const left = new Map([...this.entries].map(([key, list]) => [key, [...list]]));
    return new BaselinePass(left, (entry, finding) => {
      const unique = isAlone(finding) && this.files.get(objectOf(entry))?.size === 1;
      return unique || entry.file === shown(finding.file);
    });
  }
}

function read(each: JsonObject): Entry {
  const text = (key: keyof Entry): string => asString(each[key]) ?? "";
  return {
    rule: text("rule"),
    kind: text("kind"),
    namespace: text("namespace"),
    name: text("name"),
    container: text("container"),
    path: text("path"),
    file: text("file"),
    values: asList(each["values"]).filter((value) => typeof value === "string"),
  };
}

/** Takes the entries of a baseline one by one as they are found again. */
class BaselinePass {
  constructor(
    private readonly left: Map<string, Entry[]>,
    private readonly isSameFile: (entry: Entry, finding: ScanFinding) => boolean,
  ) {}

  /** Whether the finding is listed, and no worse than it is listed. */
  lists(finding: ScanFinding): boolean {
    if (finding.decision === "exempt") return false;
    const wanted = entryOf(finding);
    const list = this.left.get(keyOf(wanted)) ?? [];
    const fits = (entry: Entry): boolean =>
      this.isSameFile(entry, finding) && wanted.values.every((value) => entry.values.includes(value));
    // The same one rather than one that was worse, which may be found again yet.
    const exact = list.findIndex((entry) => fits(entry) && entry.values.length === wanted.values.length);
    const index = exact >= 0 ? exact : list.findIndex(fits);
    if (index < 0) return false;
    list.splice(index, 1);
    return true;
  }

  /** Entries that were not found again, in words. */
  stale(): readonly string[] {
    return [...this.left.values()].flat().map(({ rule, kind, namespace, name, container }) => {
      const object = `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
      return `${rule} of ${object}${container === "" ? "" : `, container ${container}`}`;
    });
  }
}
