import assert from "node:assert/strict";
import * as os from "node:os";
import * as path from "node:path";
import { listImages, operatorImages, operatorObjects, type ImagePlan } from "../../../cli/charts/images";
import { stackKeys, stackPlan } from "../../../components/stack-file";
import { referenceFacts, referencePlans } from "../../../cli/charts/values";
import { chartCacheRoot } from "../../../components/charts/cache";
import { parseConfig } from "../../../components/settings";
import { imageFacts } from "../../../components/operator-facts";
import { mirrorsOf, type ImageFacts } from "../../../components/operators/frame/facts";
import { strings } from "../../../components/operators/frame/manifest";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { planOperators } from "../../../components/operators/frame/stack";
import { nameOf } from "../operators/rendered";
import { everything, facts } from "../operators/support";
import { needCharts, needLocked, needTools } from "../../support/needs";

/** A mirror of each registry that operators pull from, each elsewhere. */
const mirrorOf = (source: string): string => `${source.replaceAll(/[^a-z0-9]/g, "-")}.mirrors.example.nl:5000/copies`;

/** What is no address that anything pulls from: links in dashboards, and Eraser's pattern of images that stay on nodes. */
const links = /dashboard|^ConfigMap\/platform-excluded-images$/i;

describe("with mirrors by registry, no object of any operator names a registry that has none", function () {
  this.timeout(600_000);
  const root = path.join(__dirname, "../../..");
  const source = {
    cacheRoot: chartCacheRoot(process.env, os.homedir()),
    standInRoot: path.join(root, "test/charts"),
    environment: "dev" as const,
    allowUnverified: true,
  };
  const parsed = operatorSettings(everything);
  assert.ok(parsed.success);
  const plansWith = (images: ImageFacts) => planOperators(parsed.data, { ...facts, images }).map(({ plan }) => plan);
  const connected = plansWith({});
  let helm: string;
  const named = new Map<string, readonly string[]>();
  const mirrors: Record<string, string> = {};
  before(async function () {
    ({ helm } = await needTools(this, "helm"));
    for (const plan of connected) named.set(plan.operator, await imagesOf(plan, []));
    for (const image of [...named.values()].flat()) {
      const host = image.replace(/\/.*/, "");
      mirrors[host] = mirrorOf(host);
    }
  });
  const imagesOf = async (plan: ImagePlan, mirrors: readonly string[]): Promise<string[]> => {
    const uses = await operatorImages(
      [plan],
      { ...source, mirrors },
      () => Promise.resolve(helm),
      () => undefined,
    );
    return [...new Set(listImages(uses).map(({ image }) => image))].sort();
  };

  for (const [index, plan] of connected.entries()) {
    it(plan.operator, async function () {
      if (plan.chart !== undefined) needLocked(this, plan.chart.entry);
      const moved = plansWith({ mirrors, pullSecret: "registry" })[index];
      assert.ok(moved !== undefined);
      const expected = (named.get(plan.operator) ?? []).map((image) => image.replace(/^[^/]+/, mirrorOf));
      assert.deepEqual(await imagesOf(moved, Object.values(mirrors)), expected.sort());
      const objects = await operatorObjects(
        moved,
        source,
        () => Promise.resolve(helm),
        () => undefined,
      );
      const sources = Object.keys(mirrors)
        .join("|")
        .replaceAll(".", String.raw`\.`);
      const upstream = new RegExp(String.raw`(^|[^\w.-])(${sources})(/|$)`);
      for (const object of objects.filter((each) => !links.test(nameOf(each)))) {
        assert.deepEqual(
          [...strings(object)].filter(({ value }) => upstream.test(value)),
          [],
          nameOf(object),
        );
      }
    });
  }

  it("and a registry without one is refused, by its name and the operators that pull from it", () => {
    const others = Object.fromEntries(Object.entries(mirrors).filter(([host]) => host !== "quay.io"));
    assert.throws(
      () => plansWith({ mirrors: others }),
      /images\.mirrors: has none of quay\.io, which operator cert-manager pulls from\. Add it to images\.mirrors/,
    );
    assert.doesNotThrow(() => plansWith({ mirrors: { ...others, "quay.io": "quay.io" } }));
    assert.doesNotThrow(() => plansWith({ mirrors: others, mirror: "registry.example.nl/rest" }));
  });
});

/** An air-gapped stack pulls from its mirror alone: no upstream registry may be left in anything that is rendered. */
describe("with a mirror configured, no rendered object names an upstream registry", function () {
  this.timeout(600_000);
  const root = path.join(__dirname, "../../..");
  const cacheRoot = chartCacheRoot(process.env, os.homedir());
  const standInRoot = path.join(root, "test/charts");
  const mirror = `${referenceFacts.images.mirror ?? "no mirror"}/`;
  let helm: string;
  before(async function () {
    ({ helm } = await needTools(this, "helm"));
  });

  for (const plan of referencePlans(root)) {
    const entry = plan.chart?.entry ?? "";

    for (const [what, from] of [
      ["the real chart", cacheRoot],
      ["the stand-in", "/nowhere"],
    ] as const) {
      it(`${plan.operator}: ${what}`, async function () {
        needLocked(this, entry);
        if (from === cacheRoot) needCharts(this, [entry]);
        const source = { cacheRoot: from, standInRoot, environment: "dev" as const, allowUnverified: true };
        const uses = await operatorImages(
          [plan],
          source,
          () => Promise.resolve(helm),
          () => undefined,
        );
        assert.ok(uses.length > 0, "no image was found at all");
        assert.deepEqual(
          [...new Set(uses.map(({ reference }) => reference))].filter((found) => !found.startsWith(mirror)),
          [],
        );
      });
    }
  }

  it("an air-gapped stack lists the same images as a connected one, each moved to the mirror", async () => {
    const listed = async (own: Readonly<Record<string, unknown>>): Promise<string[]> => {
      const config = parseConfig({ ...stackKeys(root, "dev"), images: own });
      const plans = stackPlan(config).operators.map(({ plan }) => plan);
      const source = { cacheRoot, standInRoot, environment: "dev" as const, allowUnverified: true };
      const uses = await operatorImages(
        plans,
        { ...source, mirrors: mirrorsOf(imageFacts(config)) },
        () => Promise.resolve(helm),
        () => undefined,
      );
      return listImages(uses).map(({ image }) => image);
    };
    const below = (image: string): string => image.slice(image.indexOf("/"));
    const connected = await listed({});
    const place = "10.0.0.5:5000/a.b";
    const moved = connected.map((image) => `${place}${below(image)}`);
    assert.deepEqual([...new Set(moved)].sort(), (await listed({ mirror: place })).sort());
  });
});
