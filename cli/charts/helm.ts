import { execFile } from "node:child_process";
import { parseAllDocuments } from "yaml";
import { ensureTools, ToolchainError } from "../../embedded/toolchain";
import { ChartsError } from "./error";

/** Path of Helm: on `PATH`, in the toolchain's cache, else built from its Go module. */
export async function findHelm(report: (line: string) => void): Promise<string> {
  try {
    return (await ensureTools(["helm"], { onProgress: report })).helm;
  } catch (error) {
    if (error instanceof ToolchainError) throw new ChartsError(error.message);
    throw error;
  }
}

/** One rendering of a chart. */
export interface Rendering {
  readonly helm: string;
  /** Folder or package of the chart. */
  readonly chart: string;
  readonly release: string;
  readonly namespace: string;
  /** Values as JSON or YAML text. */
  readonly values: string;
  readonly includeCrds?: boolean;
}

/** Version that `.Capabilities.KubeVersion` reports, the newest that the platform is tested on. */
const kubeVersion = "1.36.0";

/**
 * What Helm renders, as text. No cluster and no network is used.
 *
 * @throws {ChartsError} with Helm's own message.
 */
export function helmTemplate(rendering: Rendering): Promise<string> {
  const args = ["template", rendering.release, rendering.chart, "--namespace", rendering.namespace];
  const options = [
    "--kube-version",
    kubeVersion,
    "--values",
    "-",
    ...(rendering.includeCrds === true ? ["--include-crds"] : []),
  ];
  return run(rendering.helm, [...args, ...options], rendering.values);
}

/** Runs Helm and gives its standard output. */
export function run(helm: string, args: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(helm, args, { maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(
          new ChartsError(`helm ${args.slice(0, 3).join(" ")}: ${firstLines(stderr === "" ? error.message : stderr)}`),
        );
    });
    // Helm may end before it has read its input; the exit status says why.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

function firstLines(text: string): string {
  return text.trim().split("\n").slice(0, 4).join(" ");
}

/** Objects in rendered YAML. */
export function renderedObjects(text: string, where: string): unknown[] {
  return parseAllDocuments(text, { version: "1.2" }).flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw new ChartsError(`${where}: renders what is not valid YAML: ${problem.message}`);
    const object: unknown = document.toJS();
    return object === null || object === undefined ? [] : [object];
  });
}
