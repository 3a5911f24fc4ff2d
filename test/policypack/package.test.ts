import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skip } from "../support/needs";
import { VERSION } from "../../config/version";

const root = join(__dirname, "..", "..");
const folder = join(root, "policypack");
const built = join(root, "dist", "policypack", "package.js");

/** Loads the pack as Pulumi does and tells what it says of a pod. */
const probe = `
const Module = require("node:module");
const load = Module._load;
let policies = [];
class PolicyPack { constructor(name, { policies: own }) { this.name = name; policies = own; } }
Module._load = function (id, ...rest) {
  const loaded = load.call(this, id, ...rest);
  return id === "@pulumi/policy" ? new Proxy(loaded, { get: (target, key) => (key === "PolicyPack" ? PolicyPack : target[key]) }) : loaded;
};
require(process.argv[1]);
const found = [];
const spec = { containers: [{ name: "c", image: "a:1", securityContext: { privileged: true } }] };
const props = { apiVersion: "v1", kind: "Pod", metadata: { name: "p", namespace: "n" }, spec };
const args = { type: "kubernetes:core/v1:Pod", name: "p", urn: "urn:p", props, getConfig: () => ({ profile: "baseline" }) };
for (const { validateResource } of policies) if (validateResource) validateResource(args, (each) => found.push(each));
console.log(JSON.stringify({ found, schema: policies[0].configSchema }));
`;

describe("the policy pack as a package", () => {
  let directory = "";
  before(function () {
    if (!existsSync(built)) skip(this, "not compiled: npm run build");
    this.timeout(120_000);
    directory = mkdtempSync(join(tmpdir(), "package-"));
    mkdirSync(join(directory, "policypack"));
    symlinkSync(join(root, "dist"), join(directory, "dist"));
    copyFileSync(join(root, "package.json"), join(directory, "package.json"));
    for (const name of readdirSync(folder))
      if (/\.(json|yaml|md)$/.test(name)) copyFileSync(join(folder, name), join(directory, "policypack", name));
    execFileSync("npm", ["pack", "--pack-destination", directory], {
      cwd: join(directory, "policypack"),
      stdio: "pipe",
    });
    execFileSync("tar", ["xzf", `mijnbureau-platform-policies-${VERSION}.tgz`], { cwd: directory });
    symlinkSync(join(root, "node_modules"), join(directory, "package", "node_modules"));
  });
  after(() => {
    if (directory !== "") rmSync(directory, { recursive: true, force: true });
  });

  const manifest = () =>
    JSON.parse(readFileSync(join(directory, "package", "package.json"), "utf8")) as {
      readonly main: string;
      readonly private?: boolean;
      readonly dependencies: Readonly<Record<string, string>>;
    };

  it("holds what its manifest names, and little else", () => {
    const { main, dependencies, private: kept } = manifest();
    assert.ok(existsSync(join(directory, "package", main)), main);
    assert.equal(kept, undefined, "npm publishes no private package");
    assert.deepEqual(Object.keys(dependencies).sort(), ["@pulumi/policy", "@pulumi/pulumi"]);
    assert.deepEqual(readdirSync(join(directory, "package")).sort(), [
      "PulumiPolicy.yaml",
      "README.md",
      "bin",
      "node_modules",
      "package.json",
    ]);
    const imported = [
      ...readFileSync(join(directory, "package", main), "utf8").matchAll(/require\("(@?[a-z][^"]*)"\)/g),
    ].map(([, name]) => name ?? "");
    const outside = [...new Set(imported)].filter((name) => !name.startsWith("node:") && !name.startsWith("@pulumi/"));
    assert.deepEqual(
      outside.filter((name) => !["fs", "path", "crypto", "net", "vm", "module"].includes(name)),
      [],
    );
  });

  it("judges, by the settings of --policy-pack-config", () => {
    const script = join(directory, "probe.js");
    writeFileSync(script, probe);
    const main = join(directory, "package", manifest().main);
    const out = execFileSync(process.execPath, ["-e", probe, main], { cwd: directory, encoding: "utf8" });
    const { found, schema } = JSON.parse(out) as {
      readonly found: readonly { readonly name: string; readonly enforcementLevel: string }[];
      readonly schema: { readonly properties: Readonly<Record<string, unknown>> };
    };
    const privileged = found.find(({ name }) => name === "pod-security/privileged-containers");
    assert.equal(privileged?.enforcementLevel, "mandatory");
    assert.deepEqual(Object.keys(schema.properties).sort(), [
      "exemptions",
      "onUndecided",
      "podSecurityVersion",
      "profile",
      "rules",
    ]);
    // A default would count for more than what the stack sets.
    assert.doesNotMatch(JSON.stringify(schema), /"default"/);
  });

  it("leaves the sources as they were", () => {
    assert.equal(
      readFileSync(join(directory, "policypack", "package.json"), "utf8"),
      readFileSync(join(folder, "package.json"), "utf8"),
    );
    assert.ok(!existsSync(join(directory, "policypack", "bin")));
  });
});
