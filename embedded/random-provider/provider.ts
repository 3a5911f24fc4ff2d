import { isDeepStrictEqual } from "node:util";
import type { DiffResult, Provider } from "@pulumi/pulumi/provider";
import { z } from "zod";
import type { Log } from "./engine-log";
import { type Problem, type RandomResource, RESOURCES } from "./resources";
import { isUnknown, reveal } from "./wire";

type Properties = Record<string, unknown>;

const propertiesSchema = z.record(z.string(), z.unknown());

/**
 * The part of pulumi-random 4.21.2 that the platform uses. Like the official one, every input change replaces the
 * resource, an unchanged resource keeps its value for ever, and the value lives only in the (encrypted) state.
 */
export class RandomProvider implements Provider {
  /** Engine and SDK see the version they were built for; every creation says that this is a stand-in. */
  readonly version = "4.21.2";
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  check(urn: string, _olds: unknown, news: unknown): Promise<{ inputs: Properties; failures?: Problem[] }> {
    const properties = propertiesSchema.parse(news);
    // Unknown until something else is created: the final inputs are checked when they are known.
    if (Object.values(properties).some((value) => containsUnknown(value)))
      return Promise.resolve({ inputs: properties });
    const plain = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, reveal(value)]));
    const { inputs, problems } = resourceOf(urn).check(plain);
    return Promise.resolve(problems.length > 0 ? { inputs: plain, failures: problems } : { inputs: defined(inputs) });
  }

  diff(_id: string, _urn: string, olds: unknown, news: unknown): Promise<DiffResult> {
    const before = propertiesSchema.parse(olds);
    const after = propertiesSchema.parse(news);
    const changed = Object.keys(after).filter((key) => !isDeepStrictEqual(reveal(before[key]), reveal(after[key])));
    // An input that is gone still stands in the old state; what only the provider writes (result, …) does not count.
    const gone = ["keepers", "overrideSpecial", "prefix"].filter((key) => key in before && !(key in after));
    const replaces = [...changed, ...gone];
    return Promise.resolve({ changes: replaces.length > 0, replaces });
  }

  async create(urn: string, inputs: unknown): Promise<{ id: string; outs: Properties }> {
    const { id, outs } = resourceOf(urn).create(defined(propertiesSchema.parse(inputs)));
    await this.#log(urn, "STAND-IN: the value comes from this project's random provider, not from Pulumi's");
    return { id, outs: defined(outs) };
  }
}

function resourceOf(urn: string): RandomResource {
  // urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const found = RESOURCES[type];
  if (found !== undefined) return found;
  const known = Object.keys(RESOURCES).join(", ");
  throw new Error(
    `the stand-in for the random provider has no ${type} (it has ${known}): ` +
      "install the official plugin, `pulumi plugin install resource random 4.21.2`",
  );
}

function containsUnknown(value: unknown): boolean {
  if (isUnknown(value)) return true;
  const inner = reveal(value);
  return typeof inner === "object" && inner !== null && Object.values(inner).some((each) => containsUnknown(each));
}

/** Properties cross the wire as JSON, where "absent" is the only way to say "undefined". */
function defined(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}
