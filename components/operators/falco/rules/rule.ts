/**
 * Detection rules of the platform. They define their own macros and lists with the prefix `mijnbureau_`, so that an
 * update of the upstream rules cannot change what they mean; fields are those of Falco 0.44 and of the plugins k8saudit
 * 0.18 and json 0.7.
 */
export interface FalcoRule {
  readonly rule: string;
  readonly desc: string;
  readonly condition: string;
  readonly output: string;
  readonly priority: "CRITICAL" | "ERROR" | "WARNING" | "NOTICE";
  readonly source?: "syscall" | "k8s_audit";
  readonly tags: readonly string[];
}

/** A macro or a list of a rules file. */
export interface Named {
  readonly macro?: string;
  readonly list?: string;
  readonly condition?: string;
  readonly items?: readonly string[];
  readonly override?: { readonly condition: "replace" };
}

/** Where pods of a namespace have a flow to beyond the cluster. */
export interface Outside {
  readonly namespace: string;
  readonly cidrs: readonly string[];
}

/** What is normal in this stack and would alert, with who answers for it. */
export interface Exception {
  readonly rule: string;
  /** Field of Falco to value; all of them have to be the same. */
  readonly fields: Readonly<Record<string, string>>;
  /** The last day it holds (UTC). */
  readonly expires: string;
}

export interface RuleFacts {
  /** Namespaces of the suite. */
  readonly namespaces: readonly string[];
  readonly operatorNamespaces: readonly string[];
  readonly outside: readonly Outside[];
  /** ServiceAccounts that read Secrets of the suite, or everywhere, because that is what they are for. */
  readonly secretReaders: readonly string[];
  /** ServiceAccounts that write certificates and rules into webhook configurations. */
  readonly webhookKeepers: readonly string[];
  /** Users and groups that deploy the suite, and read its Secrets as Helm does. */
  readonly deployers: readonly string[];
  readonly deployerGroups: readonly string[];
  /** Users that run `pulumi up` on this cluster. */
  readonly platformUsers: readonly string[];
  readonly exceptions: readonly Exception[];
}
