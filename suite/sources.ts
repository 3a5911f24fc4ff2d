/** A file of the suite's own repository, at the revision that the table was made from. */
export const infra = (path: string): string => `MinBZK/mijn-bureau-infra b2ae545, helmfile/${path}`;
