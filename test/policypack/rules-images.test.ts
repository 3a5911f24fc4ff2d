import assert from "node:assert/strict";
import fc from "fast-check";
import { loadRules } from "../../policypack/engine/load";
import { abandoned, allowedRegistries } from "../../policypack/rules/images/_reference";
import { judge } from "./harness";
import { mutationTests } from "./rules-mutants";

mutationTests("images");

describe("where images come from", () => {
  const rule = loadRules().find(({ id }) => id === "images/allowed-registry");
  const allows = (image: string): boolean => {
    assert.ok(rule !== undefined);
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [{ name: "c", image }] },
    };
    return judge(rule, [pod]).length === 0;
  };
  const entries = allowedRegistries.parse({}).allowed;
  const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);

  it("allows any image below an allowed organisation, and the allowed repositories themselves", () => {
    fc.assert(
      fc.property(fc.constantFrom(...entries), word, (entry, name) => {
        assert.ok(allows(entry.endsWith("/") ? `${entry}${name}:1` : `${entry}:${name}`));
      }),
    );
  });

  it("refuses every name that only begins like an allowed one", () => {
    fc.assert(
      fc.property(fc.constantFrom(...entries), word, word, (entry, suffix, name) => {
        assert.ok(!allows(`${entry.replace(/\/$/, "")}-${suffix}/${name}:1`));
      }),
    );
  });

  it("lets one spelling of Docker Hub stand for all", () => {
    fc.assert(
      fc.property(fc.constantFrom("lasuite", "minbzk", "evil"), word, (organisation, name) => {
        const verdicts = ["", "docker.io/", "index.docker.io/", "registry-1.docker.io/"].map((host) =>
          allows(`${host}${organisation}/${name}:1`),
        );
        assert.deepEqual(new Set(verdicts), new Set([organisation !== "evil"]));
      }),
    );
  });

  it("leaves abandoned organisations to the rule about those, so that one image is one finding", () => {
    const organisations = abandoned.parse({}).abandoned.filter((entry) => entry.endsWith("/"));
    assert.ok(organisations.length > 0);
    for (const entry of organisations) assert.ok(allows(`${entry}redis:1`), entry);
  });

  it("refuses an allow-list without a registry, which would mean anything", () => {
    assert.ok(!allowedRegistries.safeParse({ allowed: ["minbzk"] }).success);
    assert.ok(!allowedRegistries.safeParse({ allowed: ["minbzk/"] }).success);
    assert.ok(allowedRegistries.safeParse({ allowed: ["mirror.example/"] }).success);
  });
});
