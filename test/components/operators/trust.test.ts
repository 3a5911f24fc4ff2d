import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseConfig } from "../../../components/settings";
import { stackKeys } from "../../../components/stack-file";
import { operatorFacts } from "../../../components/operator-facts";
import { planOperators } from "../../../components/operators/frame/stack";
import { trusting } from "../../../components/operators/frame/trust";
import { datesOf, dayOf } from "../../../config/calendar";
import { needCharts, needTools } from "../../support/needs";
import { at, chartsOf, containersOf, fields, nameOf, render, workloads } from "./rendered";

const [, bundle = ""] =
  /(-----BEGIN CERTIFICATE-----[^]+END CERTIFICATE-----)/.exec(readFileSync("test/config/calendar.test.ts", "utf8")) ??
  [];
const empty = { customResources: new Map<string, boolean>(), apiServices: new Map<string, boolean>() };
const keys = stackKeys(".", "prod-nl-west");
const config = parseConfig({ ...keys, trust: { bundle: `${bundle}\n${bundle}\n` } });
const planned = planOperators(config.operators, operatorFacts(config, empty));
const plans = planned.map(({ plan }) => plan);

describe("private authorities", function () {
  this.timeout(300_000);

  it("reach every container of every operator, beside those of its image", async function () {
    const { helm } = await needTools(this, "helm");
    needCharts(this, chartsOf(plans));
    let seen = 0;
    for (const plan of plans) {
      const rendered = render(helm, plan).map((object) => trusting(fields(object), String(at(object, "kind")), plan));
      for (const object of [...rendered, ...plan.before, ...plan.after]) {
        if (!workloads.has(String(at(object, "kind")))) continue;
        for (const container of containersOf(object)) {
          seen += 1;
          const text = JSON.stringify(container);
          assert.match(text, /"SSL_CERT_DIR","value":"\/etc\/platform-trust"/, `${plan.operator}: ${nameOf(object)}`);
          assert.match(text, /"mountPath":"\/etc\/platform-trust"/, `${plan.operator}: ${nameOf(object)}`);
        }
        assert.match(JSON.stringify(object), /"configMap":\{"name":"platform-trust"/);
      }
      for (const { name } of plan.namespaces) {
        assert.ok(
          plan.before.some(
            ({ kind, metadata }) =>
              kind === "ConfigMap" && metadata.namespace === name && metadata.name === "platform-trust",
          ),
          name,
        );
      }
    }
    assert.ok(seen > 25, String(seen));
  });

  it("reach pods that are made at run time: Trivy's scans by its settings, Eraser's scanner by admission", async function () {
    const { helm } = await needTools(this, "helm");
    needCharts(this, ["trivy-operator"]);
    const trivy = plans.find(({ operator }) => operator === "trivy-operator");
    assert.ok(trivy !== undefined);
    const data = render(helm, trivy)
      .map((object) => at(object, "data"))
      .find((each) => at(each, "scanJob.customVolumes") !== undefined);
    const parsed = (key: string): unknown => JSON.parse(String(at(data, key)));
    assert.deepEqual(parsed("scanJob.customVolumes"), [
      { name: "platform-trust", configMap: { name: "platform-trust" } },
    ]);
    assert.deepEqual(parsed("scanJob.customVolumesMount"), [
      { name: "platform-trust", mountPath: "/etc/pki/tls/certs", readOnly: true },
    ]);
    const [scanner, ...others] = planned
      .flatMap(({ mutations }) => mutations)
      .filter(({ name }) => name === "scanner-trust");
    assert.deepEqual(others, []);
    assert.equal(scanner?.namespace, "eraser-system");
    assert.match(scanner.patch, /'configMap': dyn\(\{'name': dyn\('platform-trust'\)/);
    assert.match(scanner.patch, /\/etc\/pki\/tls\/certs/);
    assert.doesNotMatch(scanner.patch, /\/env/);
  });

  it("are nothing where the stack names none", () => {
    const bare = parseConfig(keys);
    const text = JSON.stringify(planOperators(bare.operators, operatorFacts(bare, empty)));
    assert.ok(!text.includes("platform-trust"));
    const object = { spec: { template: { spec: { containers: [{ name: "a" }] } } } };
    assert.equal(trusting(object, "Deployment", {}), object);
  });

  it("are in the calendar, and are certificates", () => {
    const dated = datesOf(config).filter(({ source }) => source === "trust.bundle");
    const { subject, validTo } = new X509Certificate(bundle);
    const own = [`certificate ${subject}`, dayOf(new Date(validTo))];
    assert.deepEqual(
      dated.map(({ what, ends }) => [what, ends]),
      [own, own],
    );
    for (const wrong of ["", "text", `${bundle} and more`, bundle.replace("MII", "XXX")]) {
      assert.throws(
        () => parseConfig({ ...keys, trust: { bundle: wrong } }),
        /trust\.bundle.*no certificate in PEM form/,
        wrong.slice(0, 40),
      );
    }
  });

  it("come out the same when they go through twice", () => {
    const object = {
      metadata: { name: "x" },
      spec: { template: { spec: { containers: [{ name: "a", env: [{ name: "B", value: "c" }] }] } } },
    };
    const once = trusting(object, "Deployment", { trust: bundle });
    assert.deepEqual(trusting(once, "Deployment", { trust: bundle }), once);
    assert.match(JSON.stringify(once), /"name":"B"/);
  });
});
