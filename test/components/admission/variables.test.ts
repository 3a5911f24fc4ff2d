import assert from "node:assert/strict";
import { admissionPolicies } from "../../../components/admission/vap";
import { policySettings } from "../../../config/policies";
import { asList, asString, at } from "../../../lib/json";
import { Engine } from "../../../policypack/engine/engine";
import { rule } from "../../../policypack/engine/rule";
import { TODAY } from "../../policypack/harness";

const text = {
  severity: "low",
  title: "T",
  why: "W",
  message: "is wrong",
  remedy: "R.",
  standards: {},
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["ConfigMap"],
  when: "has(object.data)",
  valid: "object.data.size() > 0",
} as const;

describe("variables of an admission policy", () => {
  it("have names of their own, also where rules share a condition and others are held within the cost", () => {
    const rules = ["test/one", "test/two"].map((id) => rule({ ...text, id, withinCost: "object.data.size() < 9" }));
    const settings = policySettings.parse({ profile: "strict" });
    const [policy] = admissionPolicies(new Engine(rules, settings, TODAY).activeRules, settings, TODAY);
    const names = asList(at(policy, "spec", "variables")).map((each) => asString(at(each, "name")));
    assert.deepEqual(names, ["shared0", "w0", "m0", "w1", "m1", "findings", "text", "ids"]);
  });
});
