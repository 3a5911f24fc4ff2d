import assert from "node:assert/strict";
import { singleFlows } from "../../../suite/flow";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { planOperators } from "../../../components/operators/frame/stack";
import { everything, facts, required } from "./support";

function planOf(settings: typeof everything) {
  const given = operatorSettings(settings);
  assert.ok(given.success, JSON.stringify(given.error?.issues));
  const found = planOperators(given.data, facts).find(({ plan }) => plan.operator === "cert-manager");
  assert.ok(found);
  return found.plan;
}

const addresses = (settings: typeof everything) =>
  singleFlows(planOf(settings).flows).flatMap(({ to, ports }) => (to.kind === "address" ? [[to.name, ports]] : []));

describe("certificates of the public hosts", () => {
  it("are proved by DNS, at which nothing of the suite's namespaces takes part", () => {
    const issuers = planOf(everything).after.filter(({ metadata }) => metadata.name === "platform-acme");
    assert.equal(issuers.length, 1);
    assert.match(JSON.stringify(issuers), /"solvers":\[\{"selector":\{"dnsZones":\["[^\]]+\]\},"dns01":\{"rfc2136"/);
    assert.doesNotMatch(JSON.stringify(issuers), /http01/);
  });

  it("have a way to the authority and to the DNS provider, by both protocols of DNS", () => {
    assert.deepEqual(addresses(everything), [
      ["acme", [443]],
      [
        "dns-provider",
        [
          { protocol: "TCP", port: 53 },
          { protocol: "UDP", port: 53 },
        ],
      ],
    ]);
    assert.deepEqual(addresses(required), []);
  });

  it("go to the authority's own port, and to an API of the provider over HTTPS", () => {
    const acme = { server: "https://acme.example.nl:14000/dir", email: "a@example.nl", dns01: { route53: {} } };
    assert.deepEqual(addresses({ ...required, "cert-manager": { install: "always", acme } }), [
      ["acme", [14_000]],
      ["dns-provider", [443]],
    ]);
  });

  it("refer to a Secret that has a producer, with every key that is named", () => {
    const [secret] = planOf(everything).secrets.filter(({ name }) => name === "platform-acme-dns");
    assert.ok(secret?.from === "store");
    assert.deepEqual(Object.keys(secret.values), ["tsig"]);
  });

  it("are looked for at the cluster's DNS only, which is the only one that pods may ask", () => {
    assert.equal(planOf(everything).chart?.values["dns01RecursiveNameserversOnly"], true);
  });

  it("cannot be had without saying how the domain is proved", () => {
    const acme = { email: "a@example.nl", dns01: {} };
    const given = operatorSettings({ ...required, "cert-manager": { install: "always", acme } });
    assert.ok(!given.success);
    assert.match(JSON.stringify(given.error.issues), /names no provider/);
  });
});
