import assert from "node:assert/strict";
import { audit } from "../../../cli/report/audit";
import { auditPage } from "../../../cli/report/page";
import { policySettings } from "../../../config/policies";
import { evidenceOf } from "../../../cli/report/evidence";
import { benchmarkNote } from "../../../components/operators/kube-bench/benchmarks";
import { ApiError, type KindRef, type KubeObject } from "../../../lib/kube/client";
import { readObject } from "../../../policypack/engine/engine";

/** STAND-IN for an API server: lists what it was given, and knows no other kinds; some it does not let us list. */
const server = (objects: readonly KubeObject[], refused: readonly string[]) => ({
  list: (kind: KindRef): Promise<KubeObject[]> => {
    if (refused.includes(kind.kind)) return Promise.reject(new ApiError(403, "Forbidden", "forbidden", {}));
    const found = objects.filter((each) => each.apiVersion === kind.apiVersion && each.kind === kind.kind);
    if (found.length === 0) return Promise.reject(new ApiError(404, "NotFound", "no such kind", {}));
    return Promise.resolve(found);
  },
});

const api = "admissionregistration.k8s.io/v1";
const binding = (actions: string[], name = "hosts") => ({
  apiVersion: api,
  kind: "ValidatingAdmissionPolicyBinding",
  metadata: { name },
  spec: { policyName: name, validationActions: actions },
});
const policy = (failurePolicy: string) => ({
  apiVersion: api,
  kind: "ValidatingAdmissionPolicy",
  metadata: { name: "hosts" },
  spec: { failurePolicy },
});
const namespace = (level: string) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", labels: { "pod-security.kubernetes.io/enforce": level } },
});

const asked = (planned: readonly object[], live: readonly KubeObject[], refused: readonly string[] = []) =>
  evidenceOf(
    server(live, refused),
    planned.flatMap((object) => readObject(object) ?? []),
    { version: "v1.36.3" },
    { cluster: { distribution: "kubernetes" } },
  );

describe("what a cluster adds to the report", () => {
  it("names what is missing and what lets through more than planned", async () => {
    const planned = [binding(["Deny"]), binding(["Deny"], "gone"), policy("Fail"), namespace("restricted")];
    const live = [binding(["Audit"]), policy("Ignore"), namespace("privileged")];
    const { planned: count, missing, loosened } = await asked(planned, live);
    assert.equal(count, 4);
    assert.deepEqual(missing, ["admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding gone"]);
    assert.deepEqual(loosened, [
      'ValidatingAdmissionPolicyBinding hosts: spec.validationActions[0] is "Audit", planned is "Deny"',
      'ValidatingAdmissionPolicy hosts: spec.failurePolicy is "Ignore", planned is "Fail"',
      'Namespace shop: metadata.labels.pod-security.kubernetes.io/enforce is "privileged", planned is "restricted"',
    ]);
    assert.deepEqual((await asked(planned.slice(2), planned.slice(2))).loosened, []);
  });

  it("sees a policy whose content was changed, and takes no default of the API server for a change", async () => {
    const given = (spec: object) => ({
      apiVersion: api,
      kind: "ValidatingAdmissionPolicy",
      metadata: { name: "hosts" },
      spec,
    });
    const rule = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["pods"] };
    const long = "object.spec.containers.all(container, has(container.resources))";
    const planned = given({
      matchConditions: [],
      matchConstraints: { resourceRules: [rule] },
      validations: [{ expression: long }],
    });
    const found = async (spec: object): Promise<readonly string[]> => (await asked([planned], [given(spec)])).loosened;
    const defaulted = { namespaceSelector: {}, objectSelector: {}, matchPolicy: "Equivalent" };
    const asIs = {
      failurePolicy: "Fail",
      matchConstraints: { ...defaulted, resourceRules: [{ ...rule, scope: "*" }] },
      validations: [{ expression: long }],
    };
    const name = "ValidatingAdmissionPolicy hosts";
    assert.deepEqual(await found(asIs), []);
    assert.deepEqual(await found({ ...asIs, validations: [{ expression: "true" }] }), [
      `${name}: spec.validations[0].expression is not as planned`,
    ]);
    assert.deepEqual(await found({ ...asIs, matchConditions: [{ name: "never", expression: "false" }] }), [
      `${name}: spec.matchConditions is [{"name":"never","expression":"false"}], planned is []`,
    ]);
    const creations = { ...rule, operations: ["CREATE"] };
    assert.deepEqual(await found({ ...asIs, matchConstraints: { ...defaulted, resourceRules: [creations] } }), [
      `${name}: spec.matchConstraints.resourceRules[0].operations is ["CREATE"], planned is ["CREATE","UPDATE"]`,
    ]);
    const one = { ...defaulted, objectSelector: { matchLabels: { a: "b" } }, resourceRules: [rule] };
    assert.deepEqual(await found({ ...asIs, matchConstraints: one }), [
      `${name}: spec.matchConstraints.objectSelector is {"matchLabels":{"a":"b"}}, planned is nothing`,
    ]);
  });

  it("says what it may not list, and counts nothing of it as there or missing", async () => {
    const planned = [policy("Fail"), namespace("restricted")];
    const evidence = await asked(
      planned,
      [namespace("restricted")],
      ["ValidatingAdmissionPolicy", "ClusterComplianceReport"],
    );
    assert.equal(evidence.planned, 1);
    assert.deepEqual(evidence.missing, []);
    assert.deepEqual(evidence.hidden, [
      "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
      "aquasecurity.github.io/ClusterComplianceReport",
    ]);
    const audited = audit({ objects: [], unseen: [], evidence }, [], policySettings.parse({}), "2026-11-30");
    const page = auditPage(audited);
    assert.match(page, /Not allowed to list, so nothing is known of: admissionregistration/);
    assert.match(page, /Compliance reports of Trivy: none was there to read/);
  });

  it("calls a check of Trivy that did not fail unknown, never passed", async () => {
    const report = {
      apiVersion: "aquasecurity.github.io/v1alpha1",
      kind: "ClusterComplianceReport",
      metadata: { name: "k8s-nsa-1.0" },
      status: {
        summaryReport: {
          controlCheck: [
            { id: "1.0", name: "Non-root containers", totalFail: 2 },
            { id: "8.1", name: "Audit log path is configured", totalFail: 0 },
          ],
        },
      },
    };
    const { compliance } = await asked([], [report]);
    assert.deepEqual(
      compliance.map(({ control, status, failures }) => [control, status, failures]),
      [
        ["1.0 Non-root containers", "fails", 2],
        ["8.1 Audit log path is configured", "unknown", 0],
      ],
    );
  });

  it("says what the benchmark of the nodes does not know of a newer Kubernetes", () => {
    assert.match(benchmarkNote("kubernetes", "v1.34.1"), /^cis-1\.12, written for this version/);
    assert.match(benchmarkNote("kubernetes", "v1.36.3"), /1\.32 to 1\.34: what v1\.36\.3 adds or changes is unknown/);
    assert.match(benchmarkNote("eks", "v1.35.0"), /1\.32 to 1\.34: what v1\.35\.0 adds .*the provider answers/);
    assert.match(benchmarkNote("aks", "v1.34.1"), /unknown here.*the provider answers/);
  });
});
