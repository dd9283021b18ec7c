/** @module Programs in Go at the other end of Tetragon's API: the gRPC library and the generated code that Tetragon has. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { goProgram } from "../../scripts/bench/go.ts";
import { EVENTS, onEnd, temporaryDirectory, until } from "./harness.ts";

/** `undefined` where there is no Go. */
const PROGRAM = build();
export const HAS_GO_PEER = PROGRAM !== undefined;

function build(): string | undefined {
  try {
    return goProgram("tetragon-peer");
  } catch (error) {
    console.warn(`SKIPPED: tests with Go's side of Tetragon's API: ${(error as Error).message}`);
    return undefined;
  }
}

/** The sample events that the API has a message for, as text. */
export const API_EVENTS = EVENTS.filter((line) => !/^\{"process_(?:connect|close|listen|accept)"/.test(line));

/** A document that the peer printed. */
export type Report = Readonly<Record<string, unknown>>;

/** The peer, running. */
export class GoPeer {
  readonly process: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly reports: Report[] = [];

  /** @param args Of the command `serve` or `call`: test/peers/tetragon. */
  constructor(...args: readonly string[]) {
    this.process = Bun.spawn([PROGRAM!, ...args], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    onEnd(() => this.kill());
    void this.#read();
  }

  /** A server that has {@link API_EVENTS}, and its address. */
  static async serve(...flags: readonly string[]): Promise<{ peer: GoPeer; address: string }> {
    const path = join(temporaryDirectory(), "events.jsonl");
    writeFileSync(path, API_EVENTS.join("\n"));
    const peer = new GoPeer("serve", ...flags, path);
    const { address } = await peer.reported("address");
    return { peer, address: address as string };
  }

  /** Waits until so many documents have `key`. @returns The last of them. */
  async reported(key: string, count = 1): Promise<Report> {
    const having = () => this.reports.filter((report) => key in report);
    await until(
      () => having().length >= count,
      () => `${count} times ${JSON.stringify(key)} of the peer:\n${JSON.stringify(this.reports)}`,
    );
    return having()[count - 1]!;
  }

  /** Tells a server what to do. */
  tell(what: string): void {
    this.process.stdin.write(`${what}\n`);
    this.process.stdin.flush();
  }

  /** As by a crash. */
  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const part of this.process.stdout) {
      const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.reports.push(JSON.parse(line) as Report);
    }
  }
}
