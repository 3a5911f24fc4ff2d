/** A record with exactly the given keys. `Object.fromEntries` forgets them; here the compiler keeps them. */
export function recordOf<K extends string, V>(keys: readonly K[], value: (key: K) => V): Record<K, V> {
  const record: Partial<Record<K, V>> = {};
  for (const key of keys) record[key] = value(key);
  return complete(record, keys);
}

function complete<K extends string, V>(record: Partial<Record<K, V>>, keys: readonly K[]): Record<K, V> {
  const has = (candidate: Partial<Record<K, V>>): candidate is Record<K, V> => keys.every((key) => key in candidate);
  if (!has(record)) throw new Error("unreachable: every key was just set");
  return record;
}
