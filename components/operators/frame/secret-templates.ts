/**
 * Templates of External Secrets for values that end up in a file which a program reads as its configuration. Who writes
 * the store gives a value, and not what else the program does.
 */

const field = (name: string): string => `(index . ${JSON.stringify(name)})`;

/**
 * A value of one line. A second one could be a setting of its own, such as the program that gives AWS credentials
 * (AWS, "Sourcing credentials with an external process").
 */
export const oneLine = (name: string): string => `{{ regexFind "^[^\\r\\n]*" ${field(name)} }}`;

/** Google's key of a service account. Other kinds of credentials send a file of the pod to an address they name (AIP-4117). */
export const serviceAccountKey = (name: string): string =>
  `{{ if ne (get (fromJson ${field(name)}) "type") "service_account" }}` +
  `{{ fail "this is no key of a service account" }}{{ end }}{{ ${field(name)} }}`;
