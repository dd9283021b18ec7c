import { describe, expect, test } from "bun:test";
import { ScramClient } from "../../../src/lib/kafka/scram.ts";

// RFC 7677, section 3.
const NONCE = "rOprNGfwEbeRWgbNEkqO";
const SERVER_FIRST = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

const client = (username = "user") => new ScramClient("sha-256", { username, password: "pencil" }, NONCE);

describe("ScramClient", () => {
  test("says what RFC 7677 has as its example", async () => {
    const scram = client();
    expect(scram.first).toBe(`n,,n=user,r=${NONCE}`);
    expect(await scram.final(SERVER_FIRST)).toBe(
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    );
    expect(() => scram.verify(SERVER_FINAL)).not.toThrow();
  });

  test("escapes what has a meaning in a name", () => {
    expect(client("a=b,c").first).toBe(`n,,n=a=3Db=2Cc,r=${NONCE}`);
  });

  test("does not believe a server that does not know the password", async () => {
    const scram = client();
    await scram.final(SERVER_FIRST);
    expect(() => scram.verify("v=AAAA")).toThrow("the server does not know the password");
    expect(() => scram.verify("e=other-error")).toThrow("the server says other-error");
    expect(() => scram.verify("")).toThrow("the server does not know the password");
  });

  test.each([
    ["another nonce", "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "does not know what it was asked"],
    ["the nonce alone", `r=${NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`, "does not know what it was asked"],
    ["few rounds", `r=${NONCE}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1`, "asks for 1 rounds"],
    [
      "more rounds than numbers have",
      `r=${NONCE}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2147483647`,
      "asks for 2147483647 rounds",
    ],
    ["rounds without end", `r=${NONCE}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=999999999`, "asks for 999999999 rounds"],
    ["nothing", "", "does not know what it was asked"],
  ])("refuses a server that answers with %s", async (_, answer, expected) => {
    await expect(client().final(answer)).rejects.toThrow(expected);
  });
});
