import { z } from "zod";
import { imagesWithRegistry, severalImages } from "../suite/images";
import { dnsLabel } from "./fields";

const registryPlace = z
  .string()
  .regex(
    /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/,
    "is not a registry with optional path and no slash at its end; example: registry.example.nl/mirror",
  );

/** Docker Hub's other names in references (distribution/reference, normalize.go); charts use all of them. */
const hubNames: readonly string[] = ["index.docker.io", "registry-1.docker.io"];

const source = z
  .string()
  .regex(/^[a-z0-9-]+([.:][a-z0-9-]+)+$/, "is no registry; write its host, e.g. docker.io")
  .refine((host) => !hubNames.includes(host), "is Docker Hub under another name; write docker.io");

export const imageSettings = z.strictObject({
  mirror: registryPlace
    .optional()
    .describe(
      "Registry that holds copies of every image and chart; every operator then pulls from it alone. With `mirrors`: of what is not listed there.",
    ),
  mirrors: z
    .record(
      source,
      z.strictObject({
        registry: registryPlace.describe("Where its copies are; the registry itself where it may be called."),
        login: z
          .string()
          .min(1)
          .optional()
          .describe("Key in the secret store of the login there, as `pullSecret.remoteKey`. Absent: `pullSecret`."),
      }),
    )
    .default({})
    .describe(
      "Mirrors by the registry that they are of, e.g. `docker.io: { registry: registry.example.nl/hub }`. Without `mirror` each registry that the stack pulls from has to be listed.",
    ),
  pullSecret: z
    .strictObject({ name: dnsLabel.default("registry"), remoteKey: z.string().min(1) })
    .optional()
    .describe(
      "Pull secret, made in each namespace by External Secrets from `remoteKey` in the secret store, whose property `.dockerconfigjson` is Docker's configuration. The logins of `mirrors` are merged into it.",
    ),
  replacements: z
    .record(
      z.string(),
      z.strictObject({
        registry: z.string().optional(),
        repository: z.string().optional(),
        tag: z.string().optional(),
      }),
    )
    .superRefine((given, ctx) => {
      for (const [key, { repository, tag }] of Object.entries(given)) {
        const issue = (message: string): void => ctx.addIssue({ code: "custom", path: [key], message });
        if (imagesWithRegistry[key] === undefined) {
          issue(`is no image of the suite; write one of ${Object.keys(imagesWithRegistry).sort().join(", ")}`);
        } else if (severalImages.includes(key) && (repository !== undefined || tag !== undefined)) {
          issue("is several images in the suite, of which only the registry can be replaced. Write `registry` alone");
        }
      }
    })
    .default({})
    .describe("Images of the suite to replace, by their key in its container.yaml, e.g. `redis: { repository: … }`."),
});

export type ImageSettings = z.infer<typeof imageSettings>;

/** The one pull secret of a namespace, and the keys of the secret store that it is made of. */
export interface PullSecret {
  readonly name: string;
  readonly remoteKeys: readonly string[];
}

/** One Secret for all registries: many charts, and the suite, take the name of one only. */
export function pullSecretOf({
  mirrors,
  pullSecret,
}: Pick<ImageSettings, "mirrors" | "pullSecret">): PullSecret | undefined {
  const own = Object.values(mirrors).flatMap(({ login }) => login ?? []);
  // The later one wins where two have a login for one registry.
  const remoteKeys = [...new Set([...(pullSecret === undefined ? [] : [pullSecret.remoteKey]), ...own])];
  return remoteKeys.length === 0 ? undefined : { name: pullSecret?.name ?? "registry", remoteKeys };
}

/** Whether each registry that something is pulled from needs a mirror of its own. */
export const listsMirrors = ({
  mirror,
  mirrors,
}: {
  readonly mirror?: string | undefined;
  readonly mirrors: object;
}): boolean => mirror === undefined && Object.keys(mirrors).length > 0;

/** What to do about a registry without a mirror. */
export const WITHOUT_MIRROR =
  "Add it to images.mirrors, with itself as `registry` where it may be called, or set images.mirror for all that is not listed";
