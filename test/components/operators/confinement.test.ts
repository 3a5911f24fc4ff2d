import assert from "node:assert/strict";
import { planOperators } from "../../../components/operators/frame/stack";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { everything, facts } from "./support";

function plans(appArmor: boolean) {
  const given = operatorSettings(everything);
  assert.ok(given.success);
  return planOperators(given.data, { ...facts, cluster: { ...facts.cluster, appArmor } }).map(({ plan }) => plan);
}

describe("operators on nodes with AppArmor", () => {
  const profiles = (appArmor: boolean) =>
    new Map(
      plans(appArmor).map(({ operator, patches, before, after }) => [
        operator,
        JSON.stringify([patches, before, after]).match(/"appArmorProfile":\{"type":"(\w+)"\}/)?.[1],
      ]),
    );

  it("run under the runtime's profile by name, in objects of charts and of our own", () => {
    assert.equal(profiles(true).get("velero"), "RuntimeDefault");
    assert.equal(profiles(true).get("falco-audit"), "RuntimeDefault");
    const own = plans(true).flatMap(({ before, after }) => [...before, ...after]);
    const jobs = own.filter(({ kind }) => kind === "CronJob");
    assert.notDeepEqual(jobs, []);
    for (const job of jobs) assert.match(JSON.stringify(job), /"appArmorProfile":\{"type":"RuntimeDefault"\}/);
  });

  it("leave Falco to what it says itself", () => {
    assert.equal(profiles(true).get("falco"), undefined);
  });

  it("name none where nodes have none: the kubelet would refuse the pods", () => {
    assert.deepEqual(
      [...profiles(false).values()].filter((profile) => profile !== undefined),
      [],
    );
  });

  it("keep what objects of our own say besides", () => {
    const without = plans(false).flatMap(({ after }) => after);
    const having = plans(true).flatMap(({ after }) => after);
    const stripped = (objects: typeof having) =>
      JSON.parse(JSON.stringify(objects).replaceAll(/,?"appArmorProfile":\{"type":"RuntimeDefault"\}/g, "")) as unknown;
    assert.deepEqual(stripped(having), stripped(without));
  });
});
