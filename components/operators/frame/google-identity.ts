import { z } from "zod";

/** Federation of the cluster's tokens with Google Cloud; unlike GKE's own way it asks no metadata server. */
export const googleIdentity = z.strictObject({
  audience: z
    .string()
    .startsWith("//iam.googleapis.com/", "is not a provider of identities; it begins with //iam.googleapis.com/"),
  serviceAccount: z.email("is not a Google service account; example: backups@project.iam.gserviceaccount.com"),
});

export type GoogleIdentity = z.infer<typeof googleIdentity>;

/** Holds no secret (Google Cloud, "Workload Identity Federation with Kubernetes"). `path`: where it and the token are mounted. */
export const googleConfiguration = ({ audience, serviceAccount }: GoogleIdentity, path: string): string =>
  JSON.stringify({
    type: "external_account",
    audience,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: "https://sts.googleapis.com/v1/token",
    service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken`,
    credential_source: { file: `${path}/token`, format: { type: "text" } },
  });

/** The token that is exchanged, as a source of a projected volume. */
export const googleToken = ({ audience }: GoogleIdentity) => ({
  serviceAccountToken: { path: "token", audience: `https:${audience}`, expirationSeconds: 3600 },
});
