import { ApiError, type KindRef, type KubeClient, type KubeObject, type ObjectRef } from "../../lib/kube/client";

/** Name of the process in the cluster's state. */
export const KYVERNO = "kyverno";

const CONTROLLER = "app.kubernetes.io/part-of=kyverno,app.kubernetes.io/component=admission-controller";
const MANAGED = "webhook.kyverno.io/managed-by=kyverno";
const WEBHOOKS: readonly KindRef[] = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"].map((kind) => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind,
}));

/** The Deployment of Kyverno's admission controller, if the stack has Kyverno on. */
export async function kyvernoDeployment(client: KubeClient): Promise<KubeObject | undefined> {
  const found = await client.list({ apiVersion: "apps/v1", kind: "Deployment" }, { labelSelector: CONTROLLER });
  return found[0];
}

/** The webhook configurations that a Kyverno process has registered. */
export async function kyvernoWebhooks(client: KubeClient): Promise<ObjectRef[]> {
  const found = await Promise.all(
    WEBHOOKS.map(async (kind) => {
      const webhooks = await client.list(kind, { labelSelector: MANAGED });
      return webhooks.map(({ metadata: { name = "" } }) => ({ ...kind, name }));
    }),
  );
  return found.flat();
}

/**
 * Removes what a Kyverno process leaves behind: webhook configurations that point at a port nobody listens on, and so
 * refuse every write; certificates; leases that a new process would wait for. It does so itself only when its
 * Deployment goes too. Webhooks go first: they may stand in the way of the rest.
 */
export async function removeKyvernoTraces(client: KubeClient): Promise<void> {
  for (const webhook of await kyvernoWebhooks(client)) await client.delete(webhook);
  const namespace = (await kyvernoDeployment(client))?.metadata.namespace ?? KYVERNO;
  await removeMatching(client, { apiVersion: "coordination.k8s.io/v1", kind: "Lease" }, namespace, /^kyverno/);
  await removeMatching(client, { apiVersion: "v1", kind: "Secret" }, namespace, /\.kyverno-tls-(ca|pair)$/);
}

async function removeMatching(client: KubeClient, kind: KindRef, namespace: string, name: RegExp): Promise<void> {
  try {
    for (const { metadata } of await client.list(kind, { namespace })) {
      if (name.test(metadata.name ?? "")) await client.delete({ ...kind, name: metadata.name ?? "", namespace });
    }
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 404)) throw error;
  }
}
