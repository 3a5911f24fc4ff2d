import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { pullSecret } from "../../../components/namespace/pull-secret";
import { pullSecretOf } from "../../../config/images";
import { parseConfig } from "../../../components/settings";
import { stackKeys, stackPlan } from "../../../components/stack-file";
import { at, list } from "../operators/rendered";
import { needTools } from "../../support/needs";

const docker = (auths: object): string => JSON.stringify({ auths });

describe("namespaces: the pull secret", () => {
  /** Helm's templates have sprig's functions, as External Secrets' have. */
  it("logs in at every registry: the logins of all keys are merged, and the later one wins", async function () {
    const { helm } = await needTools(this, "helm");
    const wanted = pullSecretOf({
      pullSecret: { name: "registry", remoteKey: "all" },
      mirrors: {
        "docker.io": { registry: "hub.example.nl", login: "hub" },
        "ghcr.io": { registry: "ghcr.example.nl", login: "ghcr" },
        "quay.io": { registry: "hub.example.nl/quay", login: "hub" },
        "registry.k8s.io": { registry: "rest.example.nl" },
      },
    });
    assert.ok(wanted !== undefined);
    const secret = pullSecret("velero", "operator", wanted);
    const asked = list(at(secret, "spec", "data")).map((entry) => [
      String(at(entry, "secretKey")),
      String(at(entry, "remoteRef", "key")),
    ]);
    assert.deepEqual(
      asked.map(([, key]) => key),
      ["all", "hub", "ghcr"],
    );
    const contents: Readonly<Record<string, string>> = {
      all: docker({ "rest.example.nl": { auth: "cmVzdA==" }, "ghcr.example.nl": { auth: "b2xk" } }),
      hub: docker({ "hub.example.nl": { auth: "aHVi" } }),
      ghcr: docker({ "ghcr.example.nl": { auth: "Z2hjcg==" } }),
    };
    const template = String(at(secret, "spec", "target", "template", "data", ".dockerconfigjson"));
    const values = Object.fromEntries(asked.map(([name = "", key = ""]) => [name, contents[key]]));
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pull-secret-"));
    try {
      fs.mkdirSync(path.join(folder, "templates"));
      fs.writeFileSync(path.join(folder, "Chart.yaml"), "{apiVersion: v2, name: merged, version: 1.0.0}");
      fs.writeFileSync(
        path.join(folder, "templates/merged.yaml"),
        `{{ with .Values.parts }}merged: ${template}{{ end }}\n`,
      );
      const output = execFileSync(helm, ["template", "merged", folder, "--values", "-"], {
        input: JSON.stringify({ parts: values }),
        encoding: "utf8",
      });
      const merged: unknown = parse(output);
      assert.deepEqual(at(merged, "merged", "auths"), {
        "hub.example.nl": { auth: "aHVi" },
        "ghcr.example.nl": { auth: "Z2hjcg==" },
        "rest.example.nl": { auth: "cmVzdA==" },
      });
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("is there, by the logins of mirrors alone, in every namespace that the stack owns", () => {
    const keys = stackKeys(path.join(__dirname, "../../.."), "dev");
    const mirrors = { "docker.io": { registry: "hub.example.nl", login: "hub" } };
    const config = parseConfig({ ...keys, images: { mirror: "registry.example.nl", mirrors } });
    const plan = stackPlan(config);
    const made = plan.pullSecrets.map(({ metadata }) => metadata.namespace).sort();
    const owned = [
      ...plan.suite.map(({ namespace }) => namespace),
      ...plan.operators.flatMap(({ plan: { namespaces } }) => namespaces.map(({ name }) => name)),
    ];
    assert.deepEqual(made, [...new Set(owned)].sort());
  });
});
