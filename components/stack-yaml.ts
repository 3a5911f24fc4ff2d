import * as fs from "node:fs";
import * as path from "node:path";
import { parse, YAMLParseError } from "yaml";
import { z } from "zod";
import { UserError } from "../lib/errors";

/** The namespace of this project's keys in a stack file. */
export const PROJECT = "mijnbureau-platform";

const stackFileSchema = z.object({ config: z.record(z.string(), z.unknown()) });

/** Stacks of a folder, by their files. */
export const stacksIn = (folder: string): string[] =>
  fs.readdirSync(folder).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);

export const fileOf = (folder: string, stack: string): string => path.join(folder, `Pulumi.${stack}.yaml`);

/**
 * Every key of a stack file as it is written, those of others too.
 *
 * @throws {UserError}
 */
export function configIn(file: string): Readonly<Record<string, unknown>> {
  const content = stackFileSchema.safeParse(yamlOf(file));
  if (!content.success) throw new UserError(`${file}: has no \`config:\` with a value per key`);
  return content.data.config;
}

function yamlOf(file: string): unknown {
  try {
    return parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new UserError(`${file}: is not YAML that can be read: ${error.message}`);
  }
}
