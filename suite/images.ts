import type { App } from "./app";
import { eachApp } from "./apps";

type AppImages = App["images"];

/** Entries of container.yaml.gotmpl that several apps use, and that name a registry of their own. */
const sharedImages: AppImages = {
  cnpg_postgres: "ghcr.io",
  kubectl: "docker.io",
  minio: "docker.io",
  minio_console: "docker.io",
  minio_shell: "docker.io",
  nginx: "docker.io",
  osShell: "docker.io",
  postgres: "docker.io",
  postgres_exporter: "docker.io",
  redis: "docker.io",
  redis_exporter: "docker.io",
};

/** Where the images come from that several apps use. */
const sharedRegistries = [
  "docker.io/minbzk/",
  "docker.io/nginxinc/",
  "ghcr.io/cloudnative-pg/",
  // Known to be abandoned, and reported by images/abandoned-image; here so that one image is one finding.
  "docker.io/bitnami/",
  "docker.io/bitnamilegacy/",
];

/** Entries of the suite's container.yaml.gotmpl that name a registry of their own, which wins over its default. */
export const imagesWithRegistry: AppImages = Object.fromEntries(
  [sharedImages, ...eachApp.map(({ app }) => app.images)].flatMap((images) => Object.entries(images)),
);

/** Entries that have repository and tag once for each of several images, and the registry once for all. */
export const severalImages: readonly string[] = ["bureaublad", "docs", "openproject"];

/** Registry of what has no entry: the charts of Collabora and Element put the default before their image's own. */
export const DEFAULT_REGISTRY = "docker.io";

/** Registry and path that the suite's images come from. */
export const suiteRegistries: readonly string[] = [
  ...new Set([...eachApp.flatMap(({ app }) => app.registries), ...sharedRegistries]),
].sort();
