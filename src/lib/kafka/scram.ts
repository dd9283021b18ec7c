/** @module SCRAM as a client speaks it (RFC 5802, RFC 7677): a password is proven without being sent. */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** Its hash functions, and how many bytes these make. */
const HASHES = { "sha-256": ["sha256", 32], "sha-512": ["sha512", 64] } as const;
export type ScramHash = keyof typeof HASHES;

/** Rounds that a server may ask for: fewer are unsafe, more are an attack. */
const [LEAST_ROUNDS, MOST_ROUNDS] = [4096, 1_000_000];
const NONCE_BYTES = 24;
/** Without channel binding: `n,,` in base64. */
const NO_BINDING = "biws";

const derive = promisify(pbkdf2);

/** One exchange: {@link first}, {@link final}, then {@link verify}. They throw where the server says what it must not. */
export class ScramClient {
  /** The first message. */
  readonly first: string;
  readonly #hash: string;
  readonly #bytes: number;
  readonly #password: string;
  readonly #nonce: string;
  readonly #bare: string;
  #signature = Buffer.alloc(0);

  /** @param nonce For tests. */
  constructor(
    hash: ScramHash,
    { username, password }: { readonly username: string; readonly password: string },
    nonce = randomBytes(NONCE_BYTES).toString("base64"),
  ) {
    [this.#hash, this.#bytes] = HASHES[hash];
    this.#password = password;
    this.#nonce = nonce;
    this.#bare = `n=${username.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${nonce}`;
    this.first = `n,,${this.#bare}`;
  }

  /** What answers the server's first message. */
  async final(answer: string): Promise<string> {
    const { r: nonce = "", s: salt = "", i: rounds = "" } = attributesOf(answer);
    const count = /^\d{1,9}$/.test(rounds) ? Number(rounds) : 0;
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length)
      throw new Error("the server does not know what it was asked");
    if (salt === "" || count < LEAST_ROUNDS || count > MOST_ROUNDS)
      throw new Error(
        `the server asks for ${rounds.slice(0, 20)} rounds, expected ${LEAST_ROUNDS} to ${MOST_ROUNDS}`,
      );
    const salted = await derive(
      this.#password.normalize("NFKC"),
      Buffer.from(salt, "base64"),
      count,
      this.#bytes,
      this.#hash,
    );
    const clientKey = this.#hmac(salted, "Client Key");
    const storedKey = createHash(this.#hash).update(clientKey).digest();
    const withoutProof = `c=${NO_BINDING},r=${nonce}`;
    const message = `${this.#bare},${answer},${withoutProof}`;
    const signature = this.#hmac(storedKey, message);
    const proof = clientKey.map((byte, i) => byte ^ signature[i]!);
    this.#signature = this.#hmac(this.#hmac(salted, "Server Key"), message);
    return `${withoutProof},p=${Buffer.from(proof).toString("base64")}`;
  }

  /** Looks at the server's last message: a server that does not know the password is another one. */
  verify(answer: string): void {
    const { v: signature = "", e: error } = attributesOf(answer);
    if (error !== undefined) throw new Error(`the server says ${error.slice(0, 100)}`);
    const found = Buffer.from(signature, "base64");
    if (found.length !== this.#signature.length || !timingSafeEqual(found, this.#signature))
      throw new Error("the server does not know the password");
  }

  #hmac(key: Uint8Array, text: string): Buffer<ArrayBuffer> {
    return Buffer.from(createHmac(this.#hash, key).update(text).digest());
  }
}

/** `r=…,s=…` */
function attributesOf(text: string): Readonly<Record<string, string>> {
  const parts = text.split(",").filter((part) => part[1] === "=");
  return Object.fromEntries(parts.map((part) => [part[0]!, part.slice(2)]));
}
