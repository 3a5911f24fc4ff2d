import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SOON_DAYS, URGENT_DAYS } from "../../components/calendar";
import { LARGEST_CONTENT } from "../../components/namespace/counts";
import { ARCHIVE_TIMEOUT_SECONDS, RECOVERY_POINT_SECONDS } from "../../components/operators/databases/archive";
import { schedules } from "../../components/operators/velero/tiers";
import { alerts as databaseAlerts } from "../../components/operators/databases/alerts";
import { everySource } from "../../components/monitoring/sources";
import { defaultKeeping } from "../../components/recovery/locks";
import { DEFAULT_TOOLS, projectRoot, TOOLS } from "../../embedded/toolchain";
import { asObject, asString } from "../../lib/json";
import { eachApp } from "../../suite/apps";

const read = (file: string): string => readFileSync(join(projectRoot(), file), "utf8");
/** A page without line ends and the blanks that align its tables. */
const page = (name: string): string => read(name).replace(/\s+/g, " ");
const rows = (name: string): string[][] =>
  read(name)
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

const manifest = asObject(JSON.parse(read("package.json")));
const dependency = (name: string): string => asString(asObject(manifest?.["dependencies"])?.[name]) ?? "none";
const hoursOf = (ttl: string): number => Number(/^(\d+)h/.exec(ttl)?.[1]);
const [sixHourly, daily, weekly, monthly] = schedules.critical.map(({ every, ttl }) => ({
  every,
  hours: hoursOf(ttl),
}));

/** Sentences whose figures are the code's. */
const sentences: readonly (readonly [page: string, sentence: string])[] = [
  [
    "docs/operations/backup.md",
    `\`critical\` every ${sixHourly?.every} (kept ${Number(sixHourly?.hours) / 24} days), and like \`standard\` daily ` +
      `(${Number(daily?.hours) / 24} days), weekly (${Number(weekly?.hours) / 168} weeks) and monthly ` +
      `(${Number(monthly?.hours) / 730} months)`,
  ],
  ["docs/operations/backup.md", `also those hidden in the last ${defaultKeeping.graceDays} days`],
  ["docs/operations/backup.md", `before half of its ${defaultKeeping.days} days is over`],
  ["docs/operations/backup.md", `**Somebody notices within ${defaultKeeping.graceDays} days.**`],
  ["docs/operations/calendar.md", `| ${SOON_DAYS} days ahead |`],
  ["docs/operations/calendar.md", `| ${URGENT_DAYS} days ahead |`],
  [
    "docs/operations/databases.md",
    { 30: "Each half minute at the latest", 60: "Each minute at the latest" }[ARCHIVE_TIMEOUT_SECONDS] ?? "?",
  ],
  ["docs/operations/databases.md", { 60: "at most a minute is lost" }[RECOVERY_POINT_SECONDS] ?? "?"],
  ["docs/admission.md", `ConfigMap or Secret of more than ${LARGEST_CONTENT / 1024} KiB`],
  ["docs/admission.md", `A ConfigMap or Secret holds ${LARGEST_CONTENT / 1024} KiB at most`],
  ["docs/provider.md", `(\`@pulumi/kubernetes\` ${dependency("@pulumi/kubernetes")})`],
  ["docs/provider.md", `>=${dependency("@pulumi/kubernetes")}, but has ${TOOLS["pulumi-resource-kubernetes"].version}`],
  ["docs/verify.md", `cyclonus](https://github.com/mattfenwick/cyclonus) ${TOOLS.cyclonus.version}`],
  ["docs/embedded.md", `Velero's server ${TOOLS.velero.version}`],
  ["docs/embedded.md", `External Secrets' controller ${TOOLS["external-secrets"].version}`],
  ["docs/embedded.md", `clean-up controllers ${TOOLS["kyverno-cleanup-controller"].version}`],
  ["docs/embedded.md", `cosign ${TOOLS.cosign.version}`],
  [
    "docs/embedded.md",
    `Prometheus Operator ${TOOLS["prometheus-operator"].version}; Prometheus ${TOOLS.prometheus.version}`,
  ],
  [
    "docs/embedded.md",
    `CloudNativePG ${TOOLS["cloudnative-pg"].version} and its Barman Cloud plugin ${TOOLS["barman-cloud-plugin"].version}`,
  ],
];

describe("figures of the pages", () => {
  for (const [name, sentence] of sentences)
    it(`${name}: ${sentence}`, () => assert.ok(page(name).replace(/ +\|/g, " |").includes(sentence)));

  it("docs/toolchain.md: each default tool with its version and the time that it takes", () => {
    const halfMinutes = (seconds: number): string => `${String(Math.ceil(seconds / 30) / 2)} min`;
    assert.deepEqual(
      rows("docs/toolchain.md")
        .slice(2)
        .map(([tool, version = "", , time]) => [tool, version.split(" ")[0], time]),
      DEFAULT_TOOLS.map((tool) => [tool, TOOLS[tool].version, halfMinutes(TOOLS[tool].buildSeconds)]),
    );
  });

  it("docs/embedded.md: each test of real controllers has its row", () => {
    const tests = readdirSync(join(projectRoot(), "test", "controllers")).filter((file) => file.endsWith(".test.ts"));
    const named = rows("docs/embedded.md").flatMap(([first = ""]) => /^`([\w-]+\.test\.ts)`$/.exec(first)?.[1] ?? []);
    // It looks for tools and runs no controller.
    assert.deepEqual(named.sort(), tests.filter((file) => file !== "find-tools.test.ts").sort());
  });

  it("docs/operations/databases.md: each app's password by the property that it has in the secret store", () => {
    const [, table = ""] = page("docs/operations/databases.md").split("property of the database's password |");
    const said = [...table.matchAll(/\| ([a-z, ]+?) +\| `([\w-]+)` \|/g)].flatMap(([, apps = "", property = ""]) =>
      apps.split(", ").map((app) => [app, property] as const),
    );
    const own = eachApp.flatMap(({ key, app }) =>
      app.database === undefined ? [] : [[key, app.database.password] as const],
    );
    assert.deepEqual(Object.fromEntries(said), Object.fromEntries(own));
  });

  it("docs/operations/databases.md: each alert of the databases is named", () => {
    const names = databaseAlerts.alerts({ apps: ["mijnbureau-docs"], sources: everySource }).map(({ alert }) => alert);
    const said = page("docs/operations/databases.md").split("## Alerts")[1] ?? "";
    assert.deepEqual(
      names.filter((name) => !said.includes(`\`${name}\``)),
      [],
    );
  });

  it("what a page says that a command prints is what some command prints", () => {
    const sources = ["cli", "components", "config", "embedded", "lib"]
      .flatMap((room) =>
        readdirSync(join(projectRoot(), room), { recursive: true, encoding: "utf8" }).map((file) => join(room, file)),
      )
      .filter((file) => file.endsWith(".ts"))
      .map(read)
      .join("\n");
    /** Of the API server, not of ours. */
    const foreign = ["failed calling webhook", "connection refused"];
    const said = ["docs/embedded.md", "docs/guide.md"].flatMap((name) => {
      const table = read(name).split(/^\| (?:message|what you see) .*$/m)[1] ?? "";
      const [body = ""] = table.split("\n\n");
      return [...body.matchAll(/^\| `([^`]+)`/gm)].map(([, message = ""]) => [name, message] as const);
    });
    assert.ok(said.length > 8, `${said.length} messages found`);
    const unknown = said.flatMap(([name, message]) =>
      message
        .split(/…|\d+/)
        .map((part) => part.trim())
        .filter((part) => part.length > 3 && !foreign.includes(part) && !sources.includes(part))
        .map((part) => `${name}: ${part}`),
    );
    assert.deepEqual(unknown, []);
  });
});
