import { stringify } from "yaml";
import { integrations, secretsOf, type Receiver } from "./receivers";

/** Whom the alerts of each owner go to; those of others go to the stack's receiver. */
export type Teams = Readonly<Record<string, Receiver>>;

const ENTRY = "platform/alertmanager";
const TEAM = "team";
const DEAD_MANS_SWITCH = "dead-mans-switch";
const NOBODY = "nobody";

interface Recipient {
  readonly name: string;
  /** Its alerts, by their label; absent: everybody else's. */
  readonly owner?: string;
  readonly to: Receiver;
  /** Entry of the secret store, and what its values are called in the template. */
  readonly entry: string;
  readonly nameOf: (property: string) => string;
}

const camel = (text: string): string => text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function recipients(to: Receiver, teams: Teams): Recipient[] {
  return [
    ...Object.entries(teams)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([owner, its], index) => ({
        name: `${TEAM}-${owner}`,
        owner,
        to: its,
        entry: `${ENTRY}-${owner}`,
        nameOf: (property: string) => camel(`team${index}_${property}`),
      })),
    { name: TEAM, to, entry: ENTRY, nameOf: camel },
  ];
}

/** Values of the template, each with its place in the secret store. */
export function alertmanagerSecrets(
  to: Receiver,
  teams: Teams,
): Record<string, { readonly key: string; readonly property: string }> {
  return Object.fromEntries([
    ["deadMansSwitchUrl", { key: ENTRY, property: "dead_mans_switch_url" }],
    ...recipients(to, teams).flatMap(({ to: its, entry, nameOf }) =>
      secretsOf(its).map((property) => [nameOf(property), { key: entry, property }] as const),
    ),
  ]);
}

/**
 * A placeholder that External Secrets fills in; without it, what the person who makes the Secret fills in. As JSON, which
 * is YAML too, quotes included: a password may hold any character.
 */
const placeholder = (name: string): string => `{{ .${name} | toJson }}`;

function route({ name, owner }: Recipient): Record<string, unknown> {
  return {
    receiver: name,
    ...(owner === undefined ? {} : { matchers: [`owner="${owner}"`] }),
    routes: [{ receiver: name, matchers: ['severity="critical"'], repeat_interval: "1h" }],
  };
}

/**
 * alertmanager.yaml as a template: a receiver for each team that has one and one for all others, and an alert that never
 * stops so that its absence is noticed elsewhere.
 *
 * @param apps namespaces whose rules are not the platform's
 */
export function alertmanagerConfig(to: Receiver, teams: Teams = {}, apps: readonly string[] = []): string {
  const all = recipients(to, teams);
  const text = stringify(
    {
      global: { resolve_timeout: "5m" },
      route: {
        receiver: TEAM,
        group_by: ["namespace", "alertname"],
        group_wait: "30s",
        group_interval: "5m",
        repeat_interval: "12h",
        routes: [
          {
            receiver: DEAD_MANS_SWITCH,
            // Alerts of apps always have a namespace: none of them keeps the switch quiet.
            matchers: ['alertname="Watchdog"', 'namespace=""'],
            group_wait: "0s",
            group_interval: "1m",
            repeat_interval: "1m",
          },
          { receiver: NOBODY, matchers: ['severity=~"none|info"'] },
          ...all.map(route),
        ],
      },
      inhibit_rules: [
        {
          // An app's own rules can say anything of its namespace: what they say hides none of the platform's alerts about it.
          source_matchers: ['severity="critical"', ...(apps.length === 0 ? [] : [`namespace!~"${apps.join("|")}"`])],
          target_matchers: ['severity=~"warning|info"'],
          equal: ["namespace", "alertname"],
        },
      ],
      receivers: [
        { name: NOBODY },
        ...all.map(({ name, to: its, nameOf }) => ({
          name,
          ...integrations(its, (property) => placeholder(nameOf(property))),
        })),
        {
          name: DEAD_MANS_SWITCH,
          webhook_configs: [{ url: placeholder("deadMansSwitchUrl"), send_resolved: false }],
        },
      ],
    },
    { lineWidth: 0 },
  );
  // What is filled in brings its own quotes.
  return text.replace(/"(\{\{ \.\w+ \| toJson \}\})"/g, "$1");
}

/**
 * Whose alert it is, by its namespace: what an app's own rules say is overwritten, so that no alert of one team is given to
 * another. What belongs to no app is the platform's.
 */
export function ownerLabels(
  owner: string,
  apps: readonly { readonly namespace: string; readonly owner?: string | undefined }[],
): { readonly [key: string]: string | string[] }[] {
  const others = [...new Set(apps.flatMap((app) => app.owner ?? []))].filter((team) => team !== owner).sort();
  return [
    { target_label: "owner", replacement: owner },
    ...others.map((team) => ({
      source_labels: ["namespace"],
      regex: apps
        .filter((app) => app.owner === team)
        .map(({ namespace }) => namespace)
        .sort()
        .join("|"),
      target_label: "owner",
      replacement: team,
    })),
  ];
}
