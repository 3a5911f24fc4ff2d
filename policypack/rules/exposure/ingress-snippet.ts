import { rule } from "../../engine/rule";

/** An Ingress carries no configuration of the controller in annotations. */
export const ingressSnippet = rule({
  id: "exposure/ingress-snippet",
  severity: "high",
  title: "An Ingress carries no configuration of the controller in annotations",
  why: "Snippets become part of the configuration of the ingress controller: whoever writes an Ingress reads its Secrets, those of all namespaces (CVE-2021-25742). A separator in an address or a name that is copied into the configuration does the same (CVE-2025-24514, CVE-2025-1097, CVE-2025-1098).",
  standards: {
    iso27002: ["8.9", "8.22"],
    nsa: true,
    checkov: ["CKV_K8S_152", "CKV_K8S_153", "CKV_K8S_154"],
    kyverno: ["disallow-ingress-nginx-custom-snippets"],
    kubescape: ["C-0059"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["networking.k8s.io/Ingress"],
  valid: `object.metadata.?annotations.orValue({}).all(k,
      !k.matches("(ingress|nginx|haproxy)[^/]*/") || (!k.endsWith("-snippet") && !k.endsWith("-snippets") &&
      !k.matches("/config-(backend|defaults|frontend|global|proxy|sections|tcp|tcp-service)$") &&
      !object.metadata.annotations[k].contains("_by_lua") && !object.metadata.annotations[k].contains("alias "))) &&
    ["auth-url", "auth-tls-match-cn", "mirror-target", "mirror-host"].all(a,
      !object.metadata.?annotations[?"nginx.ingress.kubernetes.io/" + a].orValue("").matches("[\\r\\n#{};]")) &&
    ["auth-url", "mirror-target", "mirror-host"].all(a,
      !object.metadata.?annotations[?"nginx.ingress.kubernetes.io/" + a].orValue("").contains("|"))`,
  message: "carries configuration of the controller in an annotation",
  field: "metadata.annotations",
  remedy: "Replace snippets by settings of the edge: middlewares for headers, limits and redirects.",
});
