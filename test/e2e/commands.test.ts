/** The commands of `tetra` against a running agent: both ends are the executable. */
import { afterEach, describe, expect, test } from "bun:test";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HAS_OPENSSL, makeAuthority, makeCertificate } from "./certificates.ts";
import { addressIn } from "./grpc-client.ts";
import {
  cleanUp,
  EVENTS,
  feed,
  onEnd,
  type RunningAgent,
  startTetrad,
  TETRAD,
  temporaryDirectory,
  until,
} from "./harness.ts";

afterEach(cleanUp);

/** What the API has a message for. */
const EXPRESSIBLE = EVENTS.filter((line) => !/^\{"process_(?:connect|close|listen|accept)"/.test(line));

const typeOf = (line: string) =>
  Object.keys(JSON.parse(line) as object).find((key) => key.startsWith("process_"));

interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command that is running. */
class Command {
  readonly process: Bun.Subprocess<"pipe" | "ignore", "pipe", "pipe">;
  out = "";
  err = "";
  readonly #read: Promise<unknown>;

  /** @param input Standard input: a pipe with this, or `undefined` for no pipe. */
  constructor(
    words: readonly string[],
    { input, env = {} }: { input?: string; env?: Record<string, string> } = {},
  ) {
    this.process = Bun.spawn([TETRAD, ...words], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: { PATH: process.env.PATH, ...env },
      ...(input !== undefined && { stdin: "pipe" as const }),
    });
    onEnd(() => this.process.kill("SIGKILL"));
    if (input !== undefined) {
      const stdin = this.process.stdin as Bun.FileSink;
      stdin.write(input);
      stdin.end();
    }
    const take = async (stream: ReadableStream<Uint8Array>, add: (text: string) => void) => {
      const decoder = new TextDecoder();
      for await (const piece of stream) add(decoder.decode(piece, { stream: true }));
    };
    this.#read = Promise.all([
      take(this.process.stdout, (text) => {
        this.out += text;
      }),
      take(this.process.stderr, (text) => {
        this.err += text;
      }),
    ]);
  }

  async end(): Promise<Finished> {
    await this.#read;
    return { code: await this.process.exited, out: this.out, err: this.err };
  }
}

/** Runs a command to its end. */
function run(
  words: readonly string[],
  options?: ConstructorParameters<typeof Command>[1],
): Promise<Finished> {
  return new Command(words, options).end();
}

/** Bun's `stdin: "pipe"` is a socket: a FIFO takes a shell. */
function runPiped(input: string, ...words: string[]): Promise<Finished> {
  const path = join(temporaryDirectory(), "input.jsonl");
  writeFileSync(path, input);
  const child = Bun.spawn(
    ["bash", "-c", 'input=$1; shift; cat "$input" | "$@"', "bash", path, TETRAD, ...words],
    {
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  onEnd(() => child.kill("SIGKILL"));
  return Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]).then(([code, out, err]) => ({ code, out, err }));
}

/** An agent that serves what it reads from standard input, and the flag that finds it. */
async function serve(...flags: string[]): Promise<{ server: RunningAgent; at: string }> {
  const server = startTetrad([
    ...["--event-source=stdin", "--health-server-address=", "--server-address=127.0.0.1:0"],
    ...flags,
  ]);
  return { server, at: `--server-address=${await addressIn(server.log)}` };
}

const joined = (server: RunningAgent) => server.logged('msg="Client takes events"');

describe("tetrad getevents", () => {
  test("prints events as JSON until it is stopped, and nothing of the agent itself", async () => {
    const { server, at } = await serve();
    const command = new Command(["getevents", at]);
    await joined(server);
    await feed(server, EVENTS);
    await until(
      () => command.out.split("\n").length > EXPRESSIBLE.length,
      () => command.out + command.err,
    );
    command.process.kill("SIGINT");
    const { code, out, err } = await command.end();
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.trimEnd().split("\n").map(typeOf)).toEqual(EXPRESSIBLE.map(typeOf));
  });

  test("lets the server filter and cut fields", async () => {
    const { server, at } = await serve();
    const command = new Command([
      ...["getevents", at, "-e", "PROCESS_EXIT", "--process=/scp$,/7z$"],
      ...[
        "-f",
        "process.binary",
        "--cel-expression=process_exit.process.binary in ['/usr/bin/scp', '/usr/bin/7z']",
      ],
    ]);
    await joined(server);
    await feed(server, EVENTS);
    const expected = EVENTS.filter((line) => line.startsWith('{"process_exit"'))
      .map(
        (line) =>
          (JSON.parse(line) as { process_exit: { process: { binary: string } } }).process_exit.process,
      )
      .filter(({ binary }) => /\/(?:scp|7z)$/.test(binary));
    expect(expected.length).toBeGreaterThan(0);
    await until(
      () => command.out.split("\n").length > expected.length,
      () => command.out + command.err,
    );
    const events = command.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(events.map((event) => (event as { process_exit: object }).process_exit)).toEqual(
      expected.map(({ binary }) => ({ process: { binary } })),
    );
  });

  test.each([
    ["json", "\\\\u001b[2J\\\\u009b1m"],
    ["compact", "\\\\u001b[2J\\\\u009b1m"],
  ])("on a terminal nothing of an event is obeyed, as %s", async (form, shown) => {
    const { server, at } = await serve();
    let screen = "";
    const child = Bun.spawn([TETRAD, "getevents", at, "-o", form], {
      env: { TERM: "xterm" },
      terminal: {
        cols: 200,
        rows: 24,
        data(_terminal, data) {
          screen += Buffer.from(data).toString();
        },
      },
    });
    onEnd(() => child.terminal?.close());
    onEnd(() => child.kill("SIGKILL"));
    await joined(server);
    const process = { binary: "/bin/x", arguments: "\u001b[2J\u009b1m" };
    await feed(server, [JSON.stringify({ process_exec: { process }, node_name: "n" })]);
    await until(
      () => screen.includes("\r\n"),
      () => JSON.stringify(screen),
    );
    // But for colours.
    const seen = Bun.stripANSI(screen).replaceAll("\r\n", "\n");
    expect(seen).toMatch(new RegExp(shown.replaceAll("[", "\\[")));
    expect(seen.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    expect(screen.includes("\u001b[34m")).toBe(form === "compact");
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
  });

  test("ends with an error when the server goes, and says why", async () => {
    const { server, at } = await serve();
    const command = new Command(["getevents", at, "-o", "compact"]);
    await joined(server);
    server.process.kill("SIGKILL");
    const { code, err } = await command.end();
    expect(code).toBe(1);
    expect(err).toMatch(/^Cannot read more events: .+\n$/);
  });

  test("--reconnect goes on when the server is back", async () => {
    const path = join(temporaryDirectory(), "api.sock");
    const { server } = await serve(`--server-address=unix://${path}`);
    const command = new Command([
      ...["getevents", `--server-address=unix://${path}`, "-o", "compact", "--color=never"],
      ...["--reconnect", "--reconnect-wait=10ms", "--retries=0"],
    ]);
    await joined(server);
    await feed(server, EXPRESSIBLE.slice(0, 1));
    await until(
      () => command.out.includes("\n"),
      () => command.err,
    );
    server.process.kill("SIGKILL");
    await until(
      () => command.err.includes("connecting again in 10ms"),
      () => command.err,
    );
    const { server: next } = await serve(`--server-address=unix://${path}`);
    await joined(next);
    await feed(next, EXPRESSIBLE.slice(1, 2));
    await until(
      () => command.out.trimEnd().split("\n").length === 2,
      () => command.out + command.err,
    );
  });

  test("ends quietly when nobody reads any more", async () => {
    const { server, at } = await serve();
    const child = Bun.spawn(
      ["bash", "-c", '"$@" | head -n 1; echo "$PIPESTATUS"', "bash", TETRAD, "getevents", at],
      {
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      },
    );
    onEnd(() => child.kill("SIGKILL"));
    await joined(server);
    const timer = setInterval(() => void feed(server, EXPRESSIBLE.slice(0, 2)), 50);
    onEnd(() => clearInterval(timer));
    const out = await new Response(child.stdout).text();
    expect(out.trimEnd().split("\n")).toEqual([expect.stringContaining('{"process_'), "0"]);
    expect(await new Response(child.stderr).text()).toBe("");
  });

  test("reads events from a pipe, with the same filters", async () => {
    const { code, out, err } = await runPiped(
      `${EVENTS.join("\n")}\nno event\n`,
      ...["getevents", "-o", "compact", "--timestamps", "-e", "PROCESS_EXIT,PROCESS_EXEC", "--host"],
    );
    expect({ code, err }).toEqual({ code: 0, err: "Left out lines that are no events: 1\n" });
    const expected = EVENTS.filter((line) => /^\{"process_ex/.test(line))
      .map((line) => Object.values(JSON.parse(line) as Record<string, { process: { pod?: object } }>)[0]!)
      .filter(({ process: { pod } }) => pod === undefined);
    const lines = out.trimEnd().split("\n");
    expect(lines.length).toBe(expected.length);
    for (const line of lines)
      expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}Z (?:🚀 process|💥 exit {3}) /);
  });

  test("prints JSON from a pipe as it came, or with the fields that are wanted", async () => {
    expect((await runPiped(`${EVENTS.join("\n")}\n`, "getevents")).out).toBe(`${EVENTS.join("\n")}\n`);
    const { out } = await runPiped(`${EVENTS[0]}\n`, "getevents", "--exclude-fields=parent,process");
    expect(out).not.toContain('"parent"');
  });

  test("--tty-encode prints what was written to a terminal, and nothing else", async () => {
    const event = (path: string, text: string) =>
      JSON.stringify({
        process_kprobe: {
          function_name: "tty_write",
          args: [{ file_arg: { path } }, { bytes_arg: Buffer.from(text).toString("base64") }],
        },
      });
    const input = [
      event("/dev/pts/0", "ls\r\n"),
      event("/dev/pts/1", "no"),
      ...EVENTS,
      event("/dev/pts/0", "x"),
    ];
    const { out } = await runPiped(`${input.join("\n")}\n`, "getevents", "-t", "/dev/pts/0");
    expect(out).toBe("ls\r\nx");
  });

  test.each([
    [["-o", "xml"], "output"],
    [["-e", "FOO"], "expected some of PROCESS_EXEC"],
    [["--color=blue"], "color"],
    [["--server-address=nowhere"], "HOST:PORT or unix:///PATH"],
    [["--tls-skip-verify"], "Cannot use --tls-skip-verify alone"],
    [["--tls-ca-cert-files=/x", "--tls-skip-verify"], "expected one of them"],
    [["--tls-cert-file=/x"], "needs --tls-key-file, too"],
  ])("refuses %j", async (words, message) => {
    const { code, out, err } = await run(["getevents", ...words]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
  });

  test("refuses a pattern that is none, in the server's words", async () => {
    const { at } = await serve();
    const { code, err } = await run(["getevents", at, "--process=("]);
    expect(code).toBe(1);
    expect(err).toMatch(/^The server refuses the filters: .*binary_regex/);
  });
});

describe("commands that ask a server", () => {
  test("tetrad status, version --server and info say what runs there", async () => {
    const { server, at } = await serve();
    expect(await run(["status", at])).toEqual({ code: 0, out: "Health Status: running\n", err: "" });
    const { out: own } = await run(["version"]);
    const { out: both } = await run(["version", at, "--server"]);
    const [, version] = /^tetrad +(\S+)$/m.exec(own)!;
    expect(both).toBe(`${own}server   ${version}\n`);
    const { code, out } = await run(["info", at]);
    const found = JSON.parse(out) as { Name: string; Version: string; Conf: Record<string, unknown> };
    expect({ code, name: found.Name, version: found.Version }).toEqual({
      code: 0,
      name: "tetrad",
      version: version!,
    });
    expect(found.Conf["event-source"]).toEqual(["stdin"]);
    server.process.kill("SIGTERM");
    expect(await server.exit()).toBe(0);
  });

  test("tetrad loglevel gets and sets the level, under its other name, too", async () => {
    const { at } = await serve();
    expect((await run(["loglevel", "get", at])).out).toBe("Current log level: info\n");
    expect((await run(["log", "set", "DEBUG", at])).out).toBe("Log level set to: debug\n");
    expect((await run(["loglevel", "get", at])).out).toBe("Current log level: debug\n");
    const wrong = await run(["loglevel", "set", "loud", at]);
    expect(wrong).toEqual({
      code: 2,
      out: "",
      err: 'Cannot set the log level: found "loud", expected one of panic, fatal, error, warning, info, debug, trace\n',
    });
    expect((await run(["loglevel", "set", at])).err).toContain("Cannot run: found no LEVEL");
  });

  test("tetrad eventlog gets and sets the rotation", async () => {
    const { at } = await serve(`--export-filename=${join(temporaryDirectory(), "events.log")}`);
    expect((await run(["eventlog", "get", at])).out).toBe(
      'Current logging parameters: max_size:10 rotation_interval:"0s" max_backups:5\n',
    );
    const set = await run(["eventlog", "set", at, "--max-size=7", "--rotation-interval=1h"]);
    expect(set).toEqual({ code: 0, out: "", err: "" });
    expect((await run(["eventlog", "get", at])).out).toBe(
      'Current logging parameters: max_size:7 rotation_interval:"1h" max_backups:5\n',
    );
    expect((await run(["eventlog", "set", at])).code).toBe(2);
  });

  test("what the server refuses is an error with its reason", async () => {
    const { at } = await serve();
    const policy = join(temporaryDirectory(), "policy.yaml");
    writeFileSync(policy, "spec:\n  kprobes: []\n");
    for (const words of [
      ["add", policy],
      ["delete", "x"],
      ["enable", "x"],
      ["disable", "x"],
      ["set-mode", "x", "monitor"],
    ]) {
      const { code, out, err } = await run(["tracingpolicy", ...words, at]);
      expect({ words, code, out }).toEqual({ words, code: 1, out: "" });
      expect(err).toMatch(/^Cannot .+: FAILED_PRECONDITION: Cannot change policies: the sensor does not run/);
    }
    expect((await run(["eventlog", "get", at])).err).toBe(
      "Cannot ask how the export file is rotated: FAILED_PRECONDITION: There is no event log: --export-filename is not set\n",
    );
  });

  test("tetrad tracingpolicy modify sets the mode and leaves the rest", async () => {
    const policy = join(temporaryDirectory(), "policy.yaml");
    writeFileSync(
      policy,
      "# mine\nspec:\n  options:\n    - name: policy-mode\n      value: enforce\n    - name: x\n      value: y\n",
    );
    const { out } = await run(["tp", "modify", "-m", "monitor", policy]);
    expect(Bun.YAML.parse(out)).toEqual({
      spec: {
        options: [
          { name: "x", value: "y" },
          { name: "policy-mode", value: "monitor" },
        ],
      },
    });
    expect(out).toStartWith("# mine\n");
    writeFileSync(policy, "spec: [");
    expect(await run(["tp", "modify", "-m", "monitor", policy])).toMatchObject({ code: 1, out: "" });
    expect((await run(["tp", "modify", `${policy}x`])).err).toContain("ENOENT");
  });

  test.each([
    ["nothing listens", "127.0.0.1:1", /^Cannot connect to 127\.0\.0\.1:1: connection refused/],
    ["the name does not resolve", "tetragon.invalid:1", /could not resolve host tetragon\.invalid/],
    ["there is no socket", "unix:///nowhere/api.sock", /there is no such socket/],
  ])("say what is wrong when %s, after as many attempts as wanted", async (_, address, message) => {
    const { code, out, err } = await run(["status", `--server-address=${address}`, "--retries=0"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(message);
    const again = await run(["status", `--server-address=${address}`, "--debug"]);
    expect(again.err.match(/^Connecting to /gm)?.length).toBe(2);
  });
});

test.each([
  [["explain", "tracingpolicy"], /^There is no "explain" here as in tetra: tetrad policy explain/],
  [["loglevel", "gte"], /^Unknown command "loglevel gte": did you mean get\?/],
])("tetrad %j is refused with the reason", async (words, message) => {
  const { code, out, err } = await run(words);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(message);
});

describe("tetrad top", () => {
  test("shows view after view in a pipe, without anything that a terminal obeys", async () => {
    const path = join(temporaryDirectory(), "metrics.sock");
    const { server } = await serve(`--metrics-server=unix://${path}`);
    await server.logged('msg="Metrics server is open"');
    await feed(server, EVENTS);
    const words = ["top", `--metrics-address=unix://${path}`, "--interval=100ms", "--count=3"];
    const { code, out, err } = await run(words, { env: { COLUMNS: "60" } });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const views = out.split("\n\ntetrad ");
    expect(views.length).toBe(3);
    for (const line of out.split("\n")) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(60);
    expect(out).not.toContain("\u001b");
    expect(out).toMatch(/^TYPE +EVENTS\/S +TOTAL$/m);
  });

  test("renews the view in place on a terminal, also when that is resized, and leaves it as it was", async () => {
    const path = join(temporaryDirectory(), "metrics.sock");
    const { server } = await serve(`--metrics-server=unix://${path}`);
    await server.logged('msg="Metrics server is open"');
    let screen = "";
    const child = Bun.spawn([TETRAD, "top", `--metrics-address=unix://${path}`, "--interval=1h"], {
      env: { TERM: "xterm" },
      terminal: {
        cols: 80,
        rows: 10,
        data(_terminal, data) {
          screen += Buffer.from(data).toString();
        },
      },
    });
    onEnd(() => child.terminal?.close());
    onEnd(() => child.kill("SIGKILL"));
    const views = () => screen.split("\u001b[H\u001b[J").slice(1);
    const shown = (count: number) =>
      until(
        () => views().length === count && views().at(-1)!.includes("SERVER"),
        () => JSON.stringify(screen),
      );
    await shown(1);
    child.terminal!.resize(50, 12);
    await shown(2);
    const lines = views()[1]!
      .trimEnd()
      .split("\r\n")
      .map((line) => Bun.stringWidth(line));
    expect(Math.max(...lines)).toBeLessThanOrEqual(50);
    expect(lines.length).toBeLessThan(12);
    child.kill("SIGINT");
    expect(await child.exited).toBe(0);
    await until(
      () => screen.endsWith("\u001b[?25h\u001b[?1049l"),
      () => JSON.stringify(screen),
    );
  });

  test("says what it needs where there are no metrics", async () => {
    const { code, out, err } = await run(["top", "--metrics-address=127.0.0.1:1"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(
      /^Cannot read metrics of 127\.0\.0\.1:1: .+; an agent serves them with --metrics-server\n$/,
    );
  });
});

describe("commands for a report", () => {
  test("tetrad probe says of each feature whether it is there", async () => {
    const { code, out } = await run(["probe"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^(?:[^:\n]+: (?:yes|no|unknown)\n)+$/);
  });

  test("tetrad bugtool writes an archive that has no secrets, and says what it could not find out", async () => {
    const directory = temporaryDirectory();
    const log = join(directory, "agent.log");
    const { server, at } = await serve(`--log-file=${log}`);
    writeFileSync(
      log,
      'level=info msg=x url="https://me:hunter2@example.com" api_key=hunter2 password="hun ter2"\n',
    );
    const archive = join(directory, "report.tar.gz");
    writeFileSync(archive, "an old one", { mode: 0o644 });
    expect(await run(["bugtool", at, "--out", archive])).toMatchObject({ code: 0, err: "" });
    expect(statSync(archive).mode & 0o777).toBe(0o600);
    const files = await new Bun.Archive(await Bun.file(archive).bytes()).files();
    const text = async (name: string) => (await files.get(`tetrad-bugtool/${name}`)?.text()) ?? "";
    expect(JSON.parse(await text("server/info.json"))).toMatchObject({ Name: "tetrad" });
    expect(JSON.parse(await text("config.json"))).toHaveProperty("options");
    expect(await text("version.txt")).toMatch(/^tetrad +\S/);
    expect(await text(`process-${server.process.pid}/status.txt`)).toContain("tetrad");
    expect(JSON.parse(await text("server/policies.json"))).toEqual({});
    expect(await text("log.txt")).toContain("msg=x");
    for (const file of files.values()) expect(await file.text()).not.toMatch(/hunter2|hun ter2/);
    const without = await run(["bugtool", "--server-address=127.0.0.1:1", "--retries=0", "-o", archive]);
    expect(without.code).toBe(0);
    expect((await run(["bugtool", at, "-o", `${directory}/none/x`])).err).toStartWith("Cannot write ");
  });
});

describe.skipIf(!HAS_OPENSSL)("commands over TLS", () => {
  test("show a certificate to a server that wants one, and check the server's", async () => {
    const directory = temporaryDirectory();
    const authority = makeAuthority(directory, "authority");
    const other = makeAuthority(directory, "other");
    const pair = makeCertificate(directory, "server", authority);
    const client = makeCertificate(directory, "client", authority);
    const { at } = await serve(
      ...[`--server-tls-cert-file=${pair.cert}`, `--server-tls-key-file=${pair.key}`],
      ...[`--server-tls-client-ca-files=${authority.cert}`, "--server-tls-require-client-cert"],
    );
    const mine = [`--tls-cert-file=${client.cert}`, `--tls-key-file=${client.key}`, "--retries=0"];
    expect((await run(["status", at, ...mine, `--tls-ca-cert-files=${authority.cert}`])).out).toBe(
      "Health Status: running\n",
    );
    expect((await run(["status", at, ...mine, "--tls-skip-verify"])).code).toBe(0);
    const foreign = await run(["status", at, ...mine, `--tls-ca-cert-files=${other.cert}`]);
    expect(foreign.code).toBe(1);
    expect(foreign.err).toContain("TLS: ");
    expect((await run(["status", at, "--retries=0"])).err).toContain("one that wants TLS");
  });
});

describe("standard output", () => {
  const shell = (script: string, words: readonly string[]) => {
    const { exitCode, stderr } = Bun.spawnSync(
      ["bash", "-o", "pipefail", "-c", script, "bash", TETRAD, ...words],
      {
        stdin: Buffer.from(`${EVENTS.join("\n")}\n`),
        env: { PATH: process.env.PATH },
      },
    );
    return { exitCode, err: stderr.toString() };
  };

  test.each([[["version"]], [["schema"]], [["getevents"]]])("that is full makes %j fail", (words) => {
    const { exitCode, err } = shell('cat | "$@" >/dev/full', words);
    expect(err).toStartWith("Cannot write to standard output: ENOSPC");
    expect(exitCode).toBe(1);
  });

  test.each([[["version"]], [["getevents"]]])("whose reader went away is no failure of %j", (words) => {
    expect(shell('cat | "$@" | true', words)).toEqual({ exitCode: 0, err: "" });
  });
});
