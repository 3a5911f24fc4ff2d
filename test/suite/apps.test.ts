import assert from "node:assert/strict";
import * as fs from "node:fs";
import { eachApp } from "../../suite/apps";
import { describePeer, singleFlows, type Flow, type Peer } from "../../suite/flow";
import { topics } from "../../suite/flows";
import { joined } from "../../suite/flows/joined";
import { publicHostNames } from "../../suite/hostnames";

const text = (flow: Flow): string[] => singleFlows([flow]).map((single) => JSON.stringify(single));

describe("the apps of MijnBureau", () => {
  it("have a file each, and no file is left out of the list", () => {
    const files = fs.readdirSync("suite/apps").filter((name) => !["index.ts", "keys.ts"].includes(name));
    assert.deepEqual(files.sort(), eachApp.map(({ key }) => `${key}.ts`).sort());
  });

  for (const { key, app } of eachApp) {
    it(`${key}: speaks of its own pods only`, () => {
      const own = (peer: Peer): boolean => peer.kind !== "app" || peer.app === key;
      const flows = singleFlows(Object.values(app.flows).flat());
      const pods = Object.values(app.datastores).flatMap(({ clients, tools = [] }) => [...clients, ...tools]);
      const others = [...flows.flatMap(({ from, to }) => [from, to]), ...pods].filter((peer) => !own(peer));
      assert.deepEqual(others.map(describePeer), []);
    });

    it(`${key}: lists every group of pods that it speaks of`, () => {
      const listed = Object.values(app.workloads).map((peer) => describePeer(peer));
      const flows = singleFlows(Object.values(app.flows).flat());
      const used = [
        ...flows.flatMap(({ from, to }) => [from, to]),
        ...Object.values(app.datastores).flatMap(({ clients, tools = [] }) => [...clients, ...tools]),
        ...Object.values(app.serves).map(({ pods }) => pods),
      ].filter((peer) => peer.kind === "app");
      assert.deepEqual(
        [...new Set(used.map(describePeer))].filter((name) => !listed.includes(name)),
        [],
      );
    });
  }

  it("share no name of a public host", () => {
    assert.deepEqual([...new Set(publicHostNames)], publicHostNames);
    const all = eachApp.flatMap(({ app }) => Object.keys(app.hosts));
    assert.deepEqual([...all].sort(), [...publicHostNames].sort());
  });

  it("make one table: every flow of every app stands in it once, and no other", () => {
    const stated = eachApp.flatMap(({ app }) => Object.values(app.flows).flat().flatMap(text));
    const shown = topics.filter(({ place }) => place !== "datastores").flatMap(({ flows }) => flows.flatMap(text));
    assert.deepEqual([...shown].sort(), [...stated].sort());
  });
});

describe("a table of flows", () => {
  const flow = (from: Peer | Peer[], to: Peer | Peer[], why: string): Flow => ({ from, to, why, source: "a page" });
  const [dns, nodes, smtp] = [{ kind: "dns" }, { kind: "nodes" }, { kind: "smtp" }] as const;

  it("shows what is the same but for its source as one row", () => {
    assert.deepEqual(joined([flow(dns, smtp, "mail"), flow(nodes, smtp, "mail")]), [flow([dns, nodes], smtp, "mail")]);
  });

  it("never joins flows of which both ends differ, or the reason does", () => {
    const apart = [flow(dns, smtp, "mail"), flow(nodes, dns, "mail"), flow(nodes, smtp, "else")];
    assert.deepEqual(joined(apart), apart);
  });
});
