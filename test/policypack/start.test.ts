import assert from "node:assert/strict";
import { join } from "node:path";
import { analyzePod, firstLine, startPack } from "./process";

const folder = join(__dirname, "..", "..", "policypack");
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("policy pack, started as the engine starts it", function () {
  this.timeout(180_000);
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "n" },
    spec: {
      containers: [
        { name: "first", image: UNKNOWN },
        { name: "second", image: "i:1", securityContext: { privileged: true } },
      ],
    },
  };

  it("reads the stack's settings and reports each finding at its own level", async () => {
    const settings = { rules: { "pod-security/run-as-non-root": { level: "advisory" } } };
    const child = startPack(folder, { "mijnbureau-platform:policies": JSON.stringify(settings) });
    try {
      const found = await analyzePod(child, pod);
      const privileged = found.filter((each) => each.rule === "pod-security/privileged-containers");
      assert.equal(privileged.length, 1);
      assert.match(privileged[0]?.message ?? "", /Pod n\/p, container second runs privileged/);
      assert.equal(privileged[0]?.level, 1, "mandatory");
      assert.deepEqual(
        [...new Set(found.filter((each) => each.rule === "pod-security/run-as-non-root").map((each) => each.level))],
        [0],
        "advisory",
      );
      assert.ok(found.some((each) => each.rule === "engine/undecided"));
    } finally {
      child.kill();
    }
  });

  it("ends with a message, not a stack trace, where the settings are wrong", async () => {
    const child = startPack(folder, { "mijnbureau-platform:policies": '{"profile":"lax"}' });
    await assert.rejects(firstLine(child), (error: Error) => {
      assert.match(error.message, /mijnbureau-platform:policies is not valid/);
      assert.match(error.message, /profile/);
      assert.doesNotMatch(error.message, /\n\s+at /);
      return true;
    });
  });
});
