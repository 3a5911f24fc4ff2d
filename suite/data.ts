import type { AppKey } from "./apps";

/**
 * Claims that an app keeps data in besides those of its bundled stores, in the namespace of the app (rendered manifests of
 * MinBZK/mijn-bureau-infra b2ae545). `remade`: the app fills it again by itself, so nothing of it is saved.
 */
export const ownClaims: Readonly<Partial<Record<AppKey, { readonly name: string; readonly remade?: true }>>> = {
  clamav: { name: "clamav", remade: true },
  element: { name: "synapse" },
  nextcloud: { name: "nextcloud" },
  ollama: { name: "ollama", remade: true },
};

/** Kinds of stores that the suite's charts bundle, as `network.datastores.<app>` names them. */
export const storeKinds = ["postgres", "redis", "s3"] as const;
export type StoreKind = (typeof storeKinds)[number];
