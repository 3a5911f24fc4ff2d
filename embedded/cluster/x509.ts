import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { isIPv4 } from "node:net";
import * as der from "./der";

/**
 * Certificates of the embedded control plane, from node:crypto alone: Node makes keys and signatures but no
 * certificates, and neither openssl nor a package should be needed to try the platform out. ECDSA P-256 throughout.
 */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly usages?: readonly ("server" | "client")[];
  readonly names?: readonly string[];
  readonly validDays: number;
}

export interface KeyAndCertificate {
  readonly key: string;
  readonly certificate: string;
}

export interface Issuer extends KeyAndCertificate {
  readonly commonName: string;
  readonly privateKey: KeyObject;
  readonly keyId: Buffer;
}

const OID = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  alternativeNames: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyId: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  server: "1.3.6.1.5.5.7.3.1",
  client: "1.3.6.1.5.5.7.3.2",
} as const;

const DAY_MS = 24 * 60 * 60 * 1000;
// RFC 5280 §4.2.1.3: bit 0 is digitalSignature, 5 keyCertSign, 6 cRLSign.
const CA_USAGE = der.bits(Buffer.from([0b1000_0110]), 1);
const LEAF_USAGE = der.bits(Buffer.from([0b1000_0000]), 7);

const algorithm = (): Buffer => der.sequence(der.oid(OID.ecdsaWithSha256));

function name(commonName: string, organizations: readonly string[]): Buffer {
  const attribute = (type: string, value: string): Buffer => der.set(der.sequence(der.oid(type), der.utf8(value)));
  return der.sequence(
    ...organizations.map((organization) => attribute(OID.organization, organization)),
    attribute(OID.commonName, commonName),
  );
}

function extension(type: string, critical: boolean, value: Buffer): Buffer {
  return der.sequence(der.oid(type), ...(critical ? [der.yes()] : []), der.octets(value));
}

/** dNSName is choice 2 and iPAddress choice 7 of GeneralName (RFC 5280 §4.2.1.6). */
function alternativeNames(names: readonly string[]): Buffer {
  const entries = names.map((entry) =>
    isIPv4(entry)
      ? der.implicit(7, Buffer.from(entry.split(".").map(Number)))
      : der.implicit(2, Buffer.from(entry, "ascii")),
  );
  return extension(OID.alternativeNames, false, der.sequence(...entries));
}

function extensions(request: CertificateRequest, keyId: Buffer, issuerKeyId: Buffer | undefined): Buffer {
  const list =
    issuerKeyId === undefined
      ? [extension(OID.basicConstraints, true, der.sequence(der.yes())), extension(OID.keyUsage, true, CA_USAGE)]
      : [extension(OID.basicConstraints, true, der.sequence()), extension(OID.keyUsage, true, LEAF_USAGE)];
  const usages = request.usages ?? [];
  if (usages.length > 0) {
    const purposes = usages.map((usage) => der.oid(OID[usage]));
    list.push(extension(OID.extendedKeyUsage, false, der.sequence(...purposes)));
  }
  if (request.names !== undefined && request.names.length > 0) list.push(alternativeNames(request.names));
  list.push(extension(OID.subjectKeyId, false, der.octets(keyId)));
  list.push(extension(OID.authorityKeyId, false, der.sequence(der.implicit(0, issuerKeyId ?? keyId))));
  return der.explicit(3, der.sequence(...list));
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function issue(request: CertificateRequest, issuer: Issuer | undefined): Issuer {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicInfo = publicKey.export({ type: "spki", format: "der" });
  const keyId = createHash("sha256").update(publicInfo).digest().subarray(0, 20);
  const subject = name(request.commonName, request.organizations ?? []);
  const from = new Date(Date.now() - DAY_MS); // a machine whose clock was set back a little still accepts it
  const until = new Date(Date.now() + request.validDays * DAY_MS);
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40; // positive and of full length
  const body = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))),
    der.integer(serial),
    algorithm(),
    issuer === undefined ? subject : name(issuer.commonName, []),
    der.sequence(der.utcTime(from), der.utcTime(until)),
    subject,
    publicInfo,
    extensions(request, keyId, issuer?.keyId),
  );
  const signature = sign("sha256", body, issuer?.privateKey ?? privateKey);
  return {
    commonName: request.commonName,
    privateKey,
    keyId,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: pem("CERTIFICATE", der.sequence(body, algorithm(), der.bits(signature))),
  };
}

export const certificateAuthority = (commonName: string, validDays: number): Issuer =>
  issue({ commonName, validDays }, undefined);

export function certificate(request: CertificateRequest, issuer: Issuer): KeyAndCertificate {
  const { key, certificate: text } = issue(request, issuer);
  return { key, certificate: text };
}
