import assert from "node:assert/strict";
import * as os from "node:os";
import * as path from "node:path";
import { listImages, operatorImages } from "../../../cli/charts/images";
import { stackKeys, stackPlan } from "../../../components/stack-file";
import { referenceFacts, referencePlans } from "../../../cli/charts/values";
import { chartCacheRoot } from "../../../components/charts/cache";
import { needCharts, needLocked, needTools } from "../../support/needs";
import { parseConfig } from "../../../components/settings";

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
        { ...source, mirror: config.images.mirror },
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
