import type { Json } from "../../../lib/json";

/**
 * What the platform adds to the pods of MijnBureau, because its charts leave it out and Pod Security `restricted`
 * asks for it. One table: compiled for the API server, for Kyverno, and applied by `repairPod`.
 */
export interface Addition {
  /** Path of the field below a container's `securityContext`. */
  readonly path: readonly [string, ...string[]];
  readonly value: Json;
  /** Fields of the security context whose presence means that the chart has decided; the field itself, unless given. */
  readonly unless?: readonly string[];
  /** Whether the same fields of the pod's own security context count too: the container inherits those. */
  readonly inherits: boolean;
  /** The field needs something of the cluster. */
  readonly needs?: "appArmor" | "noUserRanges";
  /** Prefix of annotations that said the same before the field existed; the API refuses both at once. */
  readonly legacyAnnotation?: string;
  readonly why: string;
}

/** User and group of the suite's own `security.default.containerSecurityContext`. */
const SUITE_USER = 1001;

/**
 * Only what is absent is added: a value that a chart gives, good or bad, stays, and Pod Security admission judges it.
 * The root filesystem is not made read-only: `restricted` does not ask for it, and images that write (Collabora's
 * among them) would stop.
 */
export const additions: readonly Addition[] = [
  {
    path: ["allowPrivilegeEscalation"],
    value: false,
    inherits: false,
    why: "Absent means true: a setuid program in the image would make a foothold root.",
  },
  {
    path: ["capabilities", "drop"],
    value: ["ALL"],
    inherits: false,
    why: "Absent means the runtime's default set, raw sockets and chroot included.",
  },
  {
    path: ["seccompProfile"],
    value: { type: "RuntimeDefault" },
    inherits: true,
    why: "Absent means every system call.",
  },
  {
    path: ["runAsNonRoot"],
    value: true,
    inherits: true,
    why: "Absent means that the image decides whether to be root.",
  },
  {
    // Where runAsNonRoot is ours, the image may name its user by name, and then the kubelet cannot tell that it is
    // not root and refuses to start it (Kubernetes, "Configure a Security Context").
    path: ["runAsUser"],
    value: SUITE_USER,
    unless: ["runAsUser", "runAsNonRoot"],
    inherits: true,
    needs: "noUserRanges",
    why: "The user that the suite gives every container whose chart has not forgotten it.",
  },
  {
    path: ["runAsGroup"],
    value: SUITE_USER,
    unless: ["runAsGroup", "runAsUser", "runAsNonRoot"],
    inherits: true,
    needs: "noUserRanges",
    why: "The group of the suite's containers, so that files of one are readable by the next.",
  },
  {
    path: ["appArmorProfile"],
    value: { type: "RuntimeDefault" },
    inherits: true,
    needs: "appArmor",
    legacyAnnotation: "container.apparmor.security.beta.kubernetes.io/",
    why: "Nodes with AppArmor confine what is confined explicitly; others would refuse the pod.",
  },
];

/** Images are asked for anew at each start, so that a pod needs the right to pull what it runs. */
export const PULL_POLICY = "Always";

/** What is known of the cluster that decides on additions. */
export interface PodFacts {
  readonly appArmor: boolean;
  /** OpenShift gives each namespace a range of user ids and refuses others; its own admission fills them in. */
  readonly userRanges: boolean;
  /** Names of the profiles on the nodes, by the namespace whose pods run under them; the others run under the runtime's. */
  readonly appArmorProfiles?: ReadonlyMap<string, string>;
}

export function additionsFor(facts: PodFacts): readonly Addition[] {
  return additions.filter(({ needs }) => {
    if (needs === "appArmor") return facts.appArmor;
    return needs !== "noUserRanges" || !facts.userRanges;
  });
}

/** Fields whose presence means that nothing is added. */
export const decidedBy = ({ path, unless }: Addition): readonly string[] => unless ?? [path[0]];
