/** @module What a maintainer needs for a report, as files of an archive. What cannot be had is named, with the reason. */
import { readFileSync } from "node:fs";
import type { DescMessage, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import { toJson } from "@bufbuild/protobuf";
import { readConfig } from "../../agent/config.ts";
import { findRunningAgents, reportRunningAgents } from "../../agent/running-agents.ts";
import {
  FineGuidanceSensors,
  type GetInfoResponse,
} from "../../encoding/protobuf/generated/tetragon/sensors_pb.ts";
import type { GrpcClient } from "../../lib/grpc/client.ts";
import { errorMessage } from "../../os/caught.ts";
import { ask } from "../api/call.ts";
import { INFO_FILE, withServer } from "../api/connect.ts";
import { describeInfo } from "../api/describe-info.ts";
import type { ApiValues } from "../api/flags.ts";
import type { CommandContext } from "../command.ts";
import { printConfig } from "../config.ts";
import { diagnose } from "../doctor.ts";
import { versionLines } from "../version.ts";
import { readLog } from "./log.ts";
import { maskText, maskValue } from "./mask.ts";

/** What {@link gather} is given. */
export interface GatherSettings extends Pick<CommandContext, "env" | "printError"> {
  readonly values: ApiValues;
}

/** What the kernel says of a process, without its command line and environment. */
const OF_PROCESS = ["status", "limits", "cgroup", "mountinfo"];

/** Files by their names. */
export async function gather({ values, env, printError }: GatherSettings): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const problems: string[] = [];
  const add = async (name: string, make: () => string | Promise<string>) => {
    try {
      files.set(name, await make());
    } catch (error) {
      problems.push(`${name}: ${errorMessage(error)}`);
    }
  };
  await add("version.txt", versionLines);
  await add("kernel.txt", () => readFileSync("/proc/version", "utf8"));
  await add("os-release.txt", () => readFileSync("/etc/os-release", "utf8"));
  await add("probes.json", () => json(diagnose({ network: true })));
  await add("config.json", async () =>
    json(maskValue(JSON.parse(printConfig(await readConfig({ argv: [], env }), { json: true })))),
  );
  await add("tetragon-info.json", () => json(maskValue(JSON.parse(readFileSync(INFO_FILE, "utf8")))));
  const agents = findRunningAgents();
  await add("agents.txt", () => reportRunningAgents(agents));
  const pids = agents.map(({ pid }) => pid);
  for (const pid of pids) {
    for (const name of OF_PROCESS)
      await add(`process-${pid}/${name}.txt`, () => readFileSync(`/proc/${pid}/${name}`, "utf8"));
  }
  let info: GetInfoResponse | undefined;
  try {
    await withServer({ values, printError }, async (client, timeoutMs) => {
      info = await askServer(client, timeoutMs, add);
    });
  } catch (error) {
    problems.push(`server: ${errorMessage(error)}`);
  }
  const log = info === undefined ? undefined : describeInfo(info).Conf["log-file"];
  if (typeof log === "string" && log !== "") await add("log.txt", () => maskText(readLog(log, pids)));
  files.set("problems.txt", problems.map((problem) => `${problem}\n`).join(""));
  return files;
}

type Add = (name: string, make: () => string | Promise<string>) => Promise<void>;

/** @returns What the server says of itself. */
async function askServer(
  client: GrpcClient,
  timeoutMs: number,
  add: Add,
): Promise<GetInfoResponse | undefined> {
  let info: GetInfoResponse | undefined;
  const answer = <M extends DescMethodUnary>(method: M): Promise<MessageShape<M["output"]>> =>
    ask(client, method, { request: {} as never, timeoutMs });
  const { method } = FineGuidanceSensors;
  await add("server/info.json", async () => {
    info = await answer(method.getInfo);
    return json(maskValue(describeInfo(info)));
  });
  for (const [name, each] of Object.entries({
    version: method.getVersion,
    health: method.getHealth,
    policies: method.listTracingPolicies,
  })) {
    await add(`server/${name}.json`, async () => {
      const message = await answer<DescMethodUnary>(each);
      return json(maskValue(toJson<DescMessage>(each.output, message)));
    });
  }
  return info;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
