import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type KubeClient, type KubeObject } from "../../lib/kube/client";
import type { PlatformCopy } from "../embedded/platform-copy";

const exported = z.object({
  deployment: z.object({
    resources: z.array(
      z.object({
        urn: z.string(),
        type: z.string(),
        custom: z.boolean(),
        id: z.string().optional(),
        parent: z.string().optional(),
        retainOnDelete: z.boolean().optional(),
      }),
    ),
  }),
});

/** An object that the stack manages. */
export interface Managed {
  /** `<apiVersion> <kind> [<namespace>/]<name>` */
  readonly object: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** Of the component that registered it, where an operator did. */
  readonly operator: string | undefined;
  /** It outlives the stack. */
  readonly retained: boolean;
}

const OPERATOR = "mijnbureau:platform:Operator";

/** What the engine's state holds: the Kubernetes objects of the stack. */
export async function managedObjects(copy: PlatformCopy): Promise<Managed[]> {
  const file = join(copy.root, "state.json");
  const { code, output } = await copy.pulumi(["stack", "export", "--file", file]);
  assert.equal(code, 0, output);
  const { resources } = exported.parse(JSON.parse(readFileSync(file, "utf8"))).deployment;
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const operatorOf = (urn: string | undefined): string | undefined => {
    const found = urn === undefined ? undefined : byUrn.get(urn);
    if (found === undefined) return undefined;
    return found.type === OPERATOR ? found.urn.split("::").at(-1) : operatorOf(found.parent);
  };
  return resources.flatMap(({ type, custom, id, parent, retainOnDelete }) => {
    const [, version, kind] = /^kubernetes:(.+):([A-Za-z]+)$/.exec(type) ?? [];
    if (!custom || version === undefined || kind === undefined || id === undefined) return [];
    // Fields of an object that is somebody else's.
    if (kind.endsWith("Patch")) return [];
    const apiVersion = version.replace(/^core\//, "");
    const object = `${apiVersion} ${kind} ${id}`;
    return [{ object, apiVersion, kind, operator: operatorOf(parent), retained: retainOnDelete === true }];
  });
}

/** Those of the kinds of `managed` that the cluster has, by the same identity. */
export async function liveObjects(client: KubeClient, managed: readonly Managed[]): Promise<ReadonlySet<string>> {
  const kinds = new Map(managed.map(({ apiVersion, kind }) => [`${apiVersion} ${kind}`, { apiVersion, kind }]));
  const lists = await Promise.all([...kinds.values()].map((kind) => client.list(kind)));
  return new Set(lists.flat().map(identity));
}

export function identity({ apiVersion, kind, metadata }: KubeObject): string {
  const place = metadata.namespace === undefined ? "" : `${metadata.namespace}/`;
  return `${apiVersion} ${kind} ${place}${metadata.name ?? ""}`;
}
