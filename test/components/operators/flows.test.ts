import assert from "node:assert/strict";
import { singleFlows, type SingleFlow } from "../../../suite/flow";
import type { OperatorSettings } from "../../../config/load";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { planOperators } from "../../../components/operators/frame/stack";
import { facts, required } from "./support";

function flowsOf(operator: string, settings: OperatorSettings, given = facts): readonly SingleFlow[] {
  const parsed = operatorSettings({ ...required, ...settings });
  assert.ok(parsed.success, JSON.stringify(parsed.error?.issues));
  const found = planOperators(parsed.data, given).find(({ plan }) => plan.operator === operator);
  assert.ok(found, operator);
  return singleFlows(found.plan.flows);
}

const backups = (url: string, pathStyle: boolean): OperatorSettings => ({
  url,
  region: "r",
  bucket: "backups",
  pathStyle,
  encryption: { mode: "sse-kms", keyId: "k" },
});

const places = (flows: readonly SingleFlow[], name: string) =>
  flows.flatMap(({ to, ports }) => (to.kind === "address" && to.name === name ? [{ ...to, ports }] : []));

describe("operators: ways out", () => {
  const withPort = { ...facts, images: { mirror: "registry.internal.example.nl:5000/copies" } };
  const cidrs = ["10.20.0.0/24"];

  for (const operator of ["eraser", "falco", "falco-audit", "kyverno", "trivy-operator"]) {
    it(`of ${operator} reach a mirror inside private networks, on the mirror's own port`, () => {
      const settings = { [operator]: { enabled: true, registryCidrs: cidrs } };
      const found = places(flowsOf(operator, settings, withPort), "registries");
      assert.ok(found.length > 0);
      for (const place of found) assert.deepEqual([place.cidrs, place.ports], [cidrs, [443, 5000]]);
      for (const { ports } of places(flowsOf(operator, { [operator]: { enabled: true } }), "registries")) {
        assert.deepEqual(ports, [443]);
      }
    });
  }

  const stores = [
    {
      operator: "loki",
      place: "log-store",
      host: (url: string, pathStyle: boolean): OperatorSettings => ({
        loki: { storage: { url, region: "r", chunksBucket: "logs", pathStyle } },
      }),
      bucket: "logs",
    },
    {
      operator: "velero",
      place: "backup-store",
      host: (url: string, pathStyle: boolean): OperatorSettings => ({
        velero: { storage: backups(url, pathStyle) },
      }),
      bucket: "backups",
    },
  ];
  for (const { operator, place, host, bucket } of stores) {
    it(`of ${operator} name the bucket's own host where the store has one`, () => {
      const hosts = (url: string, pathStyle: boolean): unknown =>
        places(flowsOf(operator, host(url, pathStyle)), place)[0]?.hosts;
      assert.deepEqual(hosts("https://s3.example.nl", true), ["s3.example.nl"]);
      assert.deepEqual(hosts("https://s3.example.nl", false), ["s3.example.nl", `${bucket}.s3.example.nl`]);
      const amazon = "s3.eu-central-1.amazonaws.com";
      assert.deepEqual(hosts(`https://${amazon}`, true), [amazon, `${bucket}.${amazon}`]);
    });
  }

  it("of Velero's pods that copy volumes by file are there where that is switched on", () => {
    const movers = (fileSystemBackup: boolean): readonly string[] =>
      flowsOf("velero", {
        velero: { storage: backups("https://s3.example.nl", true), fileSystemBackup },
      }).flatMap(({ from, to }) =>
        from.kind === "operator" && from.pods?.name.startsWith("pod-volume-") === true
          ? [`${from.pods.name} to ${to.kind}`]
          : [],
      );
    assert.deepEqual(movers(false), []);
    assert.deepEqual([...movers(true)].sort(), [
      "pod-volume-backup to address",
      "pod-volume-backup to kubeApi",
      "pod-volume-restore to address",
      "pod-volume-restore to kubeApi",
    ]);
  });
});

describe("operators: metrics of the Prometheus Operator", () => {
  it("are on the port that it has with and without certificates", () => {
    const ports = (settings: OperatorSettings): unknown =>
      flowsOf("prometheus", settings).find(({ to, why }) => to.kind === "operator" && why === "Metrics of the operator")
        ?.ports;
    assert.deepEqual(ports({}), [10_250]);
    const others = {
      "cloudnative-pg": { install: "never" },
      databases: { enabled: false },
      "falco-audit": { enabled: false },
    } as const;
    assert.deepEqual(ports({ ...others, "cert-manager": { install: "never" } }), [8080]);
  });
});
