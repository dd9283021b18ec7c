/** A client in Go that knows of the API what reflection says of it, as grpcurl and the like do. */
import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { HAS_OPENSSL, makeAuthority, makeCertificate } from "./certificates.ts";
import { API_EVENTS, GoPeer, HAS_GO_PEER } from "./go-peer.ts";
import { addressIn } from "./grpc-client.ts";
import { cleanUp, feed, type RunningAgent, startTetrad, temporaryDirectory } from "./harness.ts";

afterEach(cleanUp);

async function serve(...flags: string[]): Promise<{ agent: RunningAgent; address: string }> {
  const agent = startTetrad([
    ...["--event-source=stdin", "--server-address=127.0.0.1:0", "--health-server-address="],
    ...flags,
  ]);
  return { agent, address: await addressIn(agent.log) };
}

/** What a method answered, with its status as Go names it. */
type Answers = Readonly<
  Record<string, { readonly code: string; readonly message: string; readonly answers: unknown[] | null }>
>;

async function answersOf(peer: GoPeer): Promise<Answers> {
  expect(await peer.process.exited).toBe(0);
  return Object.fromEntries(
    peer.reports.filter((report) => "method" in report).map((report) => [report.method, report]),
  ) as unknown as Answers;
}

describe.skipIf(!HAS_GO_PEER)("a client in Go", () => {
  test("finds every method by reflection, and gets an answer or a reason from each", async () => {
    const file = join(temporaryDirectory(), "events.log");
    const { agent, address } = await serve(`--export-filename=${file}`);
    const requests = {
      GetEvents: { allow_list: [{ event_set: ["PROCESS_EXEC"] }] },
      GetDebug: { flag: "CONFIG_FLAG_LOG_LEVEL" },
      SetDebug: { flag: "CONFIG_FLAG_LOG_LEVEL", level: "LOG_LEVEL_DEBUG" },
      SetEventLogParams: { max_size: 7 },
    };
    const peer = new GoPeer("call", "-events=2", `-requests=${JSON.stringify(requests)}`, address);
    await peer.reported("streaming");
    await feed(agent, API_EVENTS);
    const answers = await answersOf(peer);
    const methods = (code: string) =>
      Object.keys(answers)
        .filter((method) => answers[method]!.code === code)
        .sort();
    expect(methods("OK")).toEqual([
      ...["GetDebug", "GetEventLogParams", "GetEvents", "GetHealth", "GetInfo", "GetVersion", "ListDomains"],
      ...["ListTracingPolicies", "RuntimeHook", "SetDebug", "SetEventLogParams"],
    ]);
    expect(methods("FailedPrecondition")).toEqual([
      ...["AddTracingPolicy", "ConfigureTracingPolicy", "DeleteTracingPolicy"],
    ]);
    expect(methods("Unimplemented")).toEqual([
      ...["DisableSensor", "DisableTracingPolicy", "EnableSensor", "EnableTracingPolicy", "ListSensors"],
      "RemoveSensor",
    ]);
    for (const method of methods("Unimplemented")) {
      expect(answers[method]!.message).toMatch(
        new RegExp(`^${method} is deprecated(?:, in Tetragon as well|: use ConfigureTracingPolicy)`),
      );
    }
    expect(Object.keys(answers)).toHaveLength(20);
    expect(answers.SetEventLogParams!.answers).toEqual([{}]);
    const execs = API_EVENTS.map((line) => JSON.parse(line) as object).filter(
      (event) => "process_exec" in event,
    );
    expect(answers.GetEvents!.answers).toEqual(execs.slice(0, 2));
  });

  test.skipIf(!HAS_OPENSSL)("comes in with a certificate that is asked for", async () => {
    const directory = temporaryDirectory();
    const authority = makeAuthority(directory, "authority");
    const [own, other] = ["server", "client"].map((name) => makeCertificate(directory, name, authority));
    const { address } = await serve(
      ...[`--server-tls-cert-file=${own!.cert}`, `--server-tls-key-file=${own!.key}`],
      ...[`--server-tls-client-ca-files=${authority.cert}`, "--server-tls-require-client-cert"],
    );
    const peer = new GoPeer(
      ...["call", `-ca=${authority.cert}`, `-cert=${other!.cert}`, `-key=${other!.key}`, address],
    );
    const { GetHealth } = await answersOf(peer);
    expect(GetHealth).toMatchObject({ code: "OK", answers: [{ health_status: [{ details: "running" }] }] });
  });
});
