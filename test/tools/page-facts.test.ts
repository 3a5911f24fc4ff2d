import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { stackConfig, stackPlan } from "../../components/stack-file";
import { projectRoot } from "../../embedded/toolchain";
import { configurationPage } from "./configuration";
import { docsDirectory, pages as generated } from "./docs";

/** Pages as their readers have them, each by its path from the project's folder. */
const pages = new Map(
  [
    ...["README.md", "CONTRIBUTING.md", "DEVELOPMENT.md", "SECURITY.md", "policypack/README.md"],
    ...readdirSync(docsDirectory, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".md"))
      .map((file) => join("docs", file)),
  ].map((page) => [page, readFileSync(join(projectRoot(), page), "utf8")] as const),
);
// Those that are generated, as they are now.
for (const [page, text] of generated()) pages.set(join("docs", page), text);

/** Pages with their text outside of blocks of code. */
const prose = [...pages].map(([page, text]) => [page, text.replace(/```[^]*?```/g, "")] as const);
const code = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(([, word = ""]) => word);

/** Every key of a stack file: `a.b`, `a[].b`, `a.<name>.b`; overlays, which have one table for all, at each operator. */
const listed = [...configurationPage().matchAll(/^\| `([^`]+)` \|/gm)].map(([, key = ""]) => key);
const operators = new Set(listed.flatMap((key) => /^operators\.([a-z-]+)\./.exec(key)?.[1] ?? []));
const keys = listed.flatMap((key) =>
  key.startsWith("overlay.") ? [...operators].map((operator) => `operators.${operator}.${key}`) : [key],
);
const topLevel = new Set(keys.map((key) => key.split(/[.[]/)[0] ?? ""));

/** Whether a page's key is one, or leads to some: `operators.velero.secondary`, `apps.docs.size`, `apps.<app>`. */
function isKey(named: string): boolean {
  const parts = named.replace(/\[[^\]]*\]/g, "").split(".");
  return keys.some((key) => {
    const own = key.replaceAll("[]", "").split(".");
    return parts.every((part, index) => {
      const there = own[index];
      return there !== undefined && (there === part || there.startsWith("<") || part.startsWith("<") || part === "*");
    });
  });
}

/** What a link can point to within a page: `<a id="…">`, and headings as GitHub names them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id)]);
}

describe("what the pages name", () => {
  it("settings exist", () => {
    const looksLikeKey = (word: string): boolean =>
      /^[a-z][A-Za-z]*(\.[A-Za-z<*][\w<>*[\]-]*)+$/.test(word) && topLevel.has(word.split(".")[0] ?? "");
    // Files, objects of Kubernetes and values of the suite's helmfile, which begin with the same words.
    // `cluster.runtimeClassName` is of the suite's helmfile.
    const others =
      /^cluster\.runtimeClassName$|\.(ts|yaml|yml|json|md|sh)$|^(images|apps|policies)\.[a-z-]+\.(io|nl)$|^policies\.kyverno\.io/;
    const named = prose.flatMap(([page, text]) =>
      code(text)
        .map((word) => word.replace(/[:=].*$/, ""))
        .filter((word) => looksLikeKey(word) && !others.test(word))
        .map((word) => [page, word] as const),
    );
    assert.ok(named.length > 60, `${named.length} settings found`);
    const missing = named.filter(([, word]) => !isKey(word)).map(([page, word]) => `${page}: ${word}`);
    assert.deepEqual([...new Set(missing)], []);
  });

  it("settings are named, not waved at", () => {
    const vague = prose.flatMap(([page, text]) =>
      [...text.matchAll(/[^.\n]*\b(in|by) the (operator|stack)'s (settings|configuration)\b[^.\n]*/g)]
        .map(([sentence]) => sentence)
        .filter((sentence) => !code(sentence).some((word) => isKey(word) || /Pulumi\./.test(word)))
        .map((sentence) => `${page}: ${sentence.trim()}`),
    );
    assert.deepEqual(vague, []);
  });

  it("files exist", () => {
    const roots = readdirSync(projectRoot());
    const isPath = (word: string): boolean =>
      /^[\w.@-]+(\/[\w.@-]+)+\/?$/.test(word) &&
      roots.includes(word.split("/")[0] ?? "") &&
      !word.startsWith("node_modules/");
    // Written when they are asked for.
    const made = /^(build|dist)\//;
    const named = prose.flatMap(([page, text]) =>
      code(text).flatMap((word) => (isPath(word) ? [[page, word] as const] : [])),
    );
    assert.ok(named.length > 20, `${named.length} files found`);
    const missing = named
      .filter(([, word]) => !made.test(word) && !existsSync(join(projectRoot(), word)))
      .map(([page, word]) => `${page}: ${word}`);
    assert.deepEqual(missing, []);
  });

  it("links lead somewhere", () => {
    const broken = prose.flatMap(([page, text]) =>
      [...text.replace(/`[^`\n]*`/g, "").matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)]
        .map(([, target = ""]) => target)
        .filter((target) => !existsSync(join(projectRoot(), dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    assert.deepEqual(broken, []);
  });

  it("links into a page find their heading or their anchor", () => {
    const anchors = new Map(prose.map(([page, text]) => [page, anchorsOf(text)]));
    const broken = prose.flatMap(([page, text]) =>
      [...text.replace(/`[^`\n]*`/g, "").matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)#([^)\s]+)\)/g)]
        .map(([, target = "", anchor = ""]) => [target === "" ? page : join(dirname(page), target), anchor] as const)
        .filter(([target, anchor]) => anchors.get(target)?.has(anchor) !== true)
        .map(([target, anchor]) => `${page}: ${target}#${anchor}`),
    );
    assert.deepEqual(broken, []);
  });

  it("npm commands exist", () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(projectRoot(), "package.json"), "utf8")));
    const named = [...pages].flatMap(([page, text]) =>
      [...text.matchAll(/npm run (?:-s |--silent )?([a-z][\w:-]*)/g)].map(([, name = ""]) => [page, name] as const),
    );
    assert.ok(named.length > 20);
    assert.deepEqual(
      named.filter(([, name]) => scripts[name] === undefined).map(([page, name]) => `${page}: npm run ${name}`),
      [],
    );
  });

  it("places in the secret store exist, below its mount, with these properties", () => {
    const plan = stackPlan(stackConfig(projectRoot(), "prod-nl-north"));
    const mount = "kv"; // the default of operators.external-secrets.openbao.path
    assert.match(configurationPage(), /`operators\.external-secrets\.openbao\.path` \| string \| `"kv"`/);
    const places = new Map<string, Set<string>>();
    for (const { plan: operator } of plan.operators)
      for (const source of operator.secrets)
        for (const { key, property } of source.from === "store" ? Object.values(source.values) : [])
          places.set(key, (places.get(key) ?? new Set()).add(property));
    const named = [...pages].flatMap(([page, text]) =>
      [...text.matchAll(/\b(?:bao|vault) kv (?:put|patch|get) (\S+)((?: +\w+=\S+)*)/g)].map(
        ([, place = "", properties = ""]) => ({
          page,
          place,
          properties: [...properties.matchAll(/(\w+)=/g)].map(([, name = ""]) => name),
        }),
      ),
    );
    assert.ok(named.length > 0);
    for (const { page, place, properties } of named) {
      const known = places.get(place.replace(`${mount}/`, ""));
      assert.ok(place.startsWith(`${mount}/`) && known !== undefined, `${page}: ${place}`);
      for (const property of properties)
        assert.ok(known.has(property), `${page}: ${place} has ${[...known].join(", ")}, not ${property}`);
    }
  });
});
