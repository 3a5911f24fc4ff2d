import { rule } from "../../engine/rule";

/** Services are not of type NodePort. */
export const nodePort = rule({
  id: "exposure/node-port",
  severity: "high",
  title: "Services are not of type NodePort",
  why: "A node port opens on every node and every address of it, past the edge with its TLS, limits and log.",
  standards: {
    iso27002: ["8.20", "8.22"],
    nsa: true,
    kyverno: ["restrict-node-port"],
    gatekeeper: ["block-nodeport-services"],
    kubeScore: ["service-type"],
    kubeLinter: ["exposed-services"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["Service"],
  valid: `object.spec.?type.orValue("") != "NodePort"`,
  message: "opens a port on every node",
  field: "spec.type",
  remedy: "Use ClusterIP behind an Ingress or Gateway.",
});
