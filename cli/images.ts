import * as os from "node:os";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { chartCacheRoot } from "../components/charts/cache";
import { ChartError } from "../components/charts/chart";
import { projectRoot } from "../embedded/toolchain";
import { table } from "./charts/commands";
import { ChartsError } from "./charts/error";
import { findHelm } from "./charts/helm";
import { listImages, operatorImages, suiteImages, type ListedImage } from "./charts/images";
import { stackConfig, stackPlan } from "./charts/stack-file";

const usage = `Usage: npm run images -- [options] [folder or file with rendered manifests of the suite…]

Lists every image of the platform, and of the suite's manifests that are given, for mirroring and scanning.

  --stack <name>     stack whose operators are listed (default dev)
  --suite-only       leave the platform out
  --format <format>  table (default), json, or list: one reference a line
`;

class UsageError extends Error {}

function options(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        stack: { type: "string", default: "dev" },
        "suite-only": { type: "boolean", default: false },
        format: { type: "string", default: "table" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return { ...values, suite: positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function formatted(images: readonly ListedImage[], format: string): string {
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
    default:
      throw new UsageError(`--format ${format}: is none of table, json, list`);
  }
}

async function platformImages(stack: string) {
  const config = stackConfig(projectRoot(), stack);
  const source = {
    cacheRoot: chartCacheRoot(process.env, os.homedir()),
    standInRoot: path.join(projectRoot(), "test", "charts"),
    environment: config.environment,
    allowUnverified: config.charts.allowUnverified,
    mirror: config.images.mirror,
  };
  const plans = stackPlan(config).operators.map(({ plan }) => plan);
  const note = (line: string) => console.error(line);
  return operatorImages(plans, source, () => findHelm(note), note);
}

/** Runs one command line; exit status 0 done, 1 something could not be read, 2 wrong use. */
export async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  try {
    const { stack, suite, format, help, "suite-only": suiteOnly } = options(args);
    if (help) {
      console.log(usage);
      return 0;
    }
    if (suiteOnly && suite.length === 0) throw new UsageError("--suite-only needs a folder with rendered manifests");
    const uses = [...(suiteOnly ? [] : await platformImages(stack)), ...suite.flatMap(suiteImages)];
    console.log(formatted(listImages(uses), format));
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${usage}`);
      return 2;
    }
    if (!(error instanceof ChartsError || error instanceof ChartError)) throw error;
    console.error(error.message);
    return 1;
  }
}

if (require.main === module) {
  void main(process.argv.slice(2)).then((status) => {
    process.exitCode = status;
  });
}
