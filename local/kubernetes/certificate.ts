// The cluster's own certificate authority and server certificate, made anew at every start.
//
// Written out in DER because Node can make keys and signatures but no certificates, and a few lines
// of ASN.1 (X.690, RFC 5280) weigh less than a dependency that is used once.

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** What a TLS server needs, and what its clients need to trust it. All PEM. */
export interface ServerCertificate {
  readonly key: string;
  readonly certificate: string;
  readonly certificateAuthority: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Makes a certificate authority and, signed by it, a certificate for `localhost` and 127.0.0.1.
 *
 * @param nowMs the machine's real time (clients outside the process do not see the stack's clock)
 */
export function makeServerCertificate(nowMs: number): ServerCertificate {
  const validity = sequence(time(nowMs - DAY_MS), time(nowMs + 365 * DAY_MS));
  const authority = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const server = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const authorityName = distinguishedName("latchkey local cluster CA");
  const issued = { issuer: authorityName, validity, signingKey: authority.privateKey };
  const authorityId = keyIdentifier(authority.publicKey);

  return {
    key: server.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: certificate({
      ...issued,
      subject: distinguishedName("kube-apiserver"),
      publicKey: server.publicKey,
      extensions: [
        extension(BASIC_CONSTRAINTS, sequence(), { critical: true }),
        extension(KEY_USAGE, bitString(Buffer.of(0x80), 7), { critical: true }), // digitalSignature
        extension(EXTENDED_KEY_USAGE, sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"))), // serverAuth
        extension(SUBJECT_ALT_NAME, sequence(dnsName("localhost"), ipAddress([127, 0, 0, 1]))),
        extension(AUTHORITY_KEY_ID, sequence(tagged(0x80, authorityId))),
      ],
    }),
    certificateAuthority: certificate({
      ...issued,
      subject: authorityName,
      publicKey: authority.publicKey,
      extensions: [
        extension(BASIC_CONSTRAINTS, sequence(TRUE), { critical: true }), // cA
        extension(KEY_USAGE, bitString(Buffer.of(0x04), 2), { critical: true }), // keyCertSign
        extension(SUBJECT_KEY_ID, octetString(authorityId)),
      ],
    }),
  };
}

interface CertificateFields {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly validity: Buffer;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

function certificate(fields: CertificateFields): string {
  const algorithm = sequence(objectIdentifier("1.2.840.10045.4.3.2")); // ecdsa-with-SHA256
  const toBeSigned = sequence(
    tagged(0xa0, integer(Buffer.of(2))), // version 3
    integer(Buffer.concat([Buffer.of(0x01), randomBytes(15)])), // serial: positive, 16 bytes
    algorithm,
    fields.issuer,
    fields.validity,
    fields.subject,
    fields.publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(...fields.extensions)),
  );
  const signature = sign("sha256", toBeSigned, fields.signingKey);
  return pem(sequence(toBeSigned, algorithm, bitString(signature)));
}

const SUBJECT_KEY_ID = "2.5.29.14";
const KEY_USAGE = "2.5.29.15";
const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const AUTHORITY_KEY_ID = "2.5.29.35";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const TRUE = tagged(0x01, Buffer.of(0xff));

function extension(oid: string, value: Buffer, options: { critical?: boolean } = {}): Buffer {
  const critical = options.critical === true ? [TRUE] : [];
  return sequence(objectIdentifier(oid), ...critical, octetString(value));
}

function distinguishedName(commonName: string): Buffer {
  const attribute = sequence(objectIdentifier("2.5.4.3"), tagged(0x0c, Buffer.from(commonName)));
  return sequence(tagged(0x31, attribute));
}

function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest();
}

const dnsName = (name: string): Buffer => tagged(0x82, Buffer.from(name));
const ipAddress = (bytes: readonly number[]): Buffer => tagged(0x87, Buffer.from(bytes));
const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, Buffer.concat(parts));
const integer = (bytes: Buffer): Buffer => tagged(0x02, bytes);
const octetString = (bytes: Buffer): Buffer => tagged(0x04, bytes);

function bitString(bytes: Buffer, unusedBits = 0): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.of(unusedBits), bytes]));
}

/** UTCTime, as RFC 5280 wants it for dates before 2050. */
function time(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replace(/\D/g, "").slice(2, 14);
  return tagged(0x17, Buffer.from(`${digits}Z`));
}

function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80);
  return bytes;
}

function tagged(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag), length(content.length), content]);
}

function length(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.of(bytes);
  if (bytes < 0x100) return Buffer.of(0x81, bytes);
  return Buffer.of(0x82, bytes >> 8, bytes & 0xff);
}

function pem(der: Buffer): string {
  const lines = der.toString("base64").replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}
