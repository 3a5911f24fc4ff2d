import { LARGEST_CONTENT } from "../../namespace/counts";
import { written, type Guard } from "./guard";

const size = (field: string, value: (key: string) => string): string =>
  `dyn(object).?${field}.orValue({}).map(key, key.size() + ${value("key")}).sum()`;

const ofText = (field: string): string => size(field, (key) => `bytes(dyn(object).${field}[${key}]).size()`);
/** Base64, as the API writes it: four characters for three bytes. */
const ofBytes = (field: string): string => size(field, (key) => `dyn(object).${field}[${key}].size()`);

/**
 * Quotas count objects, not bytes. What Helm keeps of a release is a Secret of up to a megabyte, and nothing else of the
 * suite comes near this (Helm, pkg/storage/driver/secrets.go).
 */
export const contentSize: Guard = {
  name: "mijnbureau-platform-content-size",
  role: "suite",
  resources: [written("", "configmaps", "secrets")],
  matchConditions: [
    {
      name: "no-release",
      expression: 'dyn(object).kind == "ConfigMap" || dyn(object).?type.orValue("") != "helm.sh/release.v1"',
    },
  ],
  variables: [
    {
      name: "size",
      expression: `dyn(object).kind == "ConfigMap" ? ${ofText("data")} + ${ofBytes("binaryData")} : ${ofBytes("data")}`,
    },
  ],
  validations: [
    {
      expression: `variables.size <= ${LARGEST_CONTENT}`,
      message: `A ConfigMap or Secret of an app holds at most ${LARGEST_CONTENT / 1024} KiB: what is larger belongs on a volume or in the object store.`,
    },
  ],
};
