import { asList, asObject } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";

/** A repair that sets these fields of the container's security context. */
export function secure(fields: JsonObject): (container: JsonObject) => JsonObject {
  return (container) => ({ ...container, securityContext: { ...asObject(container["securityContext"]), ...fields } });
}

/** Drops every capability; of those added only NET_BIND_SERVICE stays. */
export function dropAll(container: JsonObject): JsonObject {
  const capabilities = asObject(asObject(container["securityContext"])?.["capabilities"]);
  const add = asList(capabilities?.["add"]).filter((capability) => capability === "NET_BIND_SERVICE");
  return secure({ capabilities: { drop: ["ALL"], ...(add.length > 0 && { add }) } })(container);
}
