// The cluster's certificates, as OpenSSL reads them.

import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { makeServerCertificate } from "../../../local/kubernetes/certificate.ts";

const NOW = Date.UTC(2026, 2, 1);
const made = makeServerCertificate(NOW);
const server = new X509Certificate(made.certificate);
const authority = new X509Certificate(made.certificateAuthority);

describe("the server's certificate", () => {
  it("is signed by the cluster's own authority", () => {
    expect(authority.ca).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.checkIssued(authority)).toBe(true);
    expect(server.verify(authority.publicKey)).toBe(true);
  });

  it("belongs to this machine alone", () => {
    expect(server.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(server.checkHost("localhost")).toBe("localhost");
    expect(server.checkHost("example.com")).toBeUndefined();
  });

  it("is valid from a day ago for a year", () => {
    expect(server.validFromDate).toEqual(new Date("2026-02-28T00:00:00Z"));
    expect(server.validToDate).toEqual(new Date("2027-03-01T00:00:00Z"));
  });

  it("is another one every time", () => {
    expect(makeServerCertificate(NOW).certificateAuthority).not.toBe(made.certificateAuthority);
  });
});
