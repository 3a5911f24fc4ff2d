import { literal, text } from "../../admission/cel";
import type { Mutation } from "../../admission/mutations/mutation";
import { loginEnv, loginMount, loginVolume } from "../frame/registry-login";
import type { JsonObject } from "../../../lib/json";
import { systemTrust } from "../frame/trust";

/** The container of a worker that fetches the vulnerability database (eraser v1.4.1, controllers/imagecollector). */
const SCANNER = "trivy-scanner";

/**
 * Eraser makes its workers in its code, and has no value for the login of its scanner (eraser-dev/eraser#215): without a
 * database it removes nothing, and reports success.
 */
export function scannerLogin(pullSecret: string | undefined): readonly Mutation[] {
  if (pullSecret === undefined) return [];
  return [
    inScanner(
      { name: "scanner-login", title: "Eraser's scanner logs in at the registry of its database" },
      { volume: loginVolume(pullSecret), mount: loginMount, env: loginEnv },
    ),
  ];
}

/** Nor has it one for the authority of that registry. */
export function scannerTrust(trust: string | undefined): readonly Mutation[] {
  if (trust === undefined) return [];
  return [inScanner({ name: "scanner-trust", title: "Eraser's scanner trusts the private authorities" }, systemTrust)];
}

interface Addition {
  readonly volume: JsonObject;
  readonly mount: JsonObject;
  readonly env?: JsonObject;
}

function inScanner(named: Pick<Mutation, "name" | "title">, { volume, mount, env }: Addition): Mutation {
  const scanner = `container.name == ${text(SCANNER)}`;
  const add = (path: string, value: string): string =>
    `JSONPatch{op: 'add', path: '/spec/containers/' + string(i) + '${path}', value: ${value}}`;
  const each = (patch: string): string => `object.spec.containers.transformList(i, container, ${scanner}, ${patch})`;
  return {
    ...named,
    resources: { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
    namespace: "eraser-system",
    conditions: [{ name: "scans", expression: `object.spec.containers.exists(container, ${scanner})` }],
    patch: [
      `[JSONPatch{op: 'add', path: '/spec/volumes/-', value: ${literal(volume)}}]`,
      each(add("/volumeMounts/-", literal(mount))),
      ...(env === undefined
        ? []
        : [each(`has(container.env) ? ${add("/env/-", literal(env))} : ${add("/env", literal([env]))}`)]),
    ].join(" + "),
  };
}
