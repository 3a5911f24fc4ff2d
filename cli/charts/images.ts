import * as fs from "node:fs";
import * as path from "node:path";
import { originNotices, resolveChart, type ChartSource } from "../../components/charts/chart";
import { filesBelow } from "../../components/charts/cache";
import { imageReferences } from "../../components/charts/upstream";
import type { OperatorPlan } from "../../components/operators/frame/define";
import { withRegistry } from "../../components/operators/frame/facts";
import { ChartsError } from "./error";
import { helmTemplate, renderedObjects } from "./helm";

/** An image or artifact that has to be in a mirror, and is to be scanned. */
export interface ListedImage {
  /** Whole reference, with registry. */
  readonly image: string;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  /** Who uses it: `operator kyverno`, or the file of the suite. */
  readonly usedBy: readonly string[];
  /** In no rendered object: an operator starts or fetches it when it runs. */
  readonly atRunTime: boolean;
}

/** The part of an operator's plan that names images. */
export type ImagePlan = Pick<OperatorPlan, "operator" | "chart" | "before" | "after" | "runtimeImages">;

/** Every use of an image that was found. */
export interface ImageUse {
  readonly reference: string;
  readonly user: string;
  readonly atRunTime: boolean;
}

/** Where charts and images come from. */
export interface ImageSource extends ChartSource {
  /** Registries that the operators pull from, as in `images.mirror` and `images.mirrors`. */
  readonly mirrors?: readonly string[];
}

/** Images of the operators: of their charts as Helm renders them, of their own objects, and those started at run time. */
export async function operatorImages(
  plans: readonly ImagePlan[],
  source: ImageSource,
  helm: () => Promise<string>,
  notice: (line: string) => void,
): Promise<ImageUse[]> {
  const uses: ImageUse[] = [];
  for (const plan of plans) {
    const user = `operator ${plan.operator}`;
    const rendered = (await operatorObjects(plan, source, helm, notice))
      .flatMap((object) => imageReferences(object, source.mirrors))
      .map(({ reference }) => ({ reference, user, atRunTime: false }));
    const started = plan.runtimeImages.map((image) => ({ reference: withRegistry(image), user, atRunTime: true }));
    uses.push(...rendered, ...started);
  }
  return uses;
}

/** The operator's objects: its own, and those of its chart as Helm renders them, hooks left out. */
export async function operatorObjects(
  plan: ImagePlan,
  source: ChartSource,
  helm: () => Promise<string>,
  notice: (line: string) => void,
): Promise<unknown[]> {
  return [...plan.before, ...(await chartObjects(plan, source, helm, notice)), ...plan.after];
}

async function chartObjects(
  plan: ImagePlan,
  source: ChartSource,
  helm: () => Promise<string>,
  notice: (line: string) => void,
): Promise<unknown[]> {
  if (plan.chart === undefined) return [];
  const { entry, release, namespace, values } = plan.chart;
  const chart = resolveChart(entry, source);
  for (const line of originNotices([chart])) notice(line);
  const rendering = { helm: await helm(), chart: chart.path, release, namespace, values: JSON.stringify(values) };
  // Hooks never run here; tests among them name images that nobody needs.
  return renderedObjects(await helmTemplate(rendering), `chart ${entry}`).filter((object) => !isHook(object));
}

function isHook(object: unknown): boolean {
  if (typeof object !== "object" || object === null || !("metadata" in object)) return false;
  const { metadata } = object;
  if (typeof metadata !== "object" || metadata === null || !("annotations" in metadata)) return false;
  const { annotations } = metadata;
  return typeof annotations === "object" && annotations !== null && "helm.sh/hook" in annotations;
}

/**
 * Images of rendered manifests below a folder (or in one file), as MijnBureau's helmfile writes them.
 *
 * @throws {ChartsError} for a file that cannot be read.
 */
export function suiteImages(place: string): ImageUse[] {
  if (!fs.existsSync(place)) throw new ChartsError(`${place}: does not exist. Give a folder of rendered manifests`);
  const files = fs.statSync(place).isDirectory() ? filesBelow(place).map((file) => path.join(place, file)) : [place];
  const manifests = files.filter((file) => /\.(ya?ml|json)$/.test(file));
  if (manifests.length === 0)
    throw new ChartsError(`${place}: holds no .yaml or .json file. Give a folder of rendered manifests`);
  return manifests.flatMap((file) =>
    renderedObjects(fs.readFileSync(file, "utf8"), file)
      .flatMap((object) => imageReferences(object))
      .map(({ reference }) => ({
        reference,
        user: path.relative(place, file) || path.basename(file),
        atRunTime: false,
      })),
  );
}

/** One entry per image, sorted, with everyone who uses it. */
export function listImages(uses: readonly ImageUse[]): ListedImage[] {
  const byReference = new Map<string, ImageUse[]>();
  for (const use of uses) {
    const reference = withArtifactTag(use.reference);
    byReference.set(reference, [...(byReference.get(reference) ?? []), use]);
  }
  // Configuration that names repository and tag apart yields the repository alone, beside the whole reference.
  const whole = new Set(
    [...byReference.keys()]
      .map(parts)
      .filter(isWhole)
      .map(({ repository }) => repository),
  );
  return [...byReference]
    .filter(([image]) => isWhole(parts(image)) || !whole.has(image))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([image, found]) => ({
      image,
      ...parts(image),
      usedBy: [...new Set(found.map(({ user }) => user))].sort(),
      atRunTime: found.every(({ atRunTime }) => atRunTime),
    }));
}

/** Artifacts whose readers add the tag, the version of the content's schema, themselves (trivy: pkg/db, pkg/javadb). */
const artifactTags: readonly [repository: RegExp, tag: string][] = [
  [/\/trivy-db$/, "2"],
  [/\/trivy-java-db$/, "1"],
];

function withArtifactTag(reference: string): string {
  const tag = artifactTags.find(([repository]) => repository.test(reference))?.[1];
  return tag === undefined ? reference : `${reference}:${tag}`;
}

function isWhole({ tag, digest }: Pick<ListedImage, "tag" | "digest">): boolean {
  return tag !== undefined || digest !== undefined;
}

function parts(image: string): Pick<ListedImage, "repository" | "tag" | "digest"> {
  const [named = "", digest] = image.split("@");
  const match = /^(.*\/[^:/]+):([^/]+)$/.exec(named);
  return { repository: match?.[1] ?? named, tag: match?.[2], digest };
}
