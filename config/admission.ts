import { z } from "zod";
import { dnsLabel, httpsUrl, reason } from "./fields";

/** Who can change objects at admission. */
const mutationEngines = ["native", "kyverno"] as const;
export type MutationEngine = (typeof mutationEngines)[number];

const key = z
  .string()
  .regex(
    /^-----BEGIN PUBLIC KEY-----[\s\S]+-----END PUBLIC KEY-----\s*$/,
    "is not a public key in PEM form; `cosign public-key` prints one",
  )
  .describe("Public key in PEM form, as `cosign public-key` prints it.");

const signer = z
  .strictObject({
    name: dnsLabel.describe("Name of the policy: image-signatures-<name>."),
    images: z
      .array(z.string().min(1))
      .min(1, "is empty; name the images that are signed so, e.g. [registry.example.nl/mirror/*]")
      .describe("Images that must carry the signature; `*` stands for any run of characters."),
    key: key.optional(),
    keyless: z
      .strictObject({ issuer: httpsUrl, subject: z.string().min(1) })
      .optional()
      .describe("Identity in the certificate of a keyless signature, such as a workflow of the image's maintainers."),
    transparencyLog: httpsUrl
      .optional()
      .describe(
        "Log that must hold the signature. Required for `keyless`; absent: a key is enough, as without internet.",
      ),
  })
  .refine(
    (entry) => (entry.key === undefined) !== (entry.keyless === undefined),
    "needs either key or keyless: a public key, or { issuer, subject }",
  )
  .refine(
    (entry) => entry.keyless === undefined || entry.transparencyLog !== undefined,
    "needs transparencyLog: the certificate of a keyless signature is short-lived, only the log says that it was valid",
  );

const kept = z.strictObject({ namespace: dnsLabel, name: z.string().min(1), reason });

/** Settings below `admission` of a stack: what is changed and verified beyond the rules. */
export const admissionSettings = z.strictObject({
  engine: z
    .enum(mutationEngines)
    .optional()
    .describe(
      "Who changes objects: `native` (the API server, 1.36 and newer) or `kyverno`. Absent: native where served.",
    ),
  keptNetworkPolicies: z
    .array(kept)
    .default([])
    .describe("NetworkPolicies of the suite that keep their own rules beside the platform's."),
  imageSignatures: z.array(signer).default([]).describe("Whose signatures images must carry; empty: not verified."),
});

export type AdmissionSettings = z.infer<typeof admissionSettings>;
export type ImageSigner = AdmissionSettings["imageSignatures"][number];
