import type { Event, Value } from "./falco-condition";

/** An event as Falco's fields see it; the rest of the fields is not there. */
export type Fields = Readonly<Record<string, Value>>;

export const eventOf =
  (fields: Fields): Event =>
  (field) =>
    fields[field];

const inside = (namespace: string): Fields => ({
  "container.id": "0123456789ab",
  "k8s.ns.name": namespace,
  "k8s.pod.name": `${namespace}-pod`,
  "container.name": "main",
  "container.image.repository": `registry.example.nl/${namespace}`,
  "evt.rawtime": 1_800_000_000_000_000_000,
  "user.uid": 1001,
});

/** A program that was started, by which other; `tty` where somebody sits at it. */
export interface Spawned {
  readonly name: string;
  readonly by: string;
  /** Command line of the one that started it. */
  readonly parentLine?: string;
  readonly path?: string;
  readonly tty?: boolean;
  readonly fromMemory?: boolean;
}

export const spawned = (namespace: string, { name, by, parentLine, path, tty, fromMemory }: Spawned): Event =>
  eventOf({
    ...inside(namespace),
    "evt.type": "execve",
    "proc.name": name,
    "proc.pname": by,
    "proc.pcmdline": parentLine ?? by,
    "proc.exepath": path ?? `/usr/bin/${name}`,
    "proc.tty": tty === true ? 34816 : 0,
    "proc.is_exe_from_memfd": fromMemory === true,
  });

export const connected = (namespace: string, address: string, name = "main", type = "connect"): Event =>
  eventOf({
    ...inside(namespace),
    "evt.type": type,
    "proc.name": name,
    "fd.typechar": address.includes(":") ? "6" : "4",
    "fd.snet": address,
    "fd.sip": address,
  });

export const opened = (namespace: string, file: string, how: "read" | "write", name = "main"): Event =>
  eventOf({
    ...inside(namespace),
    "evt.type": "openat",
    "evt.is_open_write": how === "write",
    "evt.is_open_read": how === "read",
    "fd.typechar": "f",
    "fd.num": 5,
    "fd.name": file,
    "fd.directory": file.slice(0, file.lastIndexOf("/")) || "/",
    "proc.name": name,
  });

export const called = (namespace: string, type: string, fields: Fields = {}): Event =>
  eventOf({ ...inside(namespace), "evt.type": type, "proc.name": "main", ...fields });

/** An audit event of the API server as the plugins k8saudit and json see it (their extract.go and json.go). */
export function auditEvent(event: unknown): Event {
  const at = (...path: readonly string[]): unknown =>
    path.reduce<unknown>(
      (inner, key) =>
        typeof inner === "object" && inner !== null
          ? Object.entries(inner).find(([name]) => name === key)?.[1]
          : undefined,
      event,
    );
  const paths: Readonly<Record<string, readonly string[]>> = {
    "ka.auth.decision": ["annotations", "authorization.k8s.io/decision"],
    "ka.user.name": ["user", "username"],
    "ka.user.groups": ["user", "groups"],
    "ka.impuser.name": ["impersonatedUser", "username"],
    "ka.verb": ["verb"],
    "ka.uri": ["requestURI"],
    "ka.target.name": ["objectRef", "name"],
    "ka.target.namespace": ["objectRef", "namespace"],
    "ka.target.resource": ["objectRef", "resource"],
    "ka.target.subresource": ["objectRef", "subresource"],
    "ka.response.code": ["responseStatus", "code"],
    "ka.useragent": ["userAgent"],
    "ka.req.binding.role": ["requestObject", "roleRef", "name"],
  };
  return (field) => {
    const pointer = /^jevt\.value\[(.*)\]$/.exec(field)?.[1];
    const path =
      pointer === undefined
        ? paths[field]
        : pointer
            .slice(1)
            .split("/")
            .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    if (field === "evt.rawtime") return Date.parse("2027-01-15") * 1_000_000;
    if (path === undefined) throw new Error(`${field}: not a field that is read here`);
    const found = at(...path);
    return pointer !== undefined && typeof found === "object" && found !== null
      ? JSON.stringify(found)
      : valueOf(found);
  };
}

/** What is no text is handed over as JSON, lists of texts as several values. */
function valueOf(found: unknown): Value {
  if (found === undefined || found === null) return undefined;
  if (typeof found === "string" || typeof found === "number" || typeof found === "boolean") return found;
  if (Array.isArray(found) && found.every((each): each is string => typeof each === "string")) return found;
  return JSON.stringify(found);
}
