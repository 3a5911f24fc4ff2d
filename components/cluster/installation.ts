import { createHash } from "node:crypto";

/** The ConfigMap by which an installation knows what it made itself; it goes last when the stack goes. */
export const RECORD = { namespace: "kube-system", name: "mijnbureau-platform" } as const;
/** Written when everything that was left behind has been adopted. */
export const ADOPTED = { namespace: "kube-system", name: "mijnbureau-platform-adopted" } as const;

/** What the records say. */
export interface InstallationRecord {
  /** `<project>/<stack>`. */
  readonly stack: string;
  /** Whose it is; absent in records that were written before it was kept. */
  readonly organisation?: string | undefined;
  /** Drawn once and kept in the state: whoever lost the state cannot know it. */
  readonly id: string;
  /** The value of `adopt` with which it was written. */
  readonly adopting?: string | undefined;
  /** The last value of `adopt` that has done its work. */
  readonly adopted?: string | undefined;
}

/** What the cluster holds of the platform, by names; the values say whether it is the platform's. */
export interface Standing {
  readonly installation?: InstallationRecord;
  readonly namespaces: ReadonlyMap<string, boolean>;
  readonly customResources: ReadonlyMap<string, boolean>;
}

export interface Intent {
  /** `<project>/<stack>`. */
  readonly stack: string;
  readonly organisation: string;
  /** The id in this stack's state; undefined before the first run. */
  readonly id: string | undefined;
  /** `adopt` of the stack file. */
  readonly adopt: string | undefined;
  /** A cluster whose pods are simulated holds nobody's data: what is left there is always adopted. */
  readonly disposable: boolean;
}

export interface Takeover {
  /** Objects that exist are taken over in this run, and the values of their Secrets kept. */
  readonly adopting: boolean;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

const REMOVE = "pulumi config rm mijnbureau-platform:adopt";

/**
 * What becomes of objects that an earlier installation left: those that outlive a stack on purpose, or all of them where
 * the state was lost. They are adopted when somebody has seen the list and says so, never silently.
 */
export function takeoverOf({ stack, organisation, id, adopt, disposable }: Intent, standing: Standing): Takeover {
  const { installation } = standing;
  if (installation !== undefined && installation.id === id) return resumed(installation, adopt);
  const { organisation: whose = organisation } = installation ?? {};
  if (installation !== undefined && (installation.stack !== stack || whose !== organisation)) {
    return refused(
      `cluster: it carries the platform of stack ${installation.stack}${installation.organisation === undefined ? "" : ` of ${whose}`}, and one cluster carries one. Choose another cluster ` +
        "(cluster.context), or destroy that stack first",
    );
  }
  const left = leftBehind(standing);
  if (left.length === 0) return { adopting: false, errors: [], warnings: adopt === undefined ? [] : [useless] };
  const list = listed(left, installation);
  if (disposable) return { adopting: true, errors: [], warnings: [`adopted: ${list}`] };
  const token = tokenOf(left, installation);
  if (adopt === token) {
    return { adopting: true, errors: [], warnings: [`adopt: taking over ${list}. Values of Secrets are kept`] };
  }
  return refused(
    `adopt: the cluster holds ${list}. To take them over in the next run, their Secrets' values kept: ` +
      `pulumi config set mijnbureau-platform:adopt ${token}` +
      (adopt === undefined ? "" : ` ("${adopt}" is for another list)`),
  );
}

const useless = `adopt: there is nothing to adopt; remove it: ${REMOVE}`;

function resumed({ adopting, adopted }: InstallationRecord, adopt: string | undefined): Takeover {
  if (adopt === undefined) return { adopting: false, errors: [], warnings: [] };
  const unfinished = adopting === adopt && adopted !== adopt;
  const warning = unfinished
    ? "adopt: the run that began to take over what was left has not ended; this one goes on with it"
    : useless;
  return { adopting: unfinished, errors: [], warnings: [warning] };
}

const refused = (error: string): Takeover => ({ adopting: false, errors: [error], warnings: [] });

function leftBehind({ namespaces, customResources }: Standing): string[] {
  const ours = (kind: string, all: ReadonlyMap<string, boolean>): string[] =>
    [...all].filter(([, owned]) => owned).map(([name]) => `${kind} ${name}`);
  return [...ours("Namespace", namespaces), ...ours("CustomResourceDefinition", customResources)].sort();
}

function listed(left: readonly string[], installation: InstallationRecord | undefined): string {
  const whose =
    installation === undefined
      ? "that an earlier installation of the platform left"
      : `of an installation of this stack whose state is lost (id ${installation.id})`;
  return `${left.length} objects ${whose}, and what they hold:\n${left.map((each) => `    ${each}`).join("\n")}\n  `.trimEnd();
}

/** Of this list and no other: a switch for one run. */
function tokenOf(left: readonly string[], installation: InstallationRecord | undefined): string {
  return createHash("sha256")
    .update(JSON.stringify([installation?.id ?? "", left]))
    .digest("hex")
    .slice(0, 12);
}
