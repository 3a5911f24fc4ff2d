import type { LoadedConfig } from "../../config/load";
import { regionOf } from "../../config/regions";
import { appKeys, type AppKey } from "../../suite/apps";
import { clusterName, prefixOf } from "../operators/frame/facts";
import { receivedFrom } from "../operators/velero/locations";
import { veleroSettings, type Location, type VeleroSettings } from "../operators/velero/settings";
import { storesOf } from "./places";
import type { Planned } from "./restore";

/** A stack by its file. */
export interface Stack {
  readonly name: string;
  readonly config: LoadedConfig;
}

export type FailoverStep = { readonly says: string } & (
  | { readonly does: "open-copy"; readonly location: string }
  | { readonly does: "restore-app"; readonly app: AppKey; readonly location: string; readonly namespace: string }
  | { readonly does: "close-copy"; readonly location: string }
  | { readonly does: "people" }
);

export interface FailoverPlan {
  readonly lost: string;
  readonly to: string;
  /** The location in the surviving cluster that has the lost region's backups. */
  readonly location: string;
  readonly steps: readonly FailoverStep[];
}

/** The region whose second copy is in this one. */
export function lostRegions(to: string): string[] {
  return receivedFrom(to);
}

/**
 * What it takes for one region to serve the apps of another, lost one from the copies that it holds. Pure: from the two stack
 * files. Failing back is the same the other way round, once the lost region has a cluster again.
 */
export function planFailover(lost: Stack, survivor: Stack): Planned<FailoverPlan> {
  const [from, to] = [lost.config, survivor.config];
  const problems = failoverProblems(lost, survivor);
  if (problems.length > 0) return { problems };
  const location = `from-${from.region}`;
  const apps = order(appKeys.filter((key) => from.apps[key].enabled && from.apps[key].backupTier !== "none"));
  const people = (says: string): FailoverStep => ({ does: "people", says });
  return {
    plan: {
      lost: lost.name,
      to: survivor.name,
      location,
      steps: [
        people(`who may declare the loss of ${from.region} does so, by name, and writes down the time`),
        people(
          `keep ${from.region} from waking up as a second source of truth: its DNS records away, its ingress closed, and where its cluster still answers: velero schedule pause --all`,
        ),
        ...(from.domain === to.domain
          ? []
          : [
              people(
                `${survivor.name} takes over the hosts: set domain: ${from.domain} in Pulumi.${survivor.name}.yaml, then pulumi up --stack ${survivor.name}; now its admission lets the routes in`,
              ),
            ]),
        {
          does: "open-copy",
          location,
          says: `list what ${from.region} saved here: location ${location} of ${survivor.name}`,
        },
        ...apps.flatMap((app): FailoverStep[] => [
          {
            does: "restore-app",
            app,
            location,
            namespace: to.apps[app].namespace,
            says: `restore ${app} from its newest good backup at ${location}; what is there is saved first`,
          },
          ...[...storesOf(from, app)].flatMap(([store, provider]) =>
            provider === "bundled"
              ? []
              : [
                  people(
                    `${app}: its ${store} (${provider}) is in no backup of Velero: bring it up in ${to.region} from its own copy, to the time of the app's backup`,
                  ),
                ],
          ),
        ]),
        people(`what Pulumi owns: pulumi up --refresh --stack ${survivor.name}`),
        people(
          `what the deployer owns, with the values of ${survivor.name}: pulumi stack output mijnbureauValues, then helmfile apply (docs/handover.md)`,
        ),
        people(`log in as a user to each app; then move DNS of *.${from.domain} to ${to.region}'s ingress`),
        people(`tell the users, and the data protection officer: what was written after the newest backup is lost`),
        people(
          `to go back: when ${from.region} stands again, mijnbureau failover --environment ${from.environment} --to ${from.region} with the schedules of ${survivor.name} paused after a last backup; then mijnbureau failover --to ${to.region} --close`,
        ),
      ],
    },
  };
}

/** Identity first: nothing can be logged in to without it; then what is smallest, so that people have something soon. */
function order(apps: readonly AppKey[]): AppKey[] {
  const last: readonly AppKey[] = ["element", "docs", "drive", "openproject", "nextcloud"];
  const rank = (app: AppKey): number => (app === "keycloak" ? -1 : last.indexOf(app) + 1);
  return [...apps].sort((a, b) => rank(a) - rank(b));
}

/** Everything that is missing, at once. */
function failoverProblems(lost: Stack, survivor: Stack): string[] {
  const [from, to] = [lost.config, survivor.config];
  const [source, target] = [veleroSettings(from.operators), veleroSettings(to.operators)];
  const said = (stack: Stack, key: string, text: string): string => `Pulumi.${stack.name}.yaml: ${key}: ${text}`;
  if (from.region === to.region) return [`${lost.name} and ${survivor.name} are in the same region, ${from.region}`];
  if (source === undefined || target === undefined) {
    return [lost, survivor]
      .filter(({ config }) => veleroSettings(config.operators) === undefined)
      .map((stack) => said(stack, "operators.velero", "is off: there are no backups to take over from"));
  }
  return [
    ...(from.environment === to.environment
      ? []
      : [said(survivor, "environment", `${to.environment} would get the data of ${from.environment}`)]),
    ...(regionOf(from.region).backupRegion === to.region
      ? []
      : [
          `config/region-facts.json: the second copy of ${from.region} goes to ${regionOf(from.region).backupRegion}, not to ${to.region}`,
        ]),
    ...copyProblems(lost, survivor, { source, target }),
    ...(source.repositoryPassword === "store"
      ? []
      : [
          said(
            lost,
            "operators.velero.repositoryPassword",
            `"drawn": no other cluster has this password, and its volumes cannot be read. Write store (docs/operations/disaster.md)`,
          ),
        ]),
    ...(target.repositoryPassword === "store"
      ? []
      : [
          said(
            survivor,
            "operators.velero.repositoryPassword",
            `"drawn" is another password than ${lost.name}'s, and its volumes cannot be read. Write store (docs/operations/disaster.md)`,
          ),
        ]),
    ...appKeys.flatMap((app) => {
      const [here, there] = [from.apps[app], to.apps[app]];
      if (!here.enabled || here.backupTier === "none") return [];
      if (!there.enabled)
        return [said(survivor, `apps.${app}.enabled`, `false, and ${lost.name} has it with data. Switch it on`)];
      return here.namespace === there.namespace
        ? []
        : [
            said(
              survivor,
              `apps.${app}.namespace`,
              `"${there.namespace}" is "${here.namespace}" in ${lost.name}; its objects name each other by it. Give both the same`,
            ),
          ];
    }),
  ];
}

function copyProblems(
  lost: Stack,
  survivor: Stack,
  { source, target }: { readonly source: VeleroSettings; readonly target: VeleroSettings },
): string[] {
  const said = (stack: Stack, key: string, text: string): string => `Pulumi.${stack.name}.yaml: ${key}: ${text}`;
  const { secondary } = source;
  const { received } = target;
  if (secondary === undefined)
    return [said(lost, "operators.velero.secondary", "is absent: there is no copy in another region")];
  if (received === undefined) {
    return [
      said(
        survivor,
        "operators.velero.received",
        `is absent: name the bucket with the copies of ${lost.config.region} (${where(secondary.location)})`,
      ),
    ];
  }
  const [there, here] = [where(secondary.location), where(received)];
  const [wrote, reads] = [
    folder(secondary.location, lost.config),
    folder(received, { ...survivor.config, region: lost.config.region }),
  ];
  return [
    ...(there === here
      ? []
      : [said(survivor, "operators.velero.received", `is ${here}, and ${lost.name} copies to ${there}`)]),
    ...(wrote === reads
      ? []
      : [
          said(
            survivor,
            "operators.velero.received",
            `looks in folder ${reads}, and ${lost.name} writes to ${wrote}. Give both stacks the same organisation, or write the folder as received.prefix`,
          ),
        ]),
  ];
}

function where(location: Location): string {
  switch (location.provider) {
    case "s3":
      return `${location.url}/${location.bucket}`;
    case "azure":
      return `${location.storageAccount}/${location.bucket}`;
    case "gcp":
      return `gs://${location.bucket}`;
  }
}

const folder = (
  location: Location,
  config: Pick<LoadedConfig, "environment" | "region" | "domain" | "organisation">,
): string => (location.prefix === "" ? prefixOf(config) : location.prefix);

/** Name of a stack by its environment and region. */
export const stackName = (environment: "dev" | "acc" | "prod", region: string): string =>
  clusterName({ environment, region });
