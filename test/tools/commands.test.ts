import assert from "node:assert/strict";
import { wholeOf } from "../snapshots/stack";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stackConfig, stackPlan } from "../../components/stack-file";
import { isKubeObject, type KubeObject } from "../../lib/kube/client";
import { projectRoot } from "../../embedded/toolchain";
import { chartsOf, render } from "../components/operators/rendered";
import { docsDirectory } from "./docs";
import { needCharts, needTools } from "../support/needs";

/** What `kubectl` calls the kinds that the pages name objects of. */
const KINDS: Readonly<Record<string, string>> = {
  backupstoragelocation: "BackupStorageLocation",
  cronjob: "CronJob",
  deploy: "Deployment",
  ds: "DaemonSet",
  externalsecret: "ExternalSecret",
  sts: "StatefulSet",
  svc: "Service",
};
/** Namespaces of the cluster and of the suite, whose objects are not the platform's to render. */
const FOREIGN = /^(kube-system$|mijnbureau-)/;
/** What the Prometheus Operator makes of its objects (pkg/prometheus, pkg/alertmanager: the kind before the name). */
const MADE: Readonly<Record<string, string>> = { Alertmanager: "alertmanager", Prometheus: "prometheus" };

interface Command {
  readonly page: string;
  readonly namespace: string;
  readonly object: string | undefined;
}

/** Each namespace, and each object by its name, in a `kubectl` line. A name in angle brackets is the reader's. */
function commands(page: string, text: string): Command[] {
  const named = `(${Object.keys(KINDS).join("|")})[/ ]([a-z0-9][a-z0-9-]*)(?![a-z0-9.,-])`;
  return [...text.matchAll(/^ *kubectl -n ([a-z][a-z0-9-]*) (.*)$/gm)].map(([, namespace = "", rest = ""]) => {
    const [, kind = "", name = ""] = new RegExp(` ${named}`).exec(` ${rest}`) ?? [];
    const object = KINDS[kind];
    return { page, namespace, object: object === undefined ? undefined : `${namespace}/${object}/${name}` };
  });
}

const key = ({ kind, metadata }: KubeObject, name = metadata.name): string =>
  `${metadata.namespace ?? ""}/${kind}/${name ?? ""}`;

describe("commands of the pages", () => {
  const shipped = stackPlan(stackConfig(projectRoot(), "prod-nl-west")).operators;
  // What no shipped stack has, such as databases of the platform's own.
  const others = wholeOf("with-everything").plan.operators.filter(
    ({ plan }) => !shipped.some((step) => step.plan.operator === plan.operator),
  );
  const operators = [...shipped, ...others];
  const pages = readdirSync(docsDirectory, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".md"),
  );
  const found = [
    ["README.md", join(projectRoot(), "README.md")],
    ...pages.map((page) => [page, join(docsDirectory, page)]),
  ]
    .flatMap(([page = "", file = ""]) => commands(page, readFileSync(file, "utf8")))
    .filter(({ namespace }) => !FOREIGN.test(namespace));

  it("name namespaces that the stack makes", () => {
    const namespaces = new Set(operators.flatMap((step) => step.namespaces).map(({ namespace }) => namespace));
    assert.ok(found.some(({ namespace }) => namespace === "velero"));
    assert.deepEqual(
      found.filter(({ namespace }) => !namespaces.has(namespace)),
      [],
    );
  });

  it("name objects that the stack and its operators make", async function () {
    this.timeout(120_000);
    const { helm } = await needTools(this, "helm");
    needCharts(this, chartsOf(operators.map((step) => step.plan)));
    const objects = operators
      .flatMap(({ plan: operator }) => [...operator.before, ...render(helm, operator), ...operator.after])
      .filter(isKubeObject);
    const names = new Set(
      objects.flatMap((object) => {
        const made = MADE[object.kind];
        const set = { ...object, kind: "StatefulSet" };
        return made === undefined ? [key(object)] : [key(object), key(set, `${made}-${object.metadata.name ?? ""}`)];
      }),
    );
    const objectsNamed = found.filter(({ object }) => object !== undefined);
    assert.ok(objectsNamed.some(({ object }) => object?.startsWith("velero/") === true));
    assert.deepEqual(
      objectsNamed.filter(({ object = "" }) => !names.has(object)),
      [],
    );
  });
});
