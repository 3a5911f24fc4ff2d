import { DEPLOYER } from "../../namespace/rbac";
import type { Facts } from "../frame/facts";
import type { Exception, RuleFacts } from "./rules";

const account = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`;

/** Operators that read Secrets of the suite, or of every namespace, because that is what they are for (docs/reach.md). */
const secretReaders = [
  account("cert-manager", "cert-manager"),
  account("cert-manager", "cert-manager-cainjector"),
  account("external-secrets", "external-secrets"),
  account("grafana-operator", "grafana-operator"),
  account("velero", "velero-server"),
];

/** Operators that keep certificates and rules of webhook configurations up to date, their own or all (docs/reach.md). */
const webhookKeepers = [
  account("cert-manager", "cert-manager-cainjector"),
  account("external-secrets", "external-secrets-cert-controller"),
  account("kyverno", "kyverno-admission-controller"),
  account("kyverno", "kyverno-cleanup-controller"),
];

/** What a stack says of who does what. */
export interface RuleSettings {
  readonly platformUsers?: readonly string[];
  readonly exceptions?: readonly ExceptionSetting[];
}

interface ExceptionSetting extends Omit<Exception, "fields"> {
  readonly fields: Readonly<Partial<Record<string, string>>>;
}

/** What the rules know of the stack. */
export function ruleFacts(facts: Facts, { platformUsers = [], exceptions = [] }: RuleSettings): RuleFacts {
  const namespaces = facts.apps.map(({ namespace }) => namespace);
  return {
    namespaces,
    operatorNamespaces: facts.operatorNamespaces,
    outside: facts.outside,
    secretReaders,
    webhookKeepers,
    deployers: namespaces.map((namespace) => account(namespace, DEPLOYER)),
    deployerGroups: facts.deployerGroups,
    platformUsers,
    exceptions: exceptions.map(({ rule, fields, expires }) => ({ rule, fields: given(fields), expires })),
  };
}

function given(fields: Readonly<Partial<Record<string, string>>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [[field, value] as const])),
  );
}
