import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { label, podSecurityLabel } from "../../lib/labels";
import { contextIn, Engine, readObject } from "../../policypack/engine/engine";
import type { Finding } from "../../policypack/engine/findings";
import { loadRules } from "../../policypack/engine/load";
import { policySettings } from "../../config/policies";
import { StackIndex } from "../../policypack/engine/stack";
import type { StackObject } from "../../policypack/engine/stack";
import { TODAY } from "./harness";
import { needFile } from "../support/needs";

const corpus = join(__dirname, "../../../shared/corpus/mijnbureau/production");
const areas = ["availability", "identity", "images", "labels", "namespaces", "workload"];

/** What the platform puts into a namespace, as far as rules ask for it. */
function guardrails(name: string): readonly object[] {
  const metadata = { name: "platform", namespace: name };
  const labels = {
    [label.role]: "suite",
    [label.owner]: "owner",
    [label.dataClassification]: "internal",
    [label.holdsData]: "true",
    [podSecurityLabel.enforce]: "restricted",
    [podSecurityLabel.enforceVersion]: "v1.36",
    [podSecurityLabel.audit]: "restricted",
    [podSecurityLabel.warn]: "restricted",
  };
  const hard = { "requests.cpu": "9", "requests.memory": "9Gi", "limits.memory": "9Gi", pods: "9" };
  const limits = [{ type: "Container", defaultRequest: { cpu: "1", memory: "1Gi" }, default: { memory: "1Gi" } }];
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } },
    { apiVersion: "v1", kind: "ResourceQuota", metadata, spec: { hard } },
    { apiVersion: "v1", kind: "LimitRange", metadata, spec: { limits } },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: {
        ...metadata,
        labels: {
          "app.kubernetes.io/name": "a",
          "app.kubernetes.io/instance": "a",
          "app.kubernetes.io/version": "1.0.0",
        },
      },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    },
  ];
}

function findings(): readonly Finding[] {
  const read = (objects: readonly unknown[]) =>
    objects.map((object) => readObject(object, {})).filter((entry): entry is StackObject => entry !== undefined);
  const suite = read(readdirSync(corpus).flatMap((file) => loadAll(readFileSync(join(corpus, file), "utf8"))));
  const namespaces = new Set(suite.map(({ namespace }) => namespace).filter((name) => name.startsWith("mijnbureau-")));
  const entries = [...suite, ...read([...namespaces].flatMap(guardrails))];
  const stack = new StackIndex(entries);
  const rules = loadRules().filter(({ id }) => areas.includes(id.split("/")[0] ?? ""));
  const engine = new Engine(rules, policySettings.parse({}), TODAY);
  return [
    ...entries.flatMap((entry) => engine.judge(entry, contextIn(stack, entry, "any"))),
    ...engine.judgeStack(stack),
  ];
}

describe("MijnBureau's production manifests in guarded namespaces", () => {
  let all: readonly Finding[] = [];

  before(function () {
    needFile(this, corpus);
    all = findings();
  });

  it("break no mandatory rule, so that what Pod Security lets in is let in", () => {
    assert.deepEqual(
      all.filter(({ level }) => level === "mandatory").map(({ message }) => message),
      [],
    );
  });

  it("show the defects that the platform cannot repair", () => {
    const found = (rule: string) =>
      all
        .filter((finding) => finding.rule === rule)
        .map(({ name }) => name)
        .sort();
    // A single Keycloak with a budget of one: its node can never be drained.
    assert.deepEqual(found("availability/disruption-budget-fits"), ["keycloak-keycloak"]);
    // Autoscaled up to three pods on one ReadWriteOnce claim.
    assert.deepEqual(found("availability/single-writer-volume"), ["clamav", "nextcloud", "ollama"]);
    assert.deepEqual(found("identity/dedicated-service-account"), ["element-web"]);
    // Its init container alone has no resources.
    assert.deepEqual(found("availability/memory-limit"), ["nextcloud-cronjob"]);
    assert.deepEqual(found("identity/grant-secret-read"), ["synapse-keygen"]);
    assert.ok(found("images/abandoned-image").length > 0);
  });
});
