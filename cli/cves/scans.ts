import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../lib/errors";
import type { Decision } from "./decisions";

/** The part of a report that `trivy image --format json` writes which is read here. */
const report = z.object({
  ArtifactName: z.string(),
  Results: z
    .array(
      z.object({
        Vulnerabilities: z
          .array(
            z.object({
              VulnerabilityID: z.string(),
              PkgName: z.string(),
              InstalledVersion: z.string().default(""),
              FixedVersion: z.string().default(""),
              Severity: z.string(),
              PublishedDate: z.string().optional(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

/** A vulnerability in an image. */
export interface Found {
  readonly id: string;
  readonly image: string;
  readonly packages: readonly string[];
  readonly severity: string;
  /** Version that repairs it; empty where there is none. */
  readonly fixed: string;
  /** YYYY-MM-DD; undefined where the database does not say. */
  readonly published: string | undefined;
}

export interface Scans {
  readonly images: readonly string[];
  readonly found: readonly Found[];
}

/**
 * Everything that Trivy's reports in a folder hold, once per image and vulnerability.
 *
 * @throws {UserError} where there is no report: no scan is no clean bill.
 */
export function readScans(folder: string): Scans {
  const names = list(folder).filter((name) => name.endsWith(".json"));
  if (names.length === 0) throw new UserError(`${folder}: holds no report of Trivy (*.json); nothing was scanned`);
  const found = new Map<string, Found>();
  const images = names.sort().map((name) => {
    const parsed = report.safeParse(json(join(folder, name)));
    if (!parsed.success) throw new UserError(`${join(folder, name)}: is no report of "trivy image --format json"`);
    const { ArtifactName: image, Results } = parsed.data;
    for (const each of (Results ?? []).flatMap(({ Vulnerabilities }) => Vulnerabilities ?? [])) {
      const key = `${each.VulnerabilityID} ${image}`;
      const before = found.get(key);
      found.set(key, {
        id: each.VulnerabilityID,
        image,
        packages: [...new Set([...(before?.packages ?? []), `${each.PkgName} ${each.InstalledVersion}`.trim()])],
        severity: each.Severity,
        fixed: each.FixedVersion || (before?.fixed ?? ""),
        published: each.PublishedDate?.slice(0, 10) ?? before?.published,
      });
    }
    return image;
  });
  return { images, found: [...found.values()] };
}

function list(folder: string): string[] {
  try {
    return statSync(folder).isDirectory() ? readdirSync(folder) : [];
  } catch {
    throw new UserError(`${folder}: there is no such folder`);
  }
}

function json(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new UserError(`${file}: is no JSON; was the scan broken off?`);
  }
}

/** The repository of an image: without tag and digest. */
export const repositoryOf = (image: string): string => image.replace(/@.*$/, "").replace(/:[^/]*$/, "");

/** What was decided of a finding, and still holds on a day. */
export function decisionFor(found: Found, decisions: readonly Decision[], today: string): Decision | undefined {
  return decisions.find(
    ({ id, images, expires }) =>
      id === found.id && expires >= today && (images === undefined || images.includes(repositoryOf(found.image))),
  );
}

const WEEK = 7 * 24 * 60 * 60 * 1000;
const serious = new Set(["HIGH", "CRITICAL"]);

export interface Verdict {
  /** Serious, decided by nobody. */
  readonly open: readonly Found[];
  /** Of those: a repair is known, and they are public for more than a week (BIO2 8.08.01), or nobody knows since when. */
  readonly overdue: readonly Found[];
  /** Of the open ones, those that the scan before did not have. */
  readonly fresh: readonly Found[];
  /** Decisions whose last day is past. */
  readonly expired: readonly Decision[];
  /** Decisions that are about nothing that was found. */
  readonly unused: readonly Decision[];
}

export function judge(
  { found }: Scans,
  decisions: readonly Decision[],
  { today, before }: { readonly today: string; readonly before?: Scans | undefined },
): Verdict {
  const open = found.filter((each) => serious.has(each.severity) && decisionFor(each, decisions, today) === undefined);
  const known = new Set((before?.found ?? []).map(({ id, image }) => `${id} ${repositoryOf(image)}`));
  const isOverdue = ({ fixed, published }: Found): boolean =>
    fixed !== "" && (published === undefined || Date.parse(today) - Date.parse(published) > WEEK);
  return {
    open,
    overdue: open.filter(isOverdue),
    fresh: before === undefined ? [] : open.filter(({ id, image }) => !known.has(`${id} ${repositoryOf(image)}`)),
    expired: decisions.filter(({ expires }) => expires < today),
    unused: decisions.filter(
      ({ id, images, expires }) =>
        expires >= today &&
        !found.some((each) => each.id === id && (images === undefined || images.includes(repositoryOf(each.image)))),
    ),
  };
}
