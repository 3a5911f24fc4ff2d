import type { KubeObject } from "../../../lib/kube/client";
import { account, type Attack, create, policy, rbac } from "../attack";
import { container, NAMESPACE, pod } from "./_objects";

const eraser = account("eraser-system", "eraser-controller-manager");
const PODS = "mijnbureau-platform-pods-eraser-system";

/** A worker of Eraser, with the socket of the container runtime in its hands. */
const worker = (extra: Readonly<Record<string, unknown>>, volumes: readonly object[] = []): KubeObject =>
  pod(
    {
      serviceAccountName: "eraser-imagejob-pods",
      containers: [container({ image: "ghcr.io/eraser-dev/remover:v1.4.1", ...extra })],
      volumes,
    },
    { namespace: "eraser-system", name: "eraser-attack" },
  );

const files = { name: "files", configMap: { name: "attack", defaultMode: 0o755 } };
const mounted = (mount: object): KubeObject => worker({ volumeMounts: [{ name: "files", ...mount }] }, [files]);
const OVER = "mounted over the programs";
const LOADED = "load others";
const OWN = "Only the pods that";

const ran = (id: string, attempt: string, made: KubeObject, says: string): Attack => ({
  id: `node-agents/${id}`,
  position: eraser,
  attempt: `Runs a program of its own as root of a node: ${attempt}`,
  steps: [create(made)],
  refusedBy: policy(PODS, says),
});

const exec = { exec: { command: ["/config/attack"] } };

/** What runs in a namespace without Pod Security is as strong as its node. */
export const nodeAgentAttacks: readonly Attack[] = [
  ran(
    "over-program",
    "from a ConfigMap, over the image's own",
    mounted({ mountPath: "/remover", subPath: "remover" }),
    OVER,
  ),
  ran("over-programs", "from a ConfigMap, over the folder of the image's", mounted({ mountPath: "/usr/bin" }), OVER),
  ran("over-spelled", "the same in another spelling", mounted({ mountPath: "/config/../usr/bin" }), OVER),
  ran("over-relative", "the same without the root", mounted({ mountPath: "usr/local/bin" }), OVER),
  ran("over-libraries", "over the folder of libraries", mounted({ mountPath: "/lib64" }), OVER),
  ran(
    "over-loader",
    "by the list of what is loaded first",
    mounted({ mountPath: "/etc/ld.so.preload", subPath: "a" }),
    OVER,
  ),
  ran(
    "over-expression",
    "over a file that a variable names",
    mounted({ mountPath: "/config/a.yaml", subPathExpr: "$(A)" }),
    OVER,
  ),
  ran("preload", "by a variable", worker({ env: [{ name: "LD_PRELOAD", value: "/config/attack.so" }] }), LOADED),
  ran(
    "preload-unnamed",
    "by variables of a ConfigMap",
    worker({ envFrom: [{ configMapRef: { name: "attack" } }] }),
    LOADED,
  ),
  ran("post-start", "by a hook after the start", worker({ lifecycle: { postStart: exec } }), OWN),
  ran("pre-stop", "by a hook before the stop", worker({ lifecycle: { preStop: exec } }), OWN),
  ran("probe", "by a probe", worker({ livenessProbe: exec }), OWN),
  ...["status", "finalize"].map((subresource): Attack => ({
    id: `node-agents/namespace-${subresource}`,
    position: eraser,
    attempt: `Takes the role off the namespace of an app, by its ${subresource}`,
    steps: [
      {
        run: async (client, { dryRun }) =>
          client.request("PUT", `/api/v1/namespaces/${NAMESPACE}/${subresource}`, {
            body: {
              apiVersion: "v1",
              kind: "Namespace",
              metadata: { name: NAMESPACE },
              spec: { finalizers: ["kubernetes"] },
            },
            query: dryRun ? { dryRun: "All" } : {},
          }),
      },
    ],
    refusedBy: policy("mijnbureau-platform-namespace-labels", "is the platform's to change"),
    also: [rbac({ apiGroup: "", resource: `namespaces/${subresource}`, verbs: ["update"] })],
  })),
];
