import { z } from "zod";
import { suiteRegistries } from "../../../suite/images";

/**
 * CEL: the image is named by a digest or by a tag that its publisher does not move. A tag without a figure (`alpine`,
 * `lts`, `bookworm-slim`) names a variant and no version, unless it is a commit that has letters only, or a digest. A tag that has
 * one of the floating words among its parts moves whatever figure stands beside (`latest-amd64`, `1.4.0-SNAPSHOT`,
 * `latest2`), unless the commit, the day or the build that it was made from stands there too.
 */
export function pinned(image: string): string {
  // The last colon after the last slash starts the tag or ends the name of the digest's algorithm; one before it
  // is the registry's port.
  return `(${image}.matches(":([^/:@]*[0-9][^/:@]*|([^/:@]*[._-])?[a-f]{7,128})$") &&
      [${image}.split(":")].map(parts, parts[parts.size() - 1].lowerAscii()).all(tag,
        !params.bases.exists(base, base == tag) && (tag.matches("${MADE_FROM}") ||
          !tag.matches("${WILDCARD}") && !tag.replace(".", "-").replace("_", "-").split("-").exists(part,
            params.floating.exists(word, part == word || (part.startsWith(word) &&
              part.substring(word.size()).matches("^[0-9]{1,3}$") && !tag.matches("${RELEASE}"))) &&
            !(part in params.released && tag.matches("${RELEASE}"))))))`;
}

/**
 * Parts that name one build: a commit, a day, a number behind the version that the build leads to (`2.0.0-dev.3`); and
 * Linkerd's weekly releases (`edge-24.5.1`).
 */
const MADE_FROM =
  "(^|[._-])([gv]?[0-9a-f]{7,40}|(19|20)[0-9]{2}[._-][0-9]{2}[._-][0-9]{2})([._-]|$)|^edge-[0-9]+[.][0-9]+[.][0-9]+$|^v?[0-9]+[.][0-9]+[.][0-9]+-[a-z]+[.][0-9]+([._-]|$)";

/** The newest of a version (`1.x`). */
const WILDCARD = "^v?[0-9]+([.][0-9]+)?[.]x([._-]|$)";

/** A whole version, as a finished release has. */
const RELEASE = "(^|[._-])v?[0-9]+[.][0-9]+[.][0-9]+([._-]|$)";

/** CEL: the reference ends in a complete digest (OCI image specification, registered algorithms). */
export function byDigest(image: string): string {
  return `${image}.matches("@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$")`;
}

/**
 * CEL: a list with the one full form of a reference, as the container runtimes expand it: a first part with a
 * dot or a colon is a registry, otherwise it is Docker Hub, whose other host names are put under one name
 * (github.com/distribution/reference, `splitDockerDomain`).
 */
export function canonical(image: string): string {
  return `[${image}]
  .map(i, i.contains("/") && i.split("/")[0].matches("^localhost$|.[.:]") ? i : "docker.io/" + i)
  .map(i, i.matches("^(registry-1|index)[.]docker[.]io/") ? "docker.io" + i.substring(i.indexOf("/")) : i)
  .map(i, i.matches("^docker[.]io/[^/]+$") ? "docker.io/library" + i.substring(i.indexOf("/")) : i)`;
}

/**
 * CEL: the full reference stands under an entry of the list. An entry that ends in a slash is a registry or an
 * organisation, another is one repository: so "registry.example/app" never admits "registry.example/app-evil".
 */
export function under(image: string, entries: string): string {
  return `${entries}.exists(entry, entry.endsWith("/") ? ${image}.startsWith(entry)
  : ${image} == entry || ${image}.startsWith(entry + ":") || ${image}.startsWith(entry + "@"))`;
}

/** Tags that publishers move to other content, in lower case. */
export const floatingTags = z.strictObject({
  /** Words that make a tag a moving one, as the whole of it or as one of its parts between `-`, `.` and `_`. */
  floating: z
    .array(z.string().min(1))
    .default([
      "latest",
      "stable",
      "lts",
      "mainline",
      "edge",
      "main",
      "master",
      "trunk",
      "head",
      "nightly",
      "daily",
      "weekly",
      "canary",
      "develop",
      "development",
      "dev",
      "snapshot",
      "unstable",
      "rolling",
      "current",
      "experimental",
      "next",
      "pr",
      "preview",
      "testing",
      "tip",
    ]),
  /** Those of them that a finished release may carry beside its whole version (`2.462.3-lts`). */
  released: z.array(z.string().min(1)).default(["stable", "lts", "mainline"]),
  /** Tags with a figure that name what the image was built on, and no version. */
  bases: z.array(z.string().min(1)).default(["ubi8", "ubi9", "ubi10"]),
});

/**
 * Re-uploads and emptied catalogues. Bitnami moved its images to `bitnamilegacy` in August 2025, without updates,
 * and keeps only a few under the old name (github.com/bitnami/containers issue 83267); centos and openjdk are
 * marked deprecated by Docker Official Images.
 */
export const abandoned = z.strictObject({
  abandoned: z
    .array(z.string().min(1))
    .default([
      "docker.io/bitnamilegacy/",
      "docker.io/bitnami/",
      "docker.io/library/centos",
      "docker.io/library/openjdk",
    ]),
  /**
   * Programs that are abandoned wherever their image lies: Tiller, Helm 2's server, without support since 2020, and
   * the Kubernetes dashboard before its version 2.
   */
  programs: z
    .array(z.string().regex(/^[a-z0-9]+([._-]+[a-z0-9]+)*$/, "expected the last part of a repository"))
    .default(["tiller", "kubernetes-dashboard-amd64"]),
});

/** Registries that were frozen or switched off, with their successors in the documentation of each. */
export const retired = z.strictObject({
  retired: z
    .array(z.string().min(1))
    .default([
      "k8s.gcr.io/",
      "gcr.io/google_containers/",
      "gcr.io/google-containers/",
      "gcr.io/kubebuilder/",
      "gcr.io/k8s-staging-",
    ]),
});

/** Where the platform's operators pull from; the suite's apps say it themselves (suite/apps/). */
const operatorRegistries = [
  "docker.io/aquasec/",
  "docker.io/falcosecurity/",
  "docker.io/grafana/",
  "docker.io/library/memcached",
  "docker.io/prom/",
  "docker.io/velero/",
  "ghcr.io/aquasecurity/",
  "ghcr.io/eraser-dev/",
  "ghcr.io/external-secrets/",
  "ghcr.io/grafana/",
  "ghcr.io/jkroepke/",
  "ghcr.io/kyverno/",
  "mirror.gcr.io/aquasec/",
  "quay.io/confidential-containers/",
  "quay.io/jetstack/",
  "quay.io/kata-containers/",
  "quay.io/kiwigrid/",
  "quay.io/prometheus/",
  "quay.io/prometheus-operator/",
  "reg.kyverno.io/kyverno/",
  "registry.k8s.io/",
] as const;

/** Where images may come from. */
export const allowedRegistries = z.strictObject({
  /** Registries and organisations end in a slash, other entries are one repository; a mirror is one more entry. */
  allowed: z
    .array(z.string().regex(/^(localhost|[^/]+[.:][^/]*)\//, "expected <registry>/…, such as ghcr.io/minbzk/"))
    .default([...suiteRegistries, ...operatorRegistries]),
});

/** Kinds whose operator runs the image that they name. */
export const imageKinds = [
  "monitoring.coreos.com/Alertmanager",
  "monitoring.coreos.com/Prometheus",
  "monitoring.coreos.com/PrometheusAgent",
  "monitoring.coreos.com/ThanosRuler",
  "postgresql.cnpg.io/Cluster",
  "postgresql.cnpg.io/ClusterImageCatalog",
  "postgresql.cnpg.io/ImageCatalog",
] as const;

/** CEL: the images that such an object names; none where it leaves the choice to its operator. */
export const namedImages = `(object.spec.?image.hasValue() ? [object.spec.image] : []) +
  (object.spec.?imageName.hasValue() ? [object.spec.imageName] : []) +
  object.spec.?images.orValue([]).map(entry, entry.image)`;
