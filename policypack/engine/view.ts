import { PARTIAL } from "./cel/known-first";
import { raiseUnknown } from "../../lib/unknown";

/** Tells whether a raw value stands for one that is only known after deployment. */
export type IsUnknown = (value: unknown) => boolean;

const never: IsUnknown = () => false;

/**
 * The value as rules see it: explicit nulls left out, which to the API server means absent, and unknown values
 * as properties that raise when they are read. Input that needs neither is returned as it is, uncopied.
 */
export function view(value: unknown, isUnknown: IsUnknown = never): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? viewList(value, isUnknown) : viewObject(value, isUnknown);
}

function viewList(list: readonly unknown[], isUnknown: IsUnknown): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const value = list[index];
    if (isUnknown(value)) {
      copy ??= [...list];
      hide(copy, index);
      Object.defineProperty(copy, PARTIAL, { value: true });
      continue;
    }
    const seen = view(value, isUnknown);
    if (seen === value) continue;
    copy ??= [...list];
    copy[index] = seen;
  }
  return copy ?? list;
}

function viewObject(object: object, isUnknown: IsUnknown): object {
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(object)) {
    const value: unknown = Reflect.get(object, key);
    if (value === null || value === undefined) {
      copy ??= { ...object };
      delete copy[key];
    } else if (isUnknown(value)) {
      copy ??= { ...object };
      hide(copy, key);
    } else {
      const seen = view(value, isUnknown);
      if (seen === value) continue;
      copy ??= { ...object };
      copy[key] = seen;
    }
  }
  return copy ?? object;
}

function hide(container: object, key: string | number): void {
  Object.defineProperty(container, key, { configurable: true, enumerable: true, get: raiseUnknown });
}
