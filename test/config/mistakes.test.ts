import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stackConfig } from "../../components/stack-file";
import { dayOf, pastDates } from "../../config/calendar";
import { ConfigError } from "../../config/errors";
import { unreadKeys } from "../../config/load";
import { projectRoot } from "../../embedded/toolchain";
import { UserError } from "../../lib/errors";

const STACK = "prod-nl-north";
const shipped = readFileSync(join(projectRoot(), `Pulumi.${STACK}.yaml`), "utf8");

/** What a new user gets wrong in a stack file: which text becomes which, and the key, value and remedy that are told. */
const mistakes: readonly (readonly [what: string, from: string, to: string, ...told: readonly RegExp[]])[] = [
  [
    "one value for a list",
    "podCidrs: [10.40.0.0/16]",
    "podCidrs: 10.40.0.0/16",
    /network\.podCidrs: "10\.40.*not a list.*\[/,
  ],
  [
    "a range that is none",
    "10.40.0.0/16",
    "10.40.0.0/36",
    /network\.podCidrs\.0: "10\.40\.0\.0\/36" is not a CIDR; ex/,
  ],
  ["an address for a range", "10.40.0.0/16", "10.40.3.1/16", /"10\.40\.3\.1\/16" is not .*write 10\.40\.0\.0\/16/],
  [
    "ranges that overlap",
    "10.41.0.0/16",
    "10.40.128.0/17",
    /network\.serviceCidrs\.0: .*overlaps podCidrs\.0.*give each/,
  ],
  ["an unknown key", "appArmor: true", "apparmor: true", /cluster\.apparmor: unknown key\. Did you mean appArmor\?/],
  ["quotes around true", "appArmor: true", 'appArmor: "true"', /cluster\.appArmor: "true" is neither.*without quotes/],
  [
    "a misspelt operator",
    "    velero:\n",
    "    valero:\n",
    /operators\.valero: unknown key\. Did you mean velero\?/,
    /velero\.storage: is missing/,
  ],
  [
    "a misspelt app",
    "drill: {}",
    "drill: { apps: [nextclod] }",
    /drill\.apps\.0: "nextclod" is not one of .*nextcloud/,
  ],
  [
    "a required key left out",
    "  mijnbureau-platform:domain: mijnbureau.nl-north.example.nl\n",
    "",
    /domain: is missing; ex/,
  ],
  [
    "mail without a relay",
    "    smtp:\n      host: smtp.nl-north.example.nl\n      cidrs: [192.0.2.25/32]\n",
    "",
    /network\.smtp: is missing, and belongs to mail; example/,
  ],
  ["another region", "region: nl-north\n", "region: nl-noord\n", /region: "nl-noord" is not one of .*nl-north/],
  [
    "another environment",
    "environment: prod",
    "environment: production",
    /environment: "production" is not one of dev, acc, prod/,
  ],
  [
    "a secret as plain text",
    "        region: nl-north\n        chunksBucket",
    "        secretKey: hunter2-hunter2\n        region: nl-north\n        chunksBucket",
    /storage\.secretKey: unknown key\. Remove it/,
  ],
  [
    "a host outside the domain",
    "  mijnbureau-platform:owner",
    "  mijnbureau-platform:hostnames: { nextcloud: cloud.elsewhere.nl }\n  mijnbureau-platform:owner",
    /hostnames\.nextcloud: "cloud\.elsewhere\.nl"/,
  ],
  [
    "http",
    "url: https://s3.nl-north.example.nl\n        region",
    "url: http://s3.nl-north.example.nl\n        region",
    /storage\.url: "http:.*not an https URL; ex/,
  ],
  [
    "state on this machine",
    "s3://mijnbureau-state-nl-north?endpoint=s3.nl-north.example.nl",
    "file:///tmp/state",
    /state\.backend: "file:.*prod needs a shared/,
  ],
  [
    "a key without the project's name",
    "mijnbureau-platform:owner:",
    "owner:",
    /"owner": nothing reads this key\. Write mijnbureau-platform:owner/,
    /owner: is missing/,
  ],
  [
    "a slip in the project's name",
    "mijnbureau-platform:access:",
    "mijnbureau-platfrom:access:",
    /"mijnbureau-platfrom:access": nothing reads this key\. Write mijnbureau-platform:access/,
  ],
  [
    "a key twice",
    "  mijnbureau-platform:owner",
    "  mijnbureau-platform:region: nl-west\n  mijnbureau-platform:owner",
    /Pulumi\.prod-nl-north\.yaml: is not YAML.*unique at line/,
  ],
  ["a tab", "config:\n", "config:\n\tpulumi: x\n", /Pulumi\.prod-nl-north\.yaml: is not YAML.*Tabs.*line 6/],
  ["nothing", shipped, "", /Pulumi\.prod-nl-north\.yaml: has no `config:`/],
  [
    "an exemption that is over",
    "  mijnbureau-platform:owner",
    '  mijnbureau-platform:policies: { exemptions: [{ rule: images/digest, target: { namespace: x }, reason: the vendor repairs it soon, owner: me, expires: "2025-01-01" }] }\n  mijnbureau-platform:owner',
    /policies\.exemptions\.0\.expires: .*2025-01-01/,
  ],
];

describe("a new user's mistakes in a stack file", () => {
  const folder = mkdtempSync(join(tmpdir(), "mistakes-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const toldOf = (text: string): string => {
    writeFileSync(join(folder, `Pulumi.${STACK}.yaml`), text);
    try {
      const past = pastDates(stackConfig(folder, STACK), dayOf(new Date()));
      if (past.length > 0) throw new ConfigError(past);
    } catch (error) {
      assert.ok(error instanceof UserError, String(error));
      return error.message;
    }
    return assert.fail("nothing was told");
  };

  for (const [what, from, to, ...told] of mistakes)
    it(`are told with key, value and remedy: ${what}`, () => {
      assert.ok(shipped.includes(from), "the shipped file has no such line");
      const message = toldOf(shipped.replace(from, to));
      for (const pattern of told) assert.match(message, pattern);
      assert.doesNotMatch(message, /hunter2|\{"/);
    });

  it("are told all at once", () => {
    const text = [
      ["10.40.0.0/16", "10.40.0.0/36"],
      ["appArmor", "apparmor"],
      ["environment: prod", "environment: prd"],
      ["mijnbureau-platform:access:", "platform:access:"],
    ].reduce((before, [from = "", to = ""]) => before.replace(from, to), shipped);
    const message = toldOf(text);
    for (const pattern of [/has 4 problems/, /podCidrs/, /apparmor/, /"prd"/, /"platform:access"/])
      assert.match(message, pattern);
  });

  it("are none in the keys of Pulumi and its providers", () => {
    const keys = ["pulumi:disable-default-providers", "kubernetes:context", "mijnbureau-platform:owner"];
    assert.deepEqual(unreadKeys("mijnbureau-platform", keys), []);
  });
});
