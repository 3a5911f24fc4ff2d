import { eachApp } from "./apps";

/** Entries of container.yaml.gotmpl that several apps use, and that name a registry of their own. */
const sharedImages = [
  "cnpg_postgres",
  "kubectl",
  "minio",
  "minio_console",
  "minio_shell",
  "nginx",
  "osShell",
  "postgres",
  "postgres_exporter",
  "redis",
  "redis_exporter",
];

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
export const imagesWithRegistry: readonly string[] = [...sharedImages, ...eachApp.flatMap(({ app }) => app.images)];

/** Registry and path that the suite's images come from. */
export const suiteRegistries: readonly string[] = [
  ...new Set([...eachApp.flatMap(({ app }) => app.registries), ...sharedRegistries]),
].sort();
