import * as os from "node:os";
import * as path from "node:path";
import { chartCacheRoot } from "../components/charts/cache";
import { projectRoot } from "../embedded/toolchain";
import { table } from "./charts/commands";
import { findHelm } from "./charts/helm";
import { listImages, operatorImages, suiteImages, type ListedImage } from "./charts/images";
import { imageFacts } from "../components/operator-facts";
import { mirrorsOf } from "../components/operators/frame/facts";
import { stackConfig, stackPlan } from "../components/stack-file";
import { choice, main, parseOptions, UsageError, type Command, type ExitStatus } from "./command";

const usage = `Usage: npm run images -- [options] [folder or file with rendered manifests of the suite…]

Lists every image of the platform, and of the suite's manifests that are given, for mirroring and scanning.

  --stack <name>     stack whose operators are listed (default dev)
  --suite-only       leave the platform out
  --format <format>  table (default), json, or list: one reference a line
  --json             the same as --format json
`;

const formats = ["table", "json", "list"] as const;

function formatted(images: readonly ListedImage[], format: (typeof formats)[number]): string {
  switch (format) {
    case "json":
      return JSON.stringify({ images }, null, 2);
    case "list":
      return images.map(({ image }) => image).join("\n");
    case "table":
      return table([
        ["IMAGE", "TAG", "DIGEST", "USED BY"],
        ...images.map(({ repository, tag, digest, usedBy, atRunTime }) => [
          repository,
          tag ?? "-",
          digest ?? "-",
          `${usedBy.join(", ")}${atRunTime ? " (at run time)" : ""}`,
        ]),
      ]).join("\n");
  }
}

async function platformImages(stack: string) {
  const config = stackConfig(projectRoot(), stack);
  const source = {
    cacheRoot: chartCacheRoot(process.env, os.homedir()),
    standInRoot: path.join(projectRoot(), "test", "charts"),
    environment: config.environment,
    // Nothing is installed here, and what is not listed is not scanned: each is told on standard error.
    allowUnverified: true,
    mirrors: mirrorsOf(imageFacts(config)),
  };
  const plans = stackPlan(config).operators.map(({ plan }) => plan);
  const note = (line: string) => console.error(line);
  return operatorImages(plans, source, () => findHelm(note), note);
}

async function run(args: readonly string[]): Promise<ExitStatus> {
  const { values, positionals: suite } = parseOptions(args, {
    stack: { type: "string", default: "dev" },
    "suite-only": { type: "boolean", default: false },
    format: { type: "string", default: "table" },
    json: { type: "boolean", default: false },
  });
  const format = choice(values.json ? "json" : values.format, formats, "format");
  const suiteOnly = values["suite-only"];
  if (suiteOnly && suite.length === 0) throw new UsageError("--suite-only needs a folder with rendered manifests");
  const uses = [...(suiteOnly ? [] : await platformImages(values.stack)), ...suite.flatMap(suiteImages)];
  console.log(formatted(listImages(uses), format));
  return 0;
}

export const command: Command = {
  name: "images",
  summary: "every image of the platform and of rendered manifests, for mirroring and scanning",
  usage,
  run,
};

if (require.main === module) main(command);
