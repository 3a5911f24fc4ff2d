import { NAMESPACE_NAME_LABEL, PREFIX } from "../../../lib/labels";
import { changingSecrets } from "../../../suite/secrets";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { WRITTEN_LABEL } from "../../operators/frame/secrets";
import { literal, text } from "../cel";
import { setAnnotation } from "../mutations/annotations";

/** On pod templates: the Secrets that External Secrets keeps and the pods read, each with its version. */
export const SECRETS_ANNOTATION = `${PREFIX}secrets`;

const READERS = ["deployments", "statefulsets"];

/** Whether the pods of a template read the Secret `name`: as variables, or as a volume. */
const isRead = [
  "variables.containers.exists(c, c.?envFrom.orValue([]).exists(e, e.?secretRef.?name.orValue('') == name))",
  "variables.containers.exists(c, c.?env.orValue([]).exists(e, e.?valueFrom.?secretKeyRef.?name.orValue('') == name))",
  "variables.pod.?volumes.orValue([]).exists(v, v.?secret.?secretName.orValue('') == name)",
  "variables.pod.?volumes.orValue([]).exists(v, v.?projected.?sources.orValue([]).exists(s, s.?secret.?name.orValue('') == name))",
].join(" || ");

/**
 * Pods read a Secret when they start. This has all readers of one that changed start anew, by an annotation of their
 * template with the version of each Secret, so that nothing of a Secret's content is written anywhere.
 *
 * What sets it off is the state of an ExternalSecret, not the Secret: Kyverno keeps the whole request that set a policy
 * off in an UpdateRequest (v1.19.1, pkg/webhooks/resource/mpol/handler.go). What is missed while Kyverno is away follows
 * at its next scan of what is there, each hour.
 *
 * @param namespaces those of the suite in which External Secrets changes Secrets
 */
export function restartReaders(namespaces: readonly string[]): readonly Manifest[] {
  if (namespaces.length === 0) return [];
  // By name: for what is there already Kyverno matches a namespace that has no other label (pkg/cel/matching).
  const namespaceSelector = {
    matchExpressions: [{ key: NAMESPACE_NAME_LABEL, operator: "In", values: [...namespaces] }],
  };
  const versions =
    `${literal([...changingSecrets])}.filter(name, ${isRead})` +
    ".map(name, dyn(resource.Get('v1', 'secrets', object.metadata.namespace, name)))" +
    `.filter(secret, secret != null && secret.metadata.?labels[?${text(WRITTEN_LABEL)}].orValue('') == 'true')` +
    ".map(secret, string(secret.metadata.name) + '=' + string(secret.metadata.resourceVersion))";
  return [
    {
      apiVersion: "policies.kyverno.io/v1",
      kind: "MutatingPolicy",
      metadata: {
        name: "mijnbureau-platform-restart-readers",
        labels: managedLabels,
        annotations: {
          "kubernetes.io/description": "What reads a Secret starts anew when External Secrets changes it",
        },
      },
      spec: {
        // A state that cannot be written would have External Secrets draw keys again.
        failurePolicy: "Ignore",
        evaluation: {
          admission: { enabled: true },
          background: { enabled: false },
          mutateExisting: { enabled: true },
        },
        autogen: { podControllers: { controllers: [] } },
        matchConstraints: {
          namespaceSelector,
          resourceRules: [
            {
              apiGroups: ["external-secrets.io"],
              apiVersions: ["v1"],
              operations: ["UPDATE"],
              resources: ["externalsecrets/status"],
            },
          ],
        },
        matchConditions: [
          {
            name: "refreshed",
            expression: "object.?status.?refreshTime.orValue('') != oldObject.?status.?refreshTime.orValue('')",
          },
        ],
        targetMatchConstraints: {
          namespaceSelector,
          resourceRules: [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["UPDATE"], resources: READERS }],
        },
        variables: [
          { name: "pod", expression: "object.spec.template.spec" },
          { name: "containers", expression: "variables.pod.containers + variables.pod.?initContainers.orValue([])" },
          { name: "versions", expression: `${versions}.join(',')` },
        ],
        targetMatchConditions: [
          { name: "same-namespace", expression: "object.metadata.namespace == request.namespace" },
          { name: "reads-a-secret", expression: "variables.versions != ''" },
        ],
        mutations: [
          {
            patchType: "JSONPatch",
            jsonPatch: { expression: setAnnotation(SECRETS_ANNOTATION, "variables.versions", "spec.template") },
          },
        ],
      },
    },
  ];
}
