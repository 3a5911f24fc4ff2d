import { rule } from "../../engine/rule";

/** The retired ingress-nginx does not run. */
export const ingressNginxImage = rule({
  id: "exposure/ingress-nginx-image",
  severity: "high",
  title: "The retired ingress-nginx does not run",
  why: "ingress-nginx gets no fixes since March 2026: the next hole in a controller that reads the Secrets of all namespaces stays open.",
  standards: { iso27002: ["8.8", "8.19"], kubescape: ["C-0292"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "container",
  valid: `!container.?image.orValue("").matches("(^|/)(ingress-nginx/controller|nginx-ingress-controller)(-chroot)?([:@]|$)")`,
  message: "runs the retired ingress-nginx",
  detail: `container.?image.orValue("")`,
  field: "image",
  remedy: "Replace it by a maintained controller, such as Traefik.",
});
