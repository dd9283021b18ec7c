import { expect, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { decodeDatagram } from "../../../src/receiver/decode.ts";
import { TestDirectory, until } from "../harness.ts";

const ROUNDS = 40;
/** For one start of the child on a busy machine, milliseconds. */
const PATIENCE_MS = 20_000;
/** Lines of one round: few enough for the receiver's default socket buffer, whatever it is busy with. */
const LINES = 120;

test.each([
  ["each as a datagram", "plain"],
  ["in compressed batches", "packed"],
])(
  "an agent killed again and again, at any moment, delivers every line exactly once, %s",
  async (_, form) => {
    using directory = new TestDirectory();
    const logs = directory.at("logs");
    fs.mkdirSync(logs);
    const live = join(logs, "a.log");
    fs.writeFileSync(live, "");
    const seen = new Map<string, number>();
    let onEvent: () => void = () => undefined;
    const receiver = await Bun.udpSocket({
      hostname: "127.0.0.1",
      binaryType: "buffer",
      socket: {
        data(_socket, data) {
          for (const text of decodeDatagram(data).documents.map(String)) {
            if (text.startsWith(`{"agent_init"`)) return;
            seen.set(text, (seen.get(text) ?? 0) + 1);
            onEvent();
          }
        },
      },
    });
    let child: ChildProcess | undefined;
    const start = () => {
      const args = [join(import.meta.dir, "kill-child.ts"), join(logs, "a.log*"), directory.at("state/cp")];
      child = spawn(process.execPath, [...args, String(receiver.port), form], {
        stdio: ["ignore", "ignore", "inherit"],
      });
    };
    const kill = async () => {
      const victim = child!;
      if (victim.exitCode !== null || victim.signalCode !== null) return;
      const gone = new Promise((resolve) => victim.once("exit", resolve));
      victim.kill("SIGKILL");
      await gone;
    };
    let written = 0;
    const append = () => {
      let text = "";
      for (let i = 0; i < LINES; i++) text += `{"n":${written++},"filler":"${"x".repeat(40 + (i % 50))}"}\n`;
      fs.appendFileSync(live, text);
    };
    /** Rotates as log daemons do, with and without an agent to see it. */
    const rotate = (round: number) => {
      fs.rmSync(`${live}.1.gz`, { force: true });
      if (fs.existsSync(`${live}.1`)) {
        fs.writeFileSync(`${live}.1.gz`, gzipSync(fs.readFileSync(`${live}.1`)));
        fs.rmSync(`${live}.1`);
      }
      if (round % 8 < 4) {
        fs.renameSync(live, `${live}.1`);
        fs.writeFileSync(live, "");
      } else {
        fs.copyFileSync(live, `${live}.1`);
        fs.truncateSync(live);
      }
    };
    const all = () => {
      const what = () => `${written} lines, found ${seen.size}`;
      return until(() => seen.size === written, what, PATIENCE_MS);
    };
    try {
      start();
      append();
      await all();
      for (let round = 0; round < ROUNDS; round++) {
        // In the middle of the round's lines, or at some moment of the start.
        const victimLine = 1 + ((round * 37) % LINES);
        let count = 0;
        onEvent = () => {
          if (++count === victimLine) child!.kill("SIGKILL");
        };
        append();
        await until(() => count >= victimLine, "the victim's line", PATIENCE_MS);
        onEvent = () => undefined;
        await kill();
        if (round % 4 === 1) rotate(round);
        if (round % 3 === 0) {
          start();
          await Bun.sleep((round * 7) % 90);
          await kill();
        }
        start();
        await all();
        if (round % 4 === 3) rotate(round);
      }
      await all();
    } finally {
      await kill();
      receiver.close();
    }
    const repeated = [...seen].filter(([, times]) => times !== 1);
    expect(repeated).toEqual([]);
    expect(seen.size).toBe(written);
  },
  120_000,
);
