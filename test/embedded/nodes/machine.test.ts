import assert from "node:assert/strict";
import { HIERARCHIES, missingPackages, PACKAGES, whyNoNodes, type Machine } from "../../../embedded/nodes/machine";
import { numberOfNodes } from "../../../cli/nodes";
import { UsageError } from "../../../cli/command";

const able: Machine = {
  platform: "linux",
  user: 0,
  missing: [],
  hierarchies: HIERARCHIES,
  fileSystems: "nodev\tsysfs\nnodev\toverlay\n\text4\n",
  namespaceError: () => undefined,
  targets: "NFQUEUE\nMASQUERADE\n",
  freeMegabytes: 50_000,
};

describe("a machine for real nodes", () => {
  const cases: readonly (readonly [string, Partial<Machine>, RegExp])[] = [
    ["another system", { platform: "darwin" }, /need Linux; this is darwin/],
    ["no root", { user: 1000 }, /need root/],
    [
      "packages missing",
      { missing: ["runc", "iptables"] },
      /packages runc, iptables: .*--install-packages .*\(apt-get install .* runc iptables\)/,
    ],
    [
      "cgroup v2 alone",
      { hierarchies: ["cgroup.procs", "cgroup.controllers"] },
      /cgroup v1 .* no cpu, cpuacct, cpuset/,
    ],
    ["no overlay", { fileSystems: "nodev\tsysfs\n\text4\n" }, /overlay/],
    ["no queue for packets", { targets: "MASQUERADE\n" }, /NFQUEUE/],
    [
      "namespaces forbidden",
      { namespaceError: () => "unshare failed: Operation not permitted" },
      /gives none: unshare failed: Operation not permitted/,
    ],
    ["a full disk", { freeMegabytes: 12 }, /need 2048 MB at \/some\/place, and 12 MB are free/],
  ];
  for (const [name, change, expected] of cases) {
    it(`is told what it lacks in one sentence: ${name}`, () => {
      const reason = whyNoNodes("/some/place", { ...able, ...change });
      assert.match(reason ?? "", expected);
      assert.equal(reason?.split("\n").length, 1);
    });
  }

  it("is taken as it is where nothing is missing, also where the kernel has loaded no target yet", () => {
    assert.equal(whyNoNodes("/some/place", able), undefined);
    assert.equal(whyNoNodes("/some/place", { ...able, targets: "" }), undefined);
  });

  it("lacks a package as soon as one of its files is not there", () => {
    for (const { name, files } of PACKAGES) {
      for (const file of files)
        assert.deepEqual(
          missingPackages((each) => each !== file),
          [name],
        );
    }
  });

  it("is asked for a number of nodes that there can be", () => {
    assert.equal(numberOfNodes(undefined), undefined);
    assert.equal(numberOfNodes("0"), 0);
    assert.equal(numberOfNodes("9"), 9);
    for (const wrong of ["-1", "10", "two", "1.5", "", "1e3"]) {
      assert.throws(() => numberOfNodes(wrong), UsageError, wrong);
    }
  });
});
