import assert from "node:assert/strict";
import { selectorOf } from "../../../components/network/rules";
import { describePeer, describePort, singleFlows, type Peer, type PodGroup } from "../../../suite/flow";
import { flows } from "../../../suite/flows";
import { servingApps } from "../../../suite/services";
import { bundledStore, cnpgInstances } from "../../../suite/stores";
import { appKeys, type AppKey } from "../../../suite/apps";
import { corpus, podTemplates } from "./corpus";
import { selects } from "./oracle";
import { bounds } from "./world";
import { needFile } from "../../support/needs";

interface AppPods {
  readonly app: AppKey;
  readonly pods: PodGroup;
}

/** Groups of an app's pods that a peer may stand for, whichever provider its datastores have. */
function appPods(peer: Peer): AppPods[] {
  if (peer.kind === "app") return [peer];
  if (peer.kind === "llm" || peer.kind === "antivirus") return [servingApps[peer.kind].pods];
  if (peer.kind !== "datastore") return [];
  return [bundledStore(peer.app, peer.store), ...(peer.store === "postgres" ? [cnpgInstances(peer.app)] : [])];
}

const single = singleFlows(flows);
const named = [...single.flatMap(({ from, to }) => [...appPods(from), ...appPods(to)])];
const groups = [...new Map(named.map((group) => [`${group.app}/${group.pods.name}`, group])).values()];

/** Ports that a rendered pod serves without declaring them. */
const undeclared: readonly { app: AppKey; pods: string; port: number; why: string }[] = [
  {
    app: "conversations",
    pods: "frontend",
    port: 8080,
    why: "the container declares 8000; Service and process use 8080",
  },
];

describe("the flows table", () => {
  it("names all fourteen apps", () => {
    assert.deepEqual([...new Set(groups.map(({ app }) => app))].sort(), [...appKeys].sort());
  });

  it("gives every entry a reason and a source", () => {
    for (const flow of single) {
      const name = `${describePeer(flow.from)} -> ${describePeer(flow.to)}`;
      assert.ok(flow.why.length > 3, `${name}: why`);
      assert.ok(flow.source.length > 10, `${name}: source`);
    }
  });

  it("has no entry twice", () => {
    const names = single.map(
      ({ from, to, ports, when }) =>
        `${describePeer(from)} -> ${describePeer(to)} ${(ports ?? []).map(describePort).join()} ${JSON.stringify(when)}`,
    );
    const twice = names.filter((name, index) => names.indexOf(name) !== index);
    assert.deepEqual(twice, []);
  });

  it("names ports exactly where the target brings none of its own", () => {
    const own = ["datastore", "ingressController", "kubeApi", "llm", "antivirus", "identityProvider"];
    const services = [...own, "identityBrokers", "smtp", "cnpgBackups"];
    for (const { from, to, ports } of single) {
      const name = `${describePeer(from)} -> ${describePeer(to)}`;
      assert.equal(ports === undefined, services.includes(to.kind), name);
    }
  });

  it("leads to Ollama from its clients alone: neither from the ingress controller nor from Prometheus", () => {
    const kinds = single
      .filter(({ to }) => appPods(to).some(({ app }) => app === "ollama"))
      .map(({ from }) => from.kind);
    assert.deepEqual([...new Set(kinds)], ["app"]);
  });

  it("selects each group of pods by labels, under one name per app", () => {
    for (const { app, pods } of groups) {
      assert.notDeepEqual(selectorOf(pods), {}, `${app}/${pods.name} selects every pod`);
      const same = named.filter((other) => other.app === app && other.pods.name === pods.name);
      for (const other of same) assert.deepEqual(selectorOf(other.pods), selectorOf(pods), `${app}/${pods.name}`);
    }
  });

  describe("against MijnBureau as rendered", () => {
    before(function () {
      needFile(this, corpus);
    });

    it("selects real pods, or says why there may be none", () => {
      const templates = podTemplates();
      const missing = groups.filter(
        ({ app, pods }) =>
          pods.optional === undefined &&
          !templates.some((template) => template.app === app && selects(selectorOf(pods), template.labels)),
      );
      const bundledOnly = missing.filter(({ pods }) => !["postgres", "redis", "s3"].includes(pods.name));
      assert.deepEqual(
        bundledOnly.map(({ app, pods }) => `${app}/${pods.name} ${JSON.stringify(pods.labels)}`),
        [],
      );
      const demo = templates.filter(({ environment }) => environment === "demo");
      if (demo.length > 0) assert.deepEqual(missing, [], "bundled datastores of the environment demo");
    });

    it("selects one part of an app only: no two groups share a pod", () => {
      for (const template of podTemplates()) {
        const matching = groups.filter(
          ({ app, pods }) => app === template.app && selects(selectorOf(pods), template.labels),
        );
        assert.ok(matching.length <= 1, `${template.workload}: ${matching.map(({ pods }) => pods.name).join(" and ")}`);
      }
    });

    it("leaves no pod out", () => {
      const out = podTemplates().filter(
        ({ app, labels }) => !groups.some((group) => group.app === app && selects(selectorOf(group.pods), labels)),
      );
      assert.deepEqual(
        out.map(({ environment, workload }) => `${environment} ${workload}`),
        [],
      );
    });

    it("uses ports that the pods declare", () => {
      const templates = podTemplates();
      const wrong = single.flatMap(({ to, ports }) =>
        appPods(to).flatMap(({ app, pods }) => {
          const declared = templates
            .filter((template) => template.app === app && selects(selectorOf(pods), template.labels))
            .flatMap((template) => template.ports);
          if (declared.length === 0) return [];
          return (ports ?? [])
            .map(bounds)
            .filter(({ protocol, first, last }) => {
              const known = (port: number): boolean =>
                declared.some((other) => other.port === port && other.protocol === protocol) ||
                undeclared.some((other) => other.app === app && other.pods === pods.name && other.port === port);
              return !known(first) || !known(last);
            })
            .map(({ first, protocol }) => `${app}/${pods.name} ${first}/${protocol}`);
        }),
      );
      // Exporters and TURN are containers and ports that only some settings render.
      const optional = [/\/(postgres) 9187/, /\/(redis) 9121/, /nginx 9113/, /^livekit\/server 32222/];
      assert.deepEqual(
        [...new Set(wrong)].filter((text) => !optional.some((pattern) => pattern.test(text))),
        [],
      );
    });
  });
});
