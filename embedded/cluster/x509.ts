import "reflect-metadata"; // @peculiar/x509 does not load without it
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";

/** What a certificate of the embedded control plane says. */
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
  readonly name: Name;
  readonly keys: webcrypto.CryptoKeyPair;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 24 * 60 * 60 * 1000;
const PURPOSES = { server: ExtendedKeyUsage.serverAuth, client: ExtendedKeyUsage.clientAuth } as const;

cryptoProvider.set(webcrypto);

export const certificateAuthority = (commonName: string, validDays: number): Promise<Issuer> =>
  issue({ commonName, validDays }, undefined);

export async function certificate(request: CertificateRequest, issuer: Issuer): Promise<KeyAndCertificate> {
  const { key, certificate: text } = await issue(request, issuer);
  return { key, certificate: text };
}

/** An authority out of its files, to sign a certificate more. */
export async function loadIssuer(certificateText: string, keyText: string): Promise<Issuer> {
  const loaded = new X509Certificate(certificateText);
  const der = PemConverter.decodeFirst(keyText);
  const privateKey = await webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, true, ["sign"]);
  const publicKey = await webcrypto.subtle.importKey("spki", loaded.publicKey.rawData, ALGORITHM, true, ["verify"]);
  return { name: loaded.subjectName, keys: { privateKey, publicKey }, key: keyText, certificate: certificateText };
}

async function issue(request: CertificateRequest, issuer: Issuer | undefined): Promise<Issuer> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const name = nameOf(request);
  const made = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: name,
    issuer: issuer?.name ?? name,
    notBefore: new Date(Date.now() - DAY_MS), // a machine whose clock was set back a little still accepts it
    notAfter: new Date(Date.now() + request.validDays * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      ...extensions(request, issuer === undefined),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create((issuer?.keys ?? keys).publicKey),
    ],
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { name, keys, key: `${key}\n`, certificate: `${made.toString("pem")}\n` };
}

/** As objects, not as text: commas and other signs in a user's name are no separators. */
function nameOf({ commonName, organizations = [] }: CertificateRequest): Name {
  return new Name([...organizations.map((organization) => ({ O: [organization] })), { CN: [commonName] }]);
}

/** RFC 5280 §4.1.2.2: positive and of at most 20 bytes. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

function extensions({ usages = [], names = [] }: CertificateRequest, isAuthority: boolean): Extension[] {
  const own = isAuthority ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign : 0;
  return [
    new BasicConstraintsExtension(isAuthority, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature | own, true),
    ...(usages.length === 0 ? [] : [new ExtendedKeyUsageExtension(usages.map((usage) => PURPOSES[usage]))]),
    ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names.map(alternativeName))]),
  ];
}

function alternativeName(value: string): { type: "ip" | "dns"; value: string } {
  return { type: isIP(value) === 0 ? "dns" : "ip", value };
}
