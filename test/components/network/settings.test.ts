import assert from "node:assert/strict";
import { networkSettings } from "../../../config/network";
import { base, settingsOf } from "./world";

/** Problems as `key: message`. */
function problems(given: unknown): string[] {
  const result = networkSettings.safeParse(given);
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

/** Exactly these keys have a problem, and each message matches. */
function assertProblems(given: unknown, expected: Readonly<Record<string, RegExp>>): void {
  const found = problems(given);
  assert.deepEqual(
    [...new Set(found.map((text) => text.split(":")[0]))].sort(),
    Object.keys(expected).sort(),
    found.join("\n"),
  );
  for (const [key, pattern] of Object.entries(expected)) {
    assert.ok(
      found.some((text) => text.startsWith(`${key}: `) && pattern.test(text)),
      `${key}: ${found.join("\n")}`,
    );
  }
}

describe("network settings", () => {
  it("need the cluster's ranges and default the rest", () => {
    const settings = settingsOf({
      podCidrs: ["10.244.0.0/16"],
      serviceCidrs: ["10.96.0.0/12"],
      controlPlaneCidrs: ["10.0.0.4/32"],
    });
    assert.equal(settings.cni, "other");
    assert.deepEqual(settings.nodeCidrs, []);
    assert.deepEqual(settings.dns, { namespace: "kube-system", podLabels: { "k8s-app": "kube-dns" }, ports: [53] });
    assert.deepEqual(settings.ingress.podPorts, [8443]);
    assert.equal(settings.datastores.docs["postgres"]?.provider, "bundled");
    assert.equal(settings.internet.clamavSignatures.enabled, true);
    assert.equal(settings.smtp, undefined);
    assertProblems(
      {},
      { podCidrs: /example: \[10/, serviceCidrs: /example: \[10/, controlPlaneCidrs: /example: \[10/ },
    );
    assertProblems(
      { ...base, controlPlaneCidrs: [] },
      { controlPlaneCidrs: /is empty; give the addresses of the API server/ },
    );
  });

  it("refuse unknown keys", () => {
    assert.match(problems({ ...base, podCidr: [] }).join(), /podCidr/);
    assert.match(problems({ ...base, datastores: { clamav: { redis: { provider: "bundled" } } } }).join(), /clamav/);
    assert.match(
      problems({ ...base, datastores: { bureaublad: { postgres: { provider: "cnpg" } } } }).join(),
      /postgres/,
    );
  });

  it("refuse CIDRs that are none, or not in canonical spelling, and say the right one", () => {
    assertProblems(
      { ...base, podCidrs: ["10.244.0.0"], serviceCidrs: ["10.96.1.2/12"], nodeCidrs: ["FD00::/48"] },
      {
        "podCidrs.0": /is not a CIDR; examples/,
        "serviceCidrs.0": /write 10\.96\.0\.0\/12/,
        "nodeCidrs.0": /write fd00::\/48/,
      },
    );
  });

  it("refuse overlapping ranges, with both keys, all at once", () => {
    assertProblems(
      {
        podCidrs: ["10.0.0.0/8"],
        serviceCidrs: ["10.96.0.0/12"],
        controlPlaneCidrs: ["10.1.0.1/32"],
        nodeCidrs: ["10.2.0.0/16", "192.168.0.0/24"],
      },
      {
        "serviceCidrs.0": /overlaps podCidrs\.0 \(10\.0\.0\.0\/8\); give each its own range/,
        "controlPlaneCidrs.0": /overlaps podCidrs\.0/,
        "nodeCidrs.0": /overlaps podCidrs\.0 .*podsInNodeRange: true/,
      },
    );
  });

  it("accept a control plane among the nodes", () => {
    assert.deepEqual(problems({ ...base, controlPlaneCidrs: ["172.18.0.2/32"], nodeCidrs: ["172.18.0.0/16"] }), []);
  });

  it("refuse a name without ranges, except with Cilium", () => {
    const given = {
      ...base,
      smtp: { host: "mail.example.nl" },
      datastores: { docs: { postgres: { provider: "external", host: "db.example.nl" } } },
      identityBrokers: [{ host: "idp.example.nl" }],
    };
    assertProblems(given, {
      "smtp.cidrs": /is empty, and mail\.example\.nl is a name: .*set cni: cilium/,
      "datastores.docs.postgres.cidrs": /db\.example\.nl is a name/,
      "identityBrokers.0.cidrs": /idp\.example\.nl is a name/,
    });
    assert.deepEqual(problems({ ...given, cni: "cilium" }), []);
    assert.deepEqual(problems({ ...base, smtp: { host: "192.0.2.25" } }), []);
  });

  it("refuse destinations inside the cluster, or at a metadata service", () => {
    assertProblems(
      {
        ...base,
        smtp: { host: "10.244.1.2" },
        llm: { host: "llm.example.nl", cidrs: ["192.0.2.0/24", "10.96.0.10/32"] },
        internet: { clamavSignatures: { cidrs: ["169.254.169.254/32"] } },
        livekit: { clientCidrs: ["10.244.0.0/24"] },
        datastores: { drive: { postgres: { provider: "cnpg", backups: { host: "fd00:ec2::254" } } } },
      },
      {
        "smtp.host": /lies in 10\.244\.0\.0\/16 \(podCidrs\); give the address outside the cluster/,
        "llm.cidrs.1": /lies in 10\.96\.0\.0\/12 \(serviceCidrs\)/,
        "internet.clamavSignatures.cidrs.0": /metadata service/,
        "livekit.clientCidrs.0": /podCidrs/,
        "datastores.drive.postgres.backups.host": /metadata service/,
      },
    );
  });

  it("accept an external database beside the nodes", () => {
    const postgres = { provider: "external", host: "db.example.nl", cidrs: ["172.18.5.4/32"] };
    assert.deepEqual(problems({ ...base, datastores: { docs: { postgres } } }), []);
  });

  it("need node ranges for what comes from nodes", () => {
    const given = { ...base, nodeCidrs: [], ingress: { hostNetwork: true }, livekit: { throughNodes: true } };
    assertProblems(given, { "ingress.hostNetwork": /needs nodeCidrs/, "livekit.throughNodes": /needs nodeCidrs/ });
    assert.deepEqual(problems({ ...given, cni: "cilium" }), []);
  });

  it("refuse selectors that select everything, ports that are none, and reasons that say nothing", () => {
    assertProblems(
      {
        ...base,
        ingress: { podLabels: {}, podPorts: [0] },
        apiServer: { webhooksFromAnywhere: { reason: "because" } },
        dns: { nodeLocalIp: "localhost" },
        smtp: { host: "999.1.1.1", cidrs: ["192.0.2.1/32"] },
      },
      {
        "ingress.podLabels": /would select every pod/,
        "ingress.podPorts.0": /is not a port/,
        "apiServer.webhooksFromAnywhere.reason": /too short/,
        "dns.nodeLocalIp": /is not an IP address/,
        "smtp.host": /neither a host name nor an IP address/,
      },
    );
  });

  it("say where node-local DNS needs another object", () => {
    assertProblems(
      { ...base, cni: "cilium", dns: { nodeLocalIp: "169.254.20.10" } },
      { "dns.nodeLocalIp": /LocalRedirectPolicy/ },
    );
  });
});
