import { rule } from "../../engine/rule";
import { ciliumKinds, everySpec } from "./_cilium";

/** Cilium policies let out to names that they name. */
export const ciliumAnyName = rule({
  id: "network/cilium-any-name",
  severity: "medium",
  title: "Cilium policies do not let out to every name",
  why: "A pattern without a letter matches every name that resolves: the pods reach the whole internet, and the rule looks as if it named somebody.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22", "8.23"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ciliumKinds,
  valid: everySpec(
    `s.?egress.orValue([]).all(r, r.?toFQDNs.orValue([]).all(f,
      !f.?matchPattern.orValue("none").matches("^[*.]*$") && !f.?matchName.orValue("none").matches("^[*.]*$")))`,
  ),
  message: "lets out to every name",
  field: "spec",
  remedy: "Name the hosts in matchName, or a pattern below one domain.",
});
