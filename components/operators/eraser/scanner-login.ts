import { literal, text } from "../../admission/cel";
import type { Mutation } from "../../admission/mutations/mutation";
import { loginEnv, loginMount, loginVolume } from "../frame/registry-login";

/** The container of a worker that fetches the vulnerability database (eraser v1.4.1, controllers/imagecollector). */
const SCANNER = "trivy-scanner";

/**
 * Eraser makes its workers in its code, and has no value for the login of its scanner (eraser-dev/eraser#215): without a
 * database it removes nothing, and reports success.
 */
export function scannerLogin(pullSecret: string | undefined): readonly Mutation[] {
  if (pullSecret === undefined) return [];
  const scanner = `container.name == ${text(SCANNER)}`;
  const add = (path: string, value: string): string =>
    `JSONPatch{op: 'add', path: '/spec/containers/' + string(i) + '${path}', value: ${value}}`;
  const inScanner = (patch: string): string =>
    `object.spec.containers.transformList(i, container, ${scanner}, ${patch})`;
  return [
    {
      name: "scanner-login",
      title: "Eraser's scanner logs in at the registry of its database",
      resources: { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
      namespace: "eraser-system",
      conditions: [{ name: "scans", expression: `object.spec.containers.exists(container, ${scanner})` }],
      patch: [
        `[JSONPatch{op: 'add', path: '/spec/volumes/-', value: ${literal(loginVolume(pullSecret))}}]`,
        inScanner(add("/volumeMounts/-", literal(loginMount))),
        inScanner(`has(container.env) ? ${add("/env/-", literal(loginEnv))} : ${add("/env", literal([loginEnv]))}`),
      ].join(" + "),
    },
  ];
}
