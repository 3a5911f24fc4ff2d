import { z } from "zod";
import { rule } from "../../engine/rule";

/** Network policies open no wide ranges of ports. */
export const portRange = rule({
  id: "network/port-range",
  severity: "low",
  title: "Network policies open no wide ranges of ports",
  why: "A wide range holds ports that nobody meant, those of the node and of debuggers included.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["networking.k8s.io/NetworkPolicy"],
  parameters: z.strictObject({ maximum: z.int().default(1001) }),
  valid: `(!(object.?spec.?policyTypes.orValue(["Ingress"]).exists(t, t == "Ingress")) ||
    object.?spec.?ingress.orValue([]).all(r, r.?ports.orValue([]).all(p, !has(p.endPort) || int(p.endPort) - int(p.port) < int(params.maximum)))) &&
    (!(object.?spec.?policyTypes.orValue(["Egress"]).exists(t, t == "Egress")) ||
    object.?spec.?egress.orValue([]).all(r, r.?ports.orValue([]).all(p, !has(p.endPort) || int(p.endPort) - int(p.port) < int(params.maximum))))`,
  message: "opens a wide range of ports",
  field: "spec",
  remedy: "Name the ports, or narrow the range to what the application is configured with.",
});
