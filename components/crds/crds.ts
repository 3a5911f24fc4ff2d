import * as fs from "node:fs";
import * as path from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";
import { ChartError, type ResolvedChart } from "../charts/chart";
import { filesBelow } from "../charts/cache";
import { chartFacts } from "../operators/frame/charts";
import { permissiveCrd } from "./stand-in";
import { withoutDescriptions, type CustomResourceDefinition } from "./strip";

const preparedSchema = z.object({
  /** `name version` of the chart that they belong to. */
  chart: z.string(),
  crds: z.array(z.unknown()),
});

/** The part of a stand-in's facts.yaml that is read here; the rest is for its template. */
const standInSchema = z.object({ crds: z.array(z.string()).default([]) });

/** Content of the file that `npm run charts -- pull` writes beside a chart. */
export interface PreparedCrds {
  readonly chart: string;
  readonly crds: readonly CustomResourceDefinition[];
}

/**
 * The CRDs of a chart, without descriptions, sorted by name. They are installed as separate, retained resources before
 * the chart: Helm never upgrades a `crds/` folder, and deletes templated CRDs, with every object of theirs, together
 * with the release.
 *
 * @throws {ChartError} if they have not been rendered yet.
 */
export function crdsOf(chart: ResolvedChart): CustomResourceDefinition[] {
  const crds = chart.origin === "stand-in" ? standInCrds(chart) : fromCache(chart);
  return crds.map(withoutConversion).sort((a, b) => a.metadata.name.localeCompare(b.metadata.name, "en"));
}

/**
 * A definition outlives its operator, the Service of a conversion webhook does not: without it no object can be read in
 * a version other than the stored one, and no namespace that has one can be deleted. So such a kind is served in the
 * version that it is stored in, which is the one that its operator works with; nothing is stored in another.
 */
function withoutConversion(crd: CustomResourceDefinition): CustomResourceDefinition {
  const { conversion, versions, ...spec } = crd.spec;
  if (!isWebhook(conversion) || !Array.isArray(versions)) return crd;
  const stored = versions.filter((version: unknown) => isStored(version));
  return { ...crd, spec: { ...spec, versions: stored } };
}

const isWebhook = (conversion: unknown): boolean =>
  z.object({ strategy: z.literal("Webhook") }).safeParse(conversion).success;
const isStored = (version: unknown): boolean => z.object({ storage: z.literal(true) }).safeParse(version).success;

function standInCrds(chart: ResolvedChart): CustomResourceDefinition[] {
  const facts = standInSchema.parse(parse(fs.readFileSync(path.join(chart.path, "facts.yaml"), "utf8")));
  return facts.crds.map(permissiveCrd);
}

function fromCache(chart: ResolvedChart): readonly CustomResourceDefinition[] {
  const { crds: source } = chartFacts(chart.name);
  const prepared = fs.existsSync(preparedFile(chart));
  switch (source.kind) {
    case "none":
      return [];
    case "files":
      // Without the prepared file they are read from the chart: the same, but seconds slower for large ones.
      return prepared ? preparedCrds(chart) : crdFiles(chart.path, source.folders);
    case "templates":
      return preparedCrds(chart);
  }
}

function preparedFile(chart: ResolvedChart): string {
  return `${chart.path}.crds.json`;
}

function preparedCrds(chart: ResolvedChart): readonly CustomResourceDefinition[] {
  const file = preparedFile(chart);
  const again = `Render them: npm run charts -- crds ${chart.name}`;
  if (!fs.existsSync(file)) {
    throw new ChartError(
      `chart ${chart.name} ${chart.version}: its CRDs are templates and ${file} is missing. ${again}`,
    );
  }
  const content = preparedSchema.safeParse(json(fs.readFileSync(file, "utf8")));
  if (!content.success || content.data.chart !== `${chart.name} ${chart.version}`) {
    throw new ChartError(`chart ${chart.name} ${chart.version}: ${file} is damaged or of another version. ${again}`);
  }
  return content.data.crds.map(withoutDescriptions);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** CRDs in the YAML files of these folders of a chart; folders that are not there hold none. */
export function crdFiles(chartFolder: string, folders: readonly string[]): CustomResourceDefinition[] {
  return folders
    .map((folder) => path.join(chartFolder, folder))
    .filter((folder) => fs.existsSync(folder))
    .flatMap((folder) =>
      filesBelow(folder)
        .filter((file) => /\.ya?ml$/.test(file))
        .flatMap((file) => crdsIn(fs.readFileSync(path.join(folder, file), "utf8"), path.join(folder, file))),
    );
}

/**
 * CRDs in a stream of YAML documents; other kinds are passed over. YAML 1.2 is needed: kube-prometheus-stack's CRDs hold
 * a bare `=`, which YAML 1.1 reads as its value type.
 *
 * @param where file or command that the text came from, for the error message.
 */
export function crdsIn(text: string, where: string): CustomResourceDefinition[] {
  return parseAllDocuments(text, { version: "1.2" }).flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw new ChartError(`${where}: not valid YAML: ${problem.message}`);
    const object: unknown = document.toJS();
    return isCrd(object) ? [withoutDescriptions(object)] : [];
  });
}

function isCrd(object: unknown): boolean {
  return (
    typeof object === "object" && object !== null && "kind" in object && object.kind === "CustomResourceDefinition"
  );
}
