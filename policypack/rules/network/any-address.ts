import { rule } from "../../engine/rule";
import { everyAddress, held } from "./_ranges";

/** CEL: the blocks of a rule `o` that have no exceptions; none has a space, by which they are joined. */
const blocks = `o.?from.orValue([])
        .filter(p, has(p.ipBlock) && p.ipBlock.?except.orValue([]).size() == 0 && !p.ipBlock.cidr.contains(" ")).map(p, p.ipBlock.cidr)`;

/** CEL: the ports of a rule, as a text that can be compared; none of one for every port. */
const ports = (rule: string): string => `${rule}.?ports.orValue([])
        .map(p, p.?protocol.orValue("TCP") + " " + string(p.?port.orValue("")) + " " + string(p.?endPort.orValue(""))).join(",")`;

/** CEL: the rules that let in what comes on the ports of a rule `r`. */
export const samePorts = `rules.filter(o, ${ports("o")} in [${ports("r")}, ""])`;

/**
 * Network policies do not let every address in, by one rule or by several on the same ports. What has exceptions was
 * looked at. Each rule is compared with every other, so of more than fifty each is looked at alone.
 */
export const anyAddress = rule({
  id: "network/any-address",
  severity: "medium",
  title: "Network policies do not let every address in",
  why: "An address block that holds every address, or two that hold it together, is a rule without peers in other words: any pod, any node and the internet get in.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["networking.k8s.io/NetworkPolicy"],
  parameters: everyAddress,
  valid: `!object.?spec.?policyTypes.orValue(["Ingress"]).exists(t, t == "Ingress") ||
    [object.?spec.?ingress.orValue([])].all(rules, rules.all(r,
      [(rules.size() > 50 ? [r] : ${samePorts})
        .map(o, ${blocks}.join(" ")).join(" ").split(" ").filter(b, b != "")]
        .all(blocks, !params.every.exists(range, ${held("blocks", "range")}))))`,
  message: "lets every address in",
  field: "spec",
  remedy: "Name the addresses that connect, or the pods of the Gateway that the connections come through.",
});
