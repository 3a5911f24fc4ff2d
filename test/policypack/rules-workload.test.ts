import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { loadRules } from "../../policypack/engine/load";
import { judge } from "./harness";
import { mutationTests } from "./rules-mutants";
import { needFile } from "../support/needs";

/** The other half of what a script that is looked at for two steps must meet. */
const unverified = '!word.matches("(sha(256|512)?sum|gpg|cosign|minisign) ")';

mutationTests("workload", {
  // Any group but 0 passes, so the stand-in for "unset" may be any.
  "workload/non-root-supplementary-groups": ["1 -> 2"],
  "workload/shell-download": [
    // How a command line begins makes no difference, nor what stands behind the file that it runs.
    '"\\n" -> "\\n~"',
    '" " -> " ~"',
    // Where the comparison of lines with each other ends.
    "word.size() < 8000 -> (word.size() <= 8000)",
    "8000 -> 8001",
    "8000 -> 7999",
    `word.size() < 8000 && ${unverified} -> (${unverified})`,
  ],
});

describe("workload/node-name", () => {
  it("leaves alone a bare Pod that was read back from a cluster, where the scheduler has placed it", () => {
    const rule = loadRules().find(({ id }) => id === "workload/node-name");
    assert.ok(rule !== undefined);
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { nodeName: "node-1", containers: [{ name: "c", image: "i:1" }] },
    };
    assert.equal(judge(rule, [pod]).length, 1);
    assert.deepEqual(judge(rule, [{ ...pod, status: { hostIP: "192.0.2.1" } }]), []);
  });
});

const fixtures = join(__dirname, "../../../shared/corpus/upstream-policy-gaps/fixtures.yaml");

describe("MijnBureau's own policy, without its gaps", () => {
  // The rules that ask what policy/*.rego asks.
  const parity = new Set([
    ...[
      "run-as-user",
      "run-as-non-root",
      "privileged-containers",
      "allow-privilege-escalation",
      "host-path-volumes",
      "host-namespaces",
    ].map((name) => `pod-security/${name}`),
    ...loadRules().flatMap((rule) => (rule.definition.standards.mijnbureau === undefined ? [] : [rule.id])),
  ]);
  const resources = ["cpu-limit", "cpu-request", "memory-limit", "memory-request"].map(
    (name) => `availability/${name}`,
  );
  const everything = [
    ...resources,
    "images/fixed-tag",
    "pod-security/allow-privilege-escalation",
    "pod-security/privileged-containers",
    "pod-security/run-as-non-root",
    "pod-security/run-as-user",
  ];
  const host = ["pod-security/host-namespaces", "pod-security/host-path-volumes"];
  const unset = ["pod-security/allow-privilege-escalation", "pod-security/run-as-non-root"];

  // What each document of the fixtures does wrong, where the rego said nothing or less.
  const expected: Readonly<Record<string, readonly string[]>> = {
    "00-good": [],
    "01-deploy-all-bad": [...everything, ...host, "identity/dedicated-service-account"],
    "02-pod-all-bad": [...everything, ...host],
    "03-cronjob-all-bad": [...everything, ...host, "images/pull-policy-always"],
    // Jobs are in the group batch: what the fixture calls apps/v1 does not exist.
    "04-job-all-bad": [
      "availability/cpu-limit",
      "availability/cpu-request",
      "availability/memory-limit",
      "availability/memory-request",
      "images/fixed-tag",
      "pod-security/allow-privilege-escalation",
      "pod-security/privileged-containers",
      "pod-security/run-as-non-root",
      "pod-security/run-as-user",
    ],
    "05-replicaset-all-bad": everything,
    "06-no-securitycontext-at-all": unset,
    "07-podlevel-nonroot-false-container-unset": unset,
    "08-both-nonroot-false": unset,
    "09-empty-limits-requests": resources,
    "10-only-cpu": ["availability/memory-limit", "availability/memory-request"],
    "11-registry-port-no-tag": ["images/fixed-tag"],
    "12-latest-with-digest": [],
    "13-digest-only": [],
    "14-sa-explicit-default": ["identity/dedicated-service-account"],
    "15-caps-add-sysadmin-no-drop": ["pod-security/allow-privilege-escalation"],
    "16-rofs-false-seccomp-unconfined": ["pod-security/allow-privilege-escalation"],
    "17-hostport": [],
    // Kubernetes itself pulls an image with the tag latest always.
    "18-ephemeral-privileged": ["images/fixed-tag", "pod-security/privileged-containers", ...unset],
    "19-init-bad": [...everything, "images/pull-policy-always"],
    "20-no-labels": ["labels/minimum", "labels/recommended"],
    "21-v-prefixed-version": ["labels/template-match", "labels/version-format"],
    "22-long-instance": ["labels/length", "labels/template-match"],
    "23-no-namespace": ["namespaces/namespace-set"],
    "24-namespace": [],
    "25-clusterrole": [],
    "26-svc-nolabels": ["labels/minimum", "labels/recommended"],
    "27-sa-nolabels": [],
    "28-job-no-labels": [],
    "29-cronjob-nolabels-template": ["labels/template-minimum"],
    "30-runasgroup0-fsgroup0": ["pod-security/allow-privilege-escalation"],
  };

  it("finds in each document of the fixtures what is wrong with it, and nothing else", function () {
    needFile(this, fixtures);
    const rules = loadRules().filter((rule) => parity.has(rule.id));
    const documents = loadAll(readFileSync(fixtures, "utf8"));
    const actual = documents.map((document) => {
      const found = rules.filter((rule) => judge(rule, [document]).length > 0).map((rule) => rule.id);
      return [nameOf(document), found.sort()] as const;
    });
    const sorted = Object.entries(expected).map(([name, ids]) => [name, [...ids].sort()]);
    assert.deepEqual(Object.fromEntries(actual), Object.fromEntries(sorted));
  });

  it("reports an object that no API group serves, instead of passing it by", function () {
    needFile(this, fixtures);
    const rule = loadRules().find(({ id }) => id === "availability/unserved-kind");
    assert.ok(rule !== undefined);
    const reported = loadAll(readFileSync(fixtures, "utf8")).filter((document) => judge(rule, [document]).length > 0);
    assert.deepEqual(reported.map(nameOf), ["04-job-all-bad", "28-job-no-labels"]);
  });
});

function nameOf(document: unknown): string {
  const metadata =
    typeof document === "object" && document !== null && "metadata" in document ? document.metadata : undefined;
  const name = typeof metadata === "object" && metadata !== null && "name" in metadata ? metadata.name : undefined;
  assert.equal(typeof name, "string");
  return String(name);
}
