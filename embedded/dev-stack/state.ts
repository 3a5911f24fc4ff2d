import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { label } from "../../lib/labels";
import { ApiError, type KindRef, type KubeClient, type KubeObject } from "../../lib/kube/client";
import type { EngineOptions } from "./engine";

type Lister = Pick<KubeClient, "list">;
type Backend = Pick<EngineOptions, "root" | "env" | "stack">;

const checkpointSchema = z.object({
  checkpoint: z.object({
    latest: z
      .object({
        resources: z
          .array(
            z.object({
              type: z.string(),
              // Of a Secret the metadata may be encrypted as a whole: then there is no name to read.
              inputs: z
                .object({
                  kind: z.string().optional(),
                  metadata: z.object({ name: z.string().optional(), namespace: z.string().optional() }).optional(),
                })
                .optional(),
            }),
          )
          .nullish(),
        pending_operations: z.array(z.unknown()).nullish(),
      })
      .nullish(),
  }),
});

/** The local backend's file with the stack's state (pulumi/pulumi, pkg/backend/diy/store.go). */
function stateFile({ root, env, stack }: Backend): string {
  const { name } = z.object({ name: z.string() }).parse(parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")));
  const backend = (env["PULUMI_BACKEND_URL"] ?? "").replace(/^file:\/\//, "");
  return join(backend, ".pulumi", "stacks", name, `${stack}.json`);
}

/** What the state says, as a digest: another one means that somebody ran Pulumi since. Empty where there is none. */
export function stateDigest(backend: Backend): string {
  const file = stateFile(backend);
  return existsSync(file) ? createHash("sha256").update(readFileSync(file)).digest("hex") : "";
}

/** Whether a run was killed while it made something. */
export function hasInterrupted(backend: Backend): boolean {
  const file = stateFile(backend);
  if (!existsSync(file)) return false;
  const { checkpoint } = checkpointSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  return (checkpoint.latest?.pending_operations ?? []).length > 0;
}

const exported = z.looseObject({ deployment: z.looseObject({ pending_operations: z.array(z.unknown()).optional() }) });

/** A state as `pulumi stack export` writes it, without what was interrupted. */
export function withoutInterrupted(text: string): string {
  const state = exported.parse(JSON.parse(text));
  return JSON.stringify({ ...state, deployment: { ...state.deployment, pending_operations: [] } });
}

/**
 * Kinds that the platform makes, and of which something stays when the state that held it is gone. No Secrets: a state may
 * hold their names encrypted.
 */
const KINDS: readonly KindRef[] = [
  { apiVersion: "v1", kind: "Namespace" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding" },
  { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingWebhookConfiguration" },
  { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingWebhookConfiguration" },
  { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingAdmissionPolicy" },
  { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" },
  ...["ConfigMap", "LimitRange", "ResourceQuota", "Service", "ServiceAccount"].map((kind) => ({
    apiVersion: "v1",
    kind,
  })),
  ...["DaemonSet", "Deployment", "StatefulSet"].map((kind) => ({ apiVersion: "apps/v1", kind })),
  { apiVersion: "batch/v1", kind: "CronJob" },
];

/** On everything that the program applies (components/kubernetes-object.ts). */
const APPLIED = "pulumi.com/patchForce";

/**
 * Objects that a `pulumi up` of the platform made and that the stack's state does not hold, by kind and name: what a
 * killed run left and the next configuration lacks, or what is kept for its data. Nothing manages them.
 */
export async function orphans(client: Lister, backend: Backend): Promise<string[]> {
  const held = heldBy(readFileSync(stateFile(backend), "utf8"));
  const found = await Promise.all(
    KINDS.map(async (kind) =>
      (await listIfServed(client, kind))
        .filter(
          ({ metadata }) =>
            metadata.annotations?.[APPLIED] !== undefined || metadata.labels?.[label.managed] === "true",
        )
        .map(({ metadata }) => ({ kind: kind.kind, namespace: metadata.namespace, name: metadata.name ?? "" })),
    ),
  );
  return (
    found
      .flat()
      // A chart may leave its objects' namespace to the release.
      .filter(
        ({ kind, name, ...place }) => !held.has(objectText({ kind, name, ...place })) && !held.has(`${kind} ${name}`),
      )
      .map(objectText)
  );
}

const objectText = ({
  kind,
  namespace,
  name,
}: {
  kind: string;
  namespace?: string | undefined;
  name: string;
}): string => `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;

/** Kubernetes objects in a state, as `<kind> <namespace>/<name>` or `<kind> <name>`. */
export function heldBy(state: string): ReadonlySet<string> {
  const { checkpoint } = checkpointSchema.parse(JSON.parse(state));
  const resources = (checkpoint.latest?.resources ?? []).filter(({ type }) => type.startsWith("kubernetes:"));
  return new Set(
    resources.flatMap(({ type, inputs }) => {
      const { name, namespace } = inputs?.metadata ?? {};
      const kind = inputs?.kind ?? type.split(":").at(-1) ?? "";
      return name === undefined ? [] : [objectText({ kind, namespace, name })];
    }),
  );
}

async function listIfServed(client: Lister, kind: KindRef): Promise<readonly KubeObject[]> {
  try {
    return await client.list(kind);
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return [];
    throw error;
  }
}
