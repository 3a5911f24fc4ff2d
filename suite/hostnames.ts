import { recordOf } from "../lib/record";
import type { apps } from "./apps";
import { eachApp, type AppKey } from "./apps";

/** A public host of the suite, by the suite's own name of it. */
export type PublicHost = { [Key in AppKey]: keyof (typeof apps)[Key]["hosts"] }[AppKey];

const owners = new Map(
  eachApp.flatMap(({ key, app }) => Object.entries(app.hosts).map(([name, label]) => [name, { label, app: key }])),
);

const isHost = (name: string): name is PublicHost => owners.has(name);

export const publicHostNames: readonly PublicHost[] = [...owners.keys()].filter(isHost);

/**
 * The public hosts of the suite: the label below the stack's domain, and the app whose namespace publishes it
 * (MinBZK/mijn-bureau-infra b2ae545, helmfile/environments/default/global.yaml.gotmpl, `global.hostname`).
 */
export const publicHosts = recordOf(publicHostNames, (name): { readonly label: string; readonly app: AppKey } => {
  const host = owners.get(name);
  if (host === undefined) throw new Error("unreachable: the names are those of the hosts");
  return host;
});

/** Label of each host in a stack that overrides some. */
export function hostLabels(overrides: Readonly<Record<string, string>>): Record<PublicHost, string> {
  return recordOf(publicHostNames, (name) => overrides[name] ?? publicHosts[name].label);
}
