import assert from "node:assert/strict";
import { ageText, coveredPlaces } from "../../../cli/recovery/coverage";
import { audit } from "../../../cli/report/audit";
import { auditPage } from "../../../cli/report/page";
import { coverage } from "../../../components/recovery/coverage";
import { stackConfig } from "../../../components/stack-file";
import { policySettings } from "../../../config/policies";

const config = stackConfig(".", "prod-nl-west");
const now = new Date("2026-11-29T12:00:00Z");
const hoursAgo = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000);
const { namespace } = config.apps.docs;

describe("the report's part on data", () => {
  const page = (places: ReturnType<typeof coveredPlaces>): string =>
    auditPage(audit({ objects: [], unseen: [], data: places }, [], policySettings.parse({}), "2026-11-29"));

  it("has every place of `backup coverage`, with what saves it or whose duty it is", () => {
    const text = page(coveredPlaces(config, undefined, now));
    const rows = text.split("\n").filter((line) => line.startsWith("| "));
    for (const { app, place, savedBy, duty } of coverage(config)) {
      const found = rows.find((line) => line.startsWith(`| ${app} | ${place} |`));
      assert.ok(found?.includes(savedBy ?? duty ?? "neither"), `${app} ${place}`);
    }
    assert.ok(!text.includes(" h old"), "nobody asked the cluster");
  });

  it("says how old each copy is, in each place of its own, and where there is none", () => {
    const copies = [
      { namespaces: [namespace], location: "default", started: hoursAgo(30) },
      { namespaces: [namespace], location: "default", started: hoursAgo(2) },
      { namespaces: [namespace], location: "secondary", started: hoursAgo(5) },
    ];
    const places = coveredPlaces(config, copies, now);
    const ages = (app: string): unknown => {
      const place = places.find((each) => each.app === app && each.kind === "objects");
      assert.ok(place !== undefined);
      return [ageText(place, "ageHours"), ageText(place, "secondAgeHours")];
    };
    assert.deepEqual(
      [ages("docs"), ages("grist")],
      [
        ["2.0 h old", "5.0 h old"],
        ["none", "none"],
      ],
    );
    assert.match(page(places), /\| docs \| Secrets[^|]*\|[^|]*\|[^|]*\|[^|]*\| 2\.0 h old \| [^|]*, 5\.0 h old \|/);
  });
});
