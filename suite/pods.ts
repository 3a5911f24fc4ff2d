import type { AppKey } from "./apps/keys";
import type { AppPeer } from "./flow";

const NAME = "app.kubernetes.io/name";
const COMPONENT = "app.kubernetes.io/component";
const PART_OF = "app.kubernetes.io/part-of";
export const INSTANCE = "app.kubernetes.io/instance";

export type PodLabels = Readonly<Record<string, string>>;

/** Labels of the suite's charts: the chart's or app's name, and the part of it. */
export const partLabels = (name: string, component?: string): PodLabels => ({
  [NAME]: name,
  ...(component === undefined ? {} : { [COMPONENT]: component }),
});

/** Why the bundled datastores of an app that is off in demo are in no rendered manifest. */
export const DEMO_ONLY = "the suite renders bundled datastores only in its environment demo, and this app is off there";

/** Pods of one app, as its file writes them down. */
export function podsOf(app: AppKey) {
  /** @param optional why a rendered suite may well have no such pods */
  const pods = (name: string, labels: PodLabels, optional?: string): AppPeer => ({
    kind: "app",
    app,
    pods: { name, labels, ...(optional === undefined ? {} : { optional }) },
  });
  return {
    pods,
    /** `nginx` that serves the button to Bureaublad and theme files on the host `static-<app>`. */
    staticNginx: (optional?: string): AppPeer => pods("static-nginx", partLabels("nginx", "static-nginx"), optional),
    minioConsole: (optional = "the console can be switched off"): AppPeer =>
      pods("minio-console", partLabels("minio", "console"), optional),
    /** The Job has neither name nor instance label. */
    minioProvisioning: (optional?: string): AppPeer =>
      pods("minio-provisioning", { [COMPONENT]: "provisioning", [PART_OF]: "minio" }, optional),
  };
}
