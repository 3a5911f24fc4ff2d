import { withRegistry } from "../operators/frame/facts";

/** A string of an object that names an image or artifact. */
export interface ImageReference {
  /** Path of the string in the object, as `spec.containers[0].image`. */
  readonly path: string;
  /** The whole reference, registry included. */
  readonly reference: string;
  readonly registry: string;
}

/** Fields that always hold an image reference, whatever the kind of the object (also in custom resources). */
const imageField = /(^|\.)(image|imageRef|baseImage)$/i;

/**
 * An OCI reference with its registry (distribution/reference): a host with a dot or port, a path, and a tag or digest.
 * The tag or digest is what tells it from a URL's host and path.
 */
const fullReference =
  /(?<![\w./:@-])(?:oci:\/\/)?((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?::\d+)?|localhost(?::\d+)?)((?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+)(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?(?![\w/:@-])/g;

/** The part of such a reference after the registry. */
const repositoryAndTag = String.raw`(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?(?![\w/:@-])`;

/** Hosts that serve images publicly; a reference to one of them without tag or digest counts as well. */
const publicRegistries = new Set([
  "docker.io",
  "gcr.io",
  "ghcr.io",
  "mcr.microsoft.com",
  "mirror.gcr.io",
  "nvcr.io",
  "public.ecr.aws",
  "quay.io",
  "reg.kyverno.io",
  "registry.gitlab.com",
  "registry.k8s.io",
  "registry.redhat.io",
]);

/**
 * Every image and artifact that an object names: image fields of any kind, and references inside other strings
 * (arguments, environment variables, configuration in ConfigMaps).
 *
 * @param mirrors registries with optional path, as in `images.mirror`: what is below one is an image without a tag too.
 */
export function imageReferences(object: unknown, mirrors: readonly string[] = []): ImageReference[] {
  const found = new Map<string, ImageReference>();
  for (const { path, value } of stringsOf(object, "")) {
    const named = [...referencesIn(path, value), ...mirrors.flatMap((mirror) => mirroredIn(path, value, mirror))];
    for (const reference of named) found.set(`${reference.path} ${reference.reference}`, reference);
  }
  return [...found.values()];
}

function mirroredIn(path: string, value: string, mirror: string): ImageReference[] {
  const place = mirror.replaceAll(".", String.raw`\.`);
  const below = new RegExp(String.raw`(?<![\w./:@-])(?:oci:\/\/)?(${place}${repositoryAndTag})`, "g");
  return [...value.matchAll(below)].map(([, reference = ""]) => ({
    path,
    reference,
    registry: reference.slice(0, reference.indexOf("/")),
  }));
}

function referencesIn(path: string, value: string): ImageReference[] {
  if (imageField.test(path) && /^[\w./:@-]+$/.test(value)) {
    const full = withRegistry(value);
    return [{ path, reference: full, registry: full.slice(0, full.indexOf("/")) }];
  }
  return [...value.matchAll(fullReference)].flatMap(([whole, registry = "", , tag, digest]) => {
    if (tag === undefined && digest === undefined && !publicRegistries.has(registry)) return [];
    return [{ path, reference: whole.replace(/^oci:\/\//, ""), registry }];
  });
}

function* stringsOf(value: unknown, path: string): Generator<{ path: string; value: string }> {
  if (typeof value === "string") yield { path, value };
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* stringsOf(item, `${path}[${index}]`);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* stringsOf(item, path === "" ? key : `${path}.${key}`);
  }
}
