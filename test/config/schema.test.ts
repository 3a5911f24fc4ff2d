import assert from "node:assert/strict";
import * as fs from "node:fs";
import { VERSION } from "../../config/version";
import { ConfigError } from "../../config/errors";
import { stackKeys } from "../../components/stack-file";
import { stateProblems } from "../../config/load";
import { parseConfig } from "../../components/settings";
import { appKeys } from "../../suite/apps";
import { regions } from "../../config/regions";
import { assertMatches } from "../support/match";

const root = process.cwd();
const stackFiles = fs.readdirSync(root).filter((name) => /^Pulumi\..+\.yaml$/.test(name));

/** The smallest configuration that works. */
const minimal = (): Record<string, unknown> => ({
  environment: "prod",
  region: "nl-west",
  owner: "platform-team",
  domain: "mijnbureau.example.nl",
  state: { backend: "s3://state" },
  network: { podCidrs: ["10.1.0.0/16"], serviceCidrs: ["10.2.0.0/16"], controlPlaneCidrs: ["10.3.0.0/24"] },
  operatorExemptions: { expires: "2027-06-30" },
  operators: {
    loki: { storage: { url: "https://s3.example.nl", region: "nl", chunksBucket: "logs" } },
    prometheus: { receiver: { type: "webhook" } },
    storage: { class: { provider: "existing" } },
    velero: { storage: { url: "https://s3.example.nl", bucket: "backup", region: "nl" } },
  },
});

function problemsOf(change: Record<string, unknown>): string[] {
  try {
    parseConfig({ ...minimal(), ...change });
  } catch (error) {
    assert(error instanceof ConfigError, String(error));
    return [...error.problems];
  }
  return [];
}

describe("configuration", () => {
  it("labels objects with the version of package.json", () => {
    const manifest: unknown = JSON.parse(fs.readFileSync("package.json", "utf8"));
    assert(typeof manifest === "object" && manifest !== null && "version" in manifest);
    assert.equal(manifest.version, VERSION);
  });

  it("accepts the smallest stack and fills in the defaults", () => {
    const config = parseConfig(minimal());
    assert.equal(config.apps.docs.namespace, "mijnbureau-docs");
    assert.equal(config.policies.profile, "mijnbureau");
    assert.deepEqual(
      appKeys.filter((key) => !config.apps[key].enabled),
      [],
    );
  });

  for (const file of stackFiles) {
    it(`accepts ${file}`, () => {
      const config = parseConfig(stackKeys(root, file.replace(/^Pulumi\.|\.yaml$/g, "")));
      assert.equal(`Pulumi.${config.environment}${config.environment === "dev" ? "" : `-${config.region}`}.yaml`, file);
    });
  }

  it("has acc and prod stacks in two regions, with a secrets provider and no passphrase", () => {
    const shared = stackFiles.filter((name) => name !== "Pulumi.dev.yaml");
    const own = Object.keys(regions).filter((region) => region !== "local");
    const wanted = ["acc", "prod"].flatMap((environment) =>
      own.map((region) => `Pulumi.${environment}-${region}.yaml`),
    );
    assert.deepEqual(shared.sort(), wanted.sort());
    for (const file of shared) {
      const text = fs.readFileSync(file, "utf8");
      assert.match(text, /^secretsprovider: (?!passphrase)\S+/m, file);
      assert.doesNotMatch(text, /encryptionsalt/, file);
    }
  });

  it("reports every problem at once, each with its key, the value and what to do", () => {
    const problems = problemsOf({
      region: "mars",
      domain: "Not A Host",
      typo: 1,
      apps: { docs: { namespace: "UPPER" }, drive: { namespase: "x" } },
    });
    assertMatches(problems, [
      /^region: "mars"/,
      /^domain: "Not A Host" is not a host name; example/,
      /^typo: unknown key/,
      /^apps\.docs\.namespace: "UPPER" is not a DNS label/,
      /^apps\.drive\.namespase: unknown key/,
    ]);
  });

  it("refuses two apps with one namespace, and names both", () => {
    const [problem, ...others] = problemsOf({
      apps: { docs: { namespace: "shared" }, drive: { namespace: "shared" } },
    });
    assert.deepEqual(others, []);
    assert.match(problem ?? "", /apps\.drive\.namespace: "shared" is already the namespace of docs/);
  });

  it("allows a namespace twice where one of the apps is off", () => {
    const apps = { docs: { namespace: "shared" }, drive: { namespace: "shared", enabled: false } };
    assert.deepEqual(problemsOf({ apps }), []);
  });

  it("refuses a namespace that is too long for a DNS label", () => {
    const [problem] = problemsOf({ apps: { docs: { namespace: "a".repeat(64) } } });
    assert.match(problem ?? "", /apps\.docs\.namespace: .* longer than 63/);
  });

  it("names both keys of overlapping ranges", () => {
    const network = { podCidrs: ["10.1.0.0/16"], serviceCidrs: ["10.1.128.0/17"], controlPlaneCidrs: ["10.3.0.0/24"] };
    const [problem] = problemsOf({ network });
    assert.match(problem ?? "", /network\.serviceCidrs\.0: .*podCidrs/);
  });

  it("requires an issuer and its address for an external identity provider", () => {
    const problems = problemsOf({ identity: { provider: "external" } });
    assertMatches(problems, [/^identity\.issuer: /, /^network\.identityProvider: /]);
  });

  it("keeps local state, simulated nodes and unexplained charts out of acc and prod", () => {
    const change = {
      state: { backend: "file:///tmp/state" },
      cluster: { simulatedNodes: true },
      charts: { allowUnverified: true },
    };
    assertMatches(problemsOf(change), [
      /^state\.backend: /,
      /^cluster\.simulatedNodes: /,
      /^charts\.allowUnverifiedReason: is required/,
    ]);
    assert.deepEqual(problemsOf({ ...change, environment: "dev", region: "local" }), []);
  });

  it("does not repeat the value of a key that may hold a secret", () => {
    const problems = problemsOf({ images: { pullSecret: { remoteKey: 12345 } } });
    assertMatches(problems, [/^images\.pullSecret\.remoteKey: (?!.*12345)/]);
  });

  it("wants a mirror of each registry of the suite where mirrors are listed, each registry by its own name", () => {
    const hub = { registry: "hub.example.nl" };
    assertMatches(problemsOf({ images: { mirrors: { "docker.io": hub } } }), [
      /^images\.mirrors: .* has none of ghcr\.io, which .*openproject.* pull from\. Add it to images\.mirrors/,
    ]);
    const apps = Object.fromEntries(["bureaublad", "docs", "openproject"].map((key) => [key, { enabled: false }]));
    assert.deepEqual(problemsOf({ apps, images: { mirrors: { "docker.io": hub } } }), []);
    assert.deepEqual(problemsOf({ images: { mirrors: { "quay.io": hub }, mirror: "rest.example.nl" } }), []);
    assertMatches(
      problemsOf({ images: { mirror: "rest.example.nl", mirrors: { "registry-1.docker.io": hub, "quay.io/a": hub } } }),
      [
        /^images\.mirrors\.registry-1\.docker\.io: .*write docker\.io/,
        /^images\.mirrors\.quay\.io\/a: .*write its host/,
      ],
    );
  });

  it("replaces no image that the suite does not have, or would not replace", () => {
    assertMatches(problemsOf({ images: { replacements: { reddis: { tag: "8" }, docs: { tag: "v5" } } } }), [
      /^images\.replacements\.reddis: .* is no image of the suite; write one of .*redis/,
      /^images\.replacements\.docs: .* is several images/,
    ]);
  });

  it("compares the backend in use with the stack's, whatever its options", () => {
    const config = { environment: "prod" as const, state: { backend: "s3://state?region=a" } };
    assert.deepEqual(stateProblems(config, "s3://state?region=b"), []);
    assertMatches(stateProblems(config, "file://~"), [/file:\/\/~/]);
    assert.deepEqual(stateProblems({ ...config, environment: "dev" }, "file://~"), []);
  });
});
