/** @module Says to a broker who the agent is: SASL by PLAIN or SCRAM (KIP-152, KIP-84, KIP-368). */
import { ERROR, errorName } from "../../lib/kafka/error-codes.ts";
import { readSaslAuthenticate, readSaslHandshake } from "../../lib/kafka/requests.ts";
import type { ScramHash } from "../../lib/kafka/scram.ts";
import type { Answer, Question } from "./question.ts";

/** As options have them, and as the protocol has them. */
export const MECHANISMS = {
  plain: "PLAIN",
  "scram-sha-256": "SCRAM-SHA-256",
  "scram-sha-512": "SCRAM-SHA-512",
} as const;
export type Mechanism = keyof typeof MECHANISMS;

/** A user. */
export interface Credentials {
  readonly mechanism: Mechanism;
  readonly username: string;
  readonly password: string;
}

type Ask = (question: Question) => Promise<Answer>;

/** @returns How long the session lasts, milliseconds; 0 for without end. @throws Error that says what was refused, and which option that is. */
export async function logIn({ mechanism, username, password }: Credentials, ask: Ask): Promise<number> {
  const name = MECHANISMS[mechanism];
  const { from } = await ask({ name: "saslHandshake", write: (to) => void to.string(name) });
  const { error, mechanisms } = readSaslHandshake(from);
  if (error !== ERROR.NONE) {
    const offered = mechanisms.slice(0, 10).join(", ").slice(0, 200);
    throw new Error(`it does not take ${name}, but ${offered}: give the right --kafka-sasl-mechanism`);
  }
  let sessionMs = 0;
  const say = async (message: string): Promise<string> => {
    const { from: answer, version } = await ask({
      name: "saslAuthenticate",
      write: (to) => void to.bytes(Buffer.from(message)),
    });
    const said = readSaslAuthenticate(answer, version);
    if (said.error !== ERROR.NONE) {
      const why = (said.message ?? errorName(said.error)).slice(0, 300);
      throw new Error(
        `it refuses user "${username}" (${name}, ${why}): give the right --kafka-sasl-username and --kafka-sasl-password`,
      );
    }
    sessionMs = said.sessionMs;
    return said.answer.toString();
  };
  if (mechanism === "plain") await say(`\0${username}\0${password}`);
  else await speakScram(mechanism.slice("scram-".length) as ScramHash, { username, password }, say);
  return sessionMs;
}

async function speakScram(
  hash: ScramHash,
  user: { readonly username: string; readonly password: string },
  say: (message: string) => Promise<string>,
): Promise<void> {
  const { ScramClient } = await import("../../lib/kafka/scram.ts");
  const client = new ScramClient(hash, user);
  const answer = await say(client.first);
  client.verify(await say(await client.final(answer)));
}
