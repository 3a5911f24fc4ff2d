import { z } from "zod";
import { rule } from "../../engine/rule";

/** No Ingress needs the retired ingress-nginx (Kubernetes blog, "Ingress NGINX Retirement"). `classes` are names under which it is known. */
export const ingressNginx = rule({
  id: "exposure/ingress-nginx",
  severity: "medium",
  title: "No Ingress needs the retired ingress-nginx",
  why: "ingress-nginx gets no fixes since March 2026: the next hole in the controller that reads the Secrets of all namespaces stays open.",
  standards: { iso27002: ["8.8", "8.19"], kubescape: ["C-0292"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["networking.k8s.io/IngressClass", "networking.k8s.io/Ingress"],
  parameters: z.strictObject({ classes: z.array(z.string()).default(["nginx"]) }),
  valid: `object.?spec.?controller.orValue("") != "k8s.io/ingress-nginx" &&
    [object.?spec.?ingressClassName.orValue(object.metadata.?annotations[?"kubernetes.io/ingress.class"].orValue(""))].all(class,
      !(class in params.classes) &&
      (class != "" || !object.metadata.?annotations.orValue({}).exists(k, k.startsWith("nginx.ingress.kubernetes.io/"))))`,
  message: "is for the retired ingress-nginx",
  field: "spec",
  remedy: "Name the class of a maintained controller, and set what the annotations did there.",
});
