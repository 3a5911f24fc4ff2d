import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb";
import { z } from "zod";

/** The `runtime.options` of Pulumi.yaml and PulumiPolicy.yaml that matter for running (not for installing). */
const schema = z.looseObject({
  typescript: z.boolean({ error: "typescript option must be a boolean" }).default(true),
  tsconfig: z.string({ error: "tsconfig option must be a string" }).optional(),
  nodeargs: z.string({ error: "nodeargs option must be a string" }).default(""),
});

export interface RuntimeOptions {
  readonly nodeArgs: readonly string[];
  /** Tells `@pulumi/pulumi/cmd/run` how to treat TypeScript. */
  readonly env: Readonly<Record<string, string>>;
}

export function runtimeOptions(info: ProgramInfo | undefined): RuntimeOptions {
  const parsed = schema.safeParse(info?.getOptions()?.toJavaScript() ?? {});
  if (!parsed.success) throw new Error(parsed.error.issues.map((issue) => issue.message).join("; "));
  const { typescript, tsconfig, nodeargs } = parsed.data;
  const env: Record<string, string> = {};
  if (typescript) env["PULUMI_NODEJS_TYPESCRIPT"] = "true";
  if (tsconfig !== undefined) env["PULUMI_NODEJS_TSCONFIG_PATH"] = tsconfig;
  return { nodeArgs: splitArguments(nodeargs), env };
}

/** Splits like a shell: blanks separate, single and double quotes and backslashes protect. */
export function splitArguments(line: string): string[] {
  const words = line.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_match, ...groups: (string | undefined)[]) => {
      const [escaped, double, single] = groups;
      return escaped ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? single ?? "";
    }),
  );
}

export function programDirectory(info: ProgramInfo | undefined): string {
  const directory = info?.getProgramDirectory() ?? "";
  if (directory === "") throw new Error("the engine sent no program directory; it needs Pulumi CLI 3.120 or newer");
  return directory;
}
