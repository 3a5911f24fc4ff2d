import type { Mutation } from "../../admission/mutations/mutation";
import { literal, text } from "../../admission/cel";
import { WRITTEN_LABEL } from "../frame/secrets";
import { NAMESPACE } from "./stores";
import { writtenKeys, type SuiteSecretsOptions } from "./suite";

/**
 * Helm writes its own value of every key at each upgrade. A key that External Secrets has written once stays as it is
 * until External Secrets changes it: otherwise pods that start in between have another key than those that run.
 */
export function keptKeys(options: SuiteSecretsOptions): readonly Mutation[] {
  const written = writtenKeys(options);
  if (Object.keys(written).length === 0) return [];
  const keys = `${literal(written)}[?object.metadata.namespace + '/' + object.metadata.name].orValue([])`;
  const differs = "key in object.data && key in oldObject.data && object.data[key] != oldObject.data[key]";
  return [
    {
      name: "kept-keys",
      title: "An upgrade of the suite changes no key that External Secrets has written",
      // To Kyverno, every Secret of the suite would be sent.
      nativeOnly: true,
      resources: { apiGroups: [""], apiVersions: ["v1"], operations: ["UPDATE"], resources: ["secrets"] },
      conditions: [
        { name: "written", expression: `oldObject.metadata.?labels[?${text(WRITTEN_LABEL)}].orValue('') == 'true'` },
        { name: "has-data", expression: "has(object.data) && has(oldObject.data)" },
        {
          name: "by-others",
          expression: `request.userInfo.username != 'system:serviceaccount:${NAMESPACE}:external-secrets'`,
        },
      ],
      patch:
        `${keys}.filter(key, ${differs}).map(key, JSONPatch{op: 'replace', ` +
        "path: '/data/' + jsonpatch.escapeKey(key), value: oldObject.data[key]})",
    },
  ];
}
