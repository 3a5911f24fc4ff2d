import assert from "node:assert/strict";
import * as fs from "node:fs";
import fc from "fast-check";
import { parse } from "yaml";
import { hostLabels } from "../../../suite/hostnames";
import { mijnbureauValues } from "../../../components/handover/values";
import { imagesWithRegistry } from "../../../suite/images";
import { appKeys, type AppKey } from "../../../suite/apps";
import { parseConfig } from "../../../components/settings";

type Tree = Record<string, unknown>;

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const PREFIX = "mijnbureau-platform:";

/** The dev stack's own keys. */
function devKeys(): Tree {
  const document: unknown = parse(fs.readFileSync("Pulumi.dev.yaml", "utf8"));
  assert(isTree(document) && isTree(document["config"]));
  const own = Object.entries(document["config"]).filter(([key]) => key.startsWith(PREFIX));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(PREFIX.length), value]));
}

const base = devKeys();

function network(more: Tree): Tree {
  assert(isTree(base["network"]));
  return { ...base["network"], ...more };
}

const valuesWith = (changes: Tree): Tree => mijnbureauValues(parseConfig({ ...base, ...changes }));

/** What stands at a path; undefined where any step is missing. */
function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((node, key) => (isTree(node) ? node[key] : undefined), value);
}

/** Every scalar with its path. */
function leaves(value: unknown, path: string[] = []): { path: string; value: unknown }[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, [...path, String(index)]));
  if (isTree(value)) return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
  return [{ path: path.join("."), value }];
}

const external = (host: string, port?: number): Tree => ({
  provider: "external",
  host,
  cidrs: ["192.0.2.60/32"],
  ...(port === undefined ? {} : { port }),
});

const someApps = fc.subarray([...appKeys]);
const enabledOnly = (enabled: readonly AppKey[]): Tree =>
  Object.fromEntries(appKeys.map((key) => [key, { enabled: enabled.includes(key), namespace: `suite-${key}` }]));

describe("the values for MijnBureau's helmfile", () => {
  it("name every app, whether it is on, and its namespace", () => {
    fc.assert(
      fc.property(someApps, (enabled) => {
        const application = valuesWith({ apps: enabledOnly(enabled) })["application"];
        for (const key of appKeys) {
          assert.deepEqual(at(application, key), { enabled: enabled.includes(key), namespace: `suite-${key}` });
        }
      }),
      { numRuns: 12 },
    );
  });

  it("never point at a Service in the namespace of an app that is off", () => {
    fc.assert(
      fc.property(someApps, (enabled) => {
        const values = valuesWith({ apps: enabledOnly(enabled), edge: { clusterIssuer: "public" } });
        const off = appKeys.filter((key) => !enabled.includes(key));
        for (const { path, value } of leaves(values)) {
          if (path.startsWith("application.") || typeof value !== "string") continue;
          for (const key of off) assert.ok(!value.includes(`.suite-${key}.`), `${path}: ${value}`);
        }
        assert.equal(at(values, "antivirus", "host") !== undefined, enabled.includes("clamav"));
        assert.equal(at(values, "ai") !== undefined, enabled.includes("ollama"));
        assert.equal(at(values, "tls", "synapse") !== undefined, enabled.includes("element"));
      }),
      { numRuns: 12 },
    );
  });

  it("hold no password, key or token, not even where the stack knows of one", () => {
    const values = valuesWith({
      images: { mirror: "registry.example.nl", pullSecret: { remoteKey: "team/registry-password" } },
    });
    const secretName = /passw|secretkey|apikey|token$|client_secret|private/i;
    const found = leaves(values).filter(
      ({ path, value }) => secretName.test(path) || (typeof value === "string" && value.includes("registry-password")),
    );
    // Ollama's, which is no secret: it checks none.
    assert.deepEqual(found, [{ path: "ai.llm.apiKey", value: "ollama" }]);
  });

  it("take each host's label from the stack, and the suite's own otherwise", () => {
    const hostname = at(valuesWith({ hostnames: { nextcloud: "files" } }), "global", "hostname");
    assert.deepEqual(hostname, { ...hostLabels({}), nextcloud: "files" });
  });

  it("give all seven OpenID Connect endpoints, under the issuer unless said otherwise", () => {
    const oidc = at(valuesWith({ hostnames: { keycloak: "login" } }), "authentication", "oidc");
    assert.deepEqual(Object.keys(isTree(oidc) ? oidc : {}).sort(), [
      "authorization_endpoint",
      "end_session_endpoint",
      "introspection_endpoint",
      "issuer",
      "jwks_uri",
      "token_endpoint",
      "userinfo_endpoint",
    ]);
    for (const { path, value } of leaves(oidc)) {
      assert.ok(String(value).startsWith("https://login.mijnbureau.localhost/realms/mijnbureau"), path);
    }
    const own = valuesWith({
      identity: {
        provider: "external",
        issuer: "https://sso.example.nl",
        endpoints: { jwks_uri: "https://keys.example.nl/jwks" },
      },
      network: network({ identityProvider: { host: "sso.example.nl", cidrs: ["192.0.2.10/32"] } }),
    });
    assert.equal(at(own, "authentication", "oidc", "jwks_uri"), "https://keys.example.nl/jwks");
    assert.equal(at(own, "authentication", "oidc", "issuer"), "https://sso.example.nl");
  });

  it("name an external store exactly where the stack has one", () => {
    const stores = { postgres: "database", redis: "cache", s3: "objectstore" } as const;
    const having = { docs: "docs", nextcloud: "nextcloud", grist: "grist", drive: "drive" } as const;
    const pick = fc.subarray(
      Object.keys(having).flatMap((app) => Object.keys(stores).map((store) => ({ app, store }))),
    );
    fc.assert(
      fc.property(pick, (chosen) => {
        const datastores: Record<string, Tree> = {};
        for (const { app, store } of chosen) {
          datastores[app] = { ...datastores[app], [store]: external(`${store}-${app}.example.nl`, 7000) };
        }
        const values = valuesWith({ network: network({ datastores }) });
        const rendered = Object.values(stores).flatMap((section) =>
          leaves(values[section] ?? {}).filter(
            ({ value }) => typeof value === "string" && value.endsWith(".example.nl"),
          ),
        );
        assert.deepEqual(
          rendered.map(({ value }) => value).sort(),
          chosen.map(({ app, store }) => `${store}-${app}.example.nl`).sort(),
        );
        for (const { app, store } of chosen) {
          const section = store === "postgres" ? "database" : store === "redis" ? "cache" : "objectstore";
          const host = section === "objectstore" ? "endpoint" : "host";
          assert.equal(at(values, section, app, host), `${store}-${app}.example.nl`);
          assert.equal(at(values, section, app, "port"), 7000);
          // With true the suite allows its app only a pod of its own namespace.
          assert.equal(at(values, section, app, "isInternal"), false);
        }
      }),
      { numRuns: 12 },
    );
  });

  it("call Element's stores by the suite's name, and leave out those of an app that is off", () => {
    const settings = network({ datastores: { element: { redis: external("redis.example.nl") } } });
    assert.equal(at(valuesWith({ network: settings }), "cache", "synapse", "host"), "redis.example.nl");
    const off = valuesWith({ network: settings, apps: { element: { enabled: false } } });
    assert.equal(at(off, "cache"), undefined);
  });

  it("pull every image from the mirror, with the pull secret, replaced ones included", () => {
    const container = at(
      valuesWith({
        images: {
          mirror: "registry.example.nl/mirror",
          pullSecret: { name: "pull", remoteKey: "registry" },
          replacements: { redis: { repository: "library/valkey" } },
        },
      }),
      "container",
    );
    assert.ok(isTree(container));
    assert.deepEqual(Object.keys(container).sort(), ["default", ...Object.keys(imagesWithRegistry)].sort());
    for (const [key, image] of Object.entries(container)) {
      assert.equal(at(image, "registry"), "registry.example.nl/mirror", key);
      assert.equal(at(image, "imagePullSecret"), "pull", key);
    }
    assert.equal(at(container, "redis", "repository"), "library/valkey");
  });

  it("pull each image from the mirror of its own registry, with the one pull secret of all logins", () => {
    const { container } = mijnbureauValues(
      parseConfig({
        ...base,
        images: {
          mirrors: {
            "docker.io": { registry: "hub.example.nl", login: "hub" },
            "ghcr.io": { registry: "registry.example.nl/ghcr", login: "ghcr" },
          },
          mirror: "registry.example.nl/rest",
          replacements: { synapse: { tag: "v17" }, openproject: { registry: "own.example.nl" } },
        },
      }),
    );
    const expected: Readonly<Record<string, string>> = {
      default: "hub.example.nl",
      cnpg_postgres: "registry.example.nl/ghcr",
      openproject: "own.example.nl",
      bureaublad: "registry.example.nl/ghcr",
      redis: "hub.example.nl",
      synapse: "hub.example.nl",
    };
    for (const [key, place] of Object.entries(expected)) {
      assert.equal(at(container, key, "registry"), place, key);
      assert.equal(at(container, key, "imagePullSecret"), "registry", key);
    }
  });

  it("overwrite the production overlay's placeholder where there is no mail relay", () => {
    const withoutRelay = network({});
    delete withoutRelay["smtp"];
    const keys: Tree = { ...base, network: withoutRelay };
    delete keys["mail"];
    assert.equal(at(mijnbureauValues(parseConfig(keys)), "smtp", "host"), "");
    assert.equal(at(valuesWith({}), "smtp", "host"), "smtp.mijnbureau.localhost");
  });

  it("never set an annotation that the suite's releases set themselves", () => {
    const edges = [
      { controller: "traefik" },
      { controller: "traefik", clusterIssuer: "public" },
      { controller: "haproxy-openshift", clusterIssuer: "public" },
    ];
    for (const edge of edges) {
      const annotations = at(valuesWith({ edge }), "cluster", "ingress", "annotations");
      assert.ok(isTree(annotations));
      assert.ok(!("traefik.ingress.kubernetes.io/router.middlewares" in annotations));
      assert.ok(!("haproxy.router.openshift.io/hsts_header" in annotations));
      assert.equal(annotations["cert-manager.io/cluster-issuer"], edge.clusterIssuer);
    }
  });

  it("limit every route on OpenShift as the edge settings say", () => {
    const annotations = at(
      valuesWith({
        edge: { controller: "haproxy-openshift" },
        operators: { ...(isTree(base["operators"]) ? base["operators"] : {}), edge: { concurrentRequests: 7 } },
      }),
      "cluster",
      "ingress",
      "annotations",
    );
    assert.equal(at(annotations, "haproxy.router.openshift.io/rate-limit-connections.concurrent-tcp"), "7");
  });

  it("leave backups, dashboards and demo users to the platform", () => {
    const values = valuesWith({});
    assert.deepEqual(values["backup"], { enabled: false });
    assert.equal(at(values, "metric", "grafanaDashboards", "enabled"), false);
    assert.deepEqual(values["user"], []);
  });
});
