import assert from "node:assert/strict";
import { planFailover, type Stack } from "../../../components/recovery/failover";
import { parseConfig } from "../../../components/settings";
import { isRecord } from "../../../lib/kube/client";
import { stackConfig, stackKeys } from "../../../components/stack-file";

const stack = (name: string): Stack => ({ name, config: stackConfig(".", name) });

/** A stack's file with other keys below operators.velero, and others at the top. */
function changed(name: string, velero: Record<string, unknown>, top: Record<string, unknown> = {}): Stack {
  const keys = stackKeys(".", name);
  const operators = isRecord(keys["operators"]) ? keys["operators"] : {};
  const own = isRecord(operators["velero"]) ? operators["velero"] : {};
  const given: Record<string, unknown> = { ...own, ...velero };
  const kept = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { name, config: parseConfig({ ...keys, ...top, operators: { ...operators, velero: kept } }) };
}

const problemsOf = (lost: Stack, to: Stack): string => {
  const result = planFailover(lost, to);
  assert.ok("problems" in result, "it is planned");
  return result.problems.join("\n");
};

describe("the plan of a failover", () => {
  for (const [lost, to] of [
    ["prod-nl-north", "prod-nl-west"],
    ["prod-nl-west", "prod-nl-north"],
    ["acc-nl-west", "acc-nl-north"],
  ] as const) {
    it(`reads what ${lost} copied to the region of ${to}, identity first, and says what people do`, () => {
      const result = planFailover(stack(lost), stack(to));
      assert.ok("plan" in result, "problems" in result ? result.problems.join("\n") : "");
      const { location, steps } = result.plan;
      assert.equal(location, `from-${lost.replace(/^[a-z]+-/, "")}`);
      const apps = steps.flatMap((step) => (step.does === "restore-app" ? [step.app] : []));
      assert.equal(apps[0], "keycloak");
      assert.equal(apps.at(-1), "nextcloud");
      const people = steps.filter(({ does }) => does === "people").map(({ says }) => says);
      assert.ok(people[0]?.includes("declare"));
      assert.ok(people.some((says) => says.includes("DNS of *.")));
      assert.ok(people.some((says) => says.includes("to go back")));
      const open = steps.findIndex(({ does }) => does === "open-copy");
      assert.ok(open < steps.findIndex(({ does }) => does === "restore-app"));
    });
  }

  const [north, west] = [stack("prod-nl-north"), stack("prod-nl-west")];
  const missing: readonly (readonly [string, Stack, Stack, RegExp])[] = [
    [
      "no copy",
      changed("prod-nl-north", { secondary: undefined }),
      west,
      /prod-nl-north.yaml: operators.velero.secondary: is absent/,
    ],
    [
      "a bucket that nobody reads",
      north,
      changed("prod-nl-west", { received: undefined }),
      /prod-nl-west.yaml: operators.velero.received: is absent: name the bucket.*mijnbureau-prod-backup-copy/,
    ],
    [
      "another bucket",
      north,
      changed("prod-nl-west", {
        received: { url: "https://s3.nl-west.example.nl", bucket: "other", region: "nl-west" },
      }),
      /received: is .*\/other, and prod-nl-north copies to .*mijnbureau-prod-backup-copy/,
    ],
    [
      "passwords of their own",
      changed("prod-nl-north", { repositoryPassword: "drawn", received: undefined }),
      west,
      /prod-nl-north.yaml: operators.velero.repositoryPassword: "drawn"/,
    ],
    [
      "another organisation's folder",
      changed("prod-nl-north", {}, { organisation: "somebody-else" }),
      west,
      /looks in folder example\/prod-nl-north, and prod-nl-north writes to somebody-else\/prod-nl-north/,
    ],
    [
      "an app that is off",
      north,
      changed("prod-nl-west", {}, { apps: { docs: { enabled: false } } }),
      /prod-nl-west.yaml: apps.docs.enabled: false/,
    ],
    [
      "another namespace",
      north,
      changed("prod-nl-west", {}, { apps: { docs: { namespace: "docs" } } }),
      /apps.docs.namespace: "docs" is "mijnbureau-docs"/,
    ],
    ["another environment", stack("acc-nl-north"), west, /environment: prod would get the data of acc/],
    ["the same region", west, west, /in the same region/],
  ];
  for (const [name, lost, to, said] of missing) {
    it(`is not made with ${name}`, () => {
      assert.match(problemsOf(lost, to), said);
    });
  }
});
