import { ApiError, type KindRef, type KubeClient, type ObjectRef } from "./client";

export const KYVERNO = "kyverno";
export const KYVERNO_NAMESPACE = "kyverno";

const MANAGED = "webhook.kyverno.io/managed-by=kyverno";
const WEBHOOKS: readonly KindRef[] = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"].map((kind) => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind,
}));

/**
 * Removes what a Kyverno process leaves behind when it is not asked to end: webhook configurations that point at a
 * port nobody listens on, and so refuse every write; certificates for the last port; leases that a new process would
 * wait for. Webhooks go first: they may stand in the way of the rest.
 */
export async function removeKyvernoTraces(client: KubeClient): Promise<number> {
  let removed = 0;
  const remove = async (ref: ObjectRef): Promise<void> => {
    if (await client.delete(ref)) removed++;
  };
  for (const kind of WEBHOOKS) {
    for (const webhook of await client.list(kind, { labelSelector: MANAGED })) {
      await remove({ ...kind, name: webhook.metadata.name ?? "" });
    }
  }
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" };
  for (const { metadata } of await listIn(client, lease)) {
    if (metadata.name?.startsWith(KYVERNO) === true) await remove({ ...lease, ...nameOf(metadata) });
  }
  const secret = { apiVersion: "v1", kind: "Secret" };
  for (const { metadata } of await listIn(client, secret)) {
    if (/\.kyverno-tls-(ca|pair)$/.test(metadata.name ?? "")) await remove({ ...secret, ...nameOf(metadata) });
  }
  return removed;
}

const nameOf = ({
  name = "",
  namespace,
}: {
  name?: string;
  namespace?: string;
}): { name: string; namespace?: string } => (namespace === undefined ? { name } : { name, namespace });

async function listIn(client: KubeClient, kind: KindRef): ReturnType<KubeClient["list"]> {
  try {
    return await client.list(kind, { namespace: KYVERNO_NAMESPACE });
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return [];
    throw error;
  }
}
