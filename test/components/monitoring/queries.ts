const keywords = new Set(["and", "or", "unless", "bool", "offset", "inf", "nan"]);
const grouping = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g;

/** Names of metrics in a query: identifiers that are neither functions, nor labels, nor keywords. */
export function metricsOf(query: string): string[] {
  const bare = query
    .replace(/"(?:[^"\\]|\\.)*"/g, "")
    .replace(/\{[^}]*\}/g, "")
    .replace(/\[[^\]]*\]/g, "")
    .replace(grouping, "");
  const words = [...bare.matchAll(/(?<![\w.])([a-zA-Z_:][\w:]*)(?!\w)(?!\s*\()/g)].map(([, word = ""]) => word);
  return words.filter((word) => !keywords.has(word.toLowerCase()));
}

/** What each selector of a query asks of the labels: the text between its braces, empty where it has none. */
export function selectorsOf(query: string): { readonly metric: string; readonly matchers: string }[] {
  // Braces in strings, such as in a regular expression, are no selector's.
  const bare = query.replace(/"(?:[^"\\]|\\.)*"/g, (text) => `"${text.slice(1, -1).replace(/[{}[\]()]/g, "_")}"`);
  return metricsOf(query).flatMap((metric) => {
    const every = [...bare.matchAll(new RegExp(`(?<![\\w:])${metric}(?![\\w:])(?:\\{([^}]*)\\})?`, "g"))];
    return every.map(([, matchers = ""]) => ({ metric, matchers }));
  });
}
