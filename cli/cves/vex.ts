import { createHash } from "node:crypto";
import type { Decision } from "./decisions";
import { decisionFor, repositoryOf, type Scans } from "./scans";

/** Package URL of an image (package-url/purl-spec, type oci): by digest where there is one, else by tag. */
export function purlOf(image: string): string {
  const [named = "", digest] = image.split("@");
  const repository = repositoryOf(named);
  const tag = named.slice(repository.length + 1);
  const name = repository.slice(repository.lastIndexOf("/") + 1);
  const version = digest === undefined ? "" : `@${encodeURIComponent(digest)}`;
  const query = [`repository_url=${encodeURIComponent(repository)}`, ...(tag === "" ? [] : [`tag=${tag}`])].join("&");
  return `pkg:oci/${name.toLowerCase()}${version}?${query}`;
}

function statement(decision: Decision, products: readonly string[]): object {
  const about = {
    vulnerability: { name: decision.id },
    products: products.map((image) => ({ "@id": purlOf(image) })),
    timestamp: `${decision.decided}T00:00:00Z`,
  };
  const notes = `${decision.reason} Owner: ${decision.owner}, until ${decision.expires}.`;
  switch (decision.decision) {
    case "not_affected":
      return { ...about, status: "not_affected", justification: decision.justification, impact_statement: notes };
    case "accepted":
      return { ...about, status: "affected", status_notes: notes, action_statement: decision.mitigation };
    case "under_investigation":
      return { ...about, status: "under_investigation", status_notes: notes };
  }
}

/** The decisions that hold on a day, for the images that were scanned, as an OpenVEX document (openvex/spec, v0.2.0). */
export function vexOf(
  { found }: Scans,
  decisions: readonly Decision[],
  { today, author }: { readonly today: string; readonly author: string },
): object {
  const statements = decisions.flatMap((decision) => {
    const images = found.filter((each) => decisionFor(each, decisions, today) === decision).map(({ image }) => image);
    return images.length === 0 ? [] : [statement(decision, [...new Set(images)].sort())];
  });
  const id = createHash("sha256").update(JSON.stringify(statements)).digest("hex");
  return {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": `https://openvex.dev/docs/public/vex-${id}`,
    author,
    timestamp: `${today}T00:00:00Z`,
    version: 1,
    statements,
  };
}
