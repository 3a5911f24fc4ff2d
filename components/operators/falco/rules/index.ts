import { stringify } from "yaml";
import { auditMacros, auditRules } from "./audit";
import type { Exception, FalcoRule, Named, RuleFacts } from "./rule";
import { syscallMacros, syscallRules } from "./syscalls";

export type { Exception, FalcoRule, RuleFacts } from "./rule";

/** Stands for nothing: Falco takes no empty list where an operator asks for one. */
const NOBODY = "nobody:none";

const named = (list: string, items: readonly string[]): Named => ({
  list,
  items: items.length === 0 ? [NOBODY] : [...new Set(items)].sort(),
});

/** Where each namespace of the suite has a flow to beyond the cluster (components/operator-facts.ts). */
function outside({ outside: places }: RuleFacts): Named {
  const each = places.map(({ namespace, cidrs }) => {
    const anywhere = cidrs.some((cidr) => cidr === "0.0.0.0/0" || cidr === "::/0");
    const ranges = cidrs.map((cidr) => `"${cidr}"`).join(", ");
    return anywhere ? `k8s.ns.name = ${namespace}` : `(k8s.ns.name = ${namespace} and fd.snet in (${ranges}))`;
  });
  return { macro: "mijnbureau_outside", condition: each.length === 0 ? "k8s.ns.name = none" : each.join(" or ") };
}

/** The upstream rule on connections to the API server knows none of the operators, whose work that is. */
function operatorsAtTheApi({ operatorNamespaces }: RuleFacts): Named[] {
  return operatorNamespaces.length === 0
    ? []
    : [
        {
          macro: "user_known_contact_k8s_api_server_activities",
          condition: "k8s.ns.name in (mijnbureau_operator_namespaces)",
          override: { condition: "replace" },
        },
      ];
}

/** After its last day an exception lets nothing through any more, whoever forgets it: events bear the time. */
function excepted(rule: FalcoRule, exceptions: readonly Exception[]): FalcoRule {
  const own = exceptions.filter((each) => each.rule === rule.rule);
  const conditions = own.map(({ fields, expires }) => {
    const end = BigInt(Date.parse(expires) + 24 * 60 * 60 * 1000) * 1_000_000n;
    const same = Object.entries(fields).map(([field, value]) => `${field} = "${value}"`);
    return ` and not (${[...same, `evt.rawtime < ${end}`].join(" and ")})`;
  });
  return { ...rule, condition: `${rule.condition}${conditions.join("")}` };
}

function file(parts: readonly (Named | FalcoRule)[]): string {
  return stringify(parts, { lineWidth: 0 });
}

/** Rules over system calls, for the agents on the nodes. */
export function syscallRuleFile(facts: RuleFacts): string {
  return file([
    named("mijnbureau_namespaces", facts.namespaces),
    named("mijnbureau_operator_namespaces", facts.operatorNamespaces),
    outside(facts),
    ...operatorsAtTheApi(facts),
    ...syscallMacros,
    ...syscallRules.map((rule) => excepted(rule, facts.exceptions)),
  ]);
}

/** Rules over the API server's audit events. */
export function auditRuleFile(facts: RuleFacts): string {
  return file([
    named("mijnbureau_namespaces", facts.namespaces),
    named("mijnbureau_operator_namespaces", facts.operatorNamespaces),
    named("mijnbureau_secret_readers", facts.secretReaders),
    named("mijnbureau_webhook_keepers", facts.webhookKeepers),
    named("mijnbureau_deployers", facts.deployers),
    named("mijnbureau_deployer_groups", facts.deployerGroups),
    named("mijnbureau_platform_users", facts.platformUsers),
    ...auditMacros,
    ...auditRules.map((rule) => excepted(rule, facts.exceptions)),
  ]);
}
