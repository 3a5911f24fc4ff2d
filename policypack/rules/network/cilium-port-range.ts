import { z } from "zod";
import { rule } from "../../engine/rule";
import { ciliumKinds, everyRule } from "./_cilium";

/** Cilium policies open no wide ranges of ports. */
export const ciliumPortRange = rule({
  id: "network/cilium-port-range",
  severity: "low",
  title: "Cilium policies open no wide ranges of ports",
  why: "A wide range holds ports that nobody meant, those of the node and of debuggers included.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ciliumKinds,
  parameters: z.strictObject({ maximum: z.int().default(1001) }),
  valid: everyRule(
    () =>
      `r.?toPorts.orValue([]).all(t, t.?ports.orValue([]).all(p, !has(p.endPort) || int(p.endPort) - int(p.port) < int(params.maximum)))`,
  ),
  message: "opens a wide range of ports",
  field: "spec",
  remedy: "Name the ports, or narrow the range to what the application is configured with.",
});
