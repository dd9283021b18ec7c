/** An agent in a PID namespace of its own, which does what its policy kills for; then a child of it does, and what ended that is written. */
import { RunningSensor, until } from "../support.ts";
import { argument, equal, hook, policy, selector } from "./made-policy.ts";

const KILL_CALL = process.arch === "arm64" ? 129 : 62;
const TARGET = { kind: "tracepoint", subsystem: "raw_syscalls", event: "sys_enter", isRaw: true } as const;

const sensor = await RunningSensor.start({ scope: `pidns:${process.pid}` });
const policies = await sensor.source.policies();
const actions = [{ action: "Signal", signal: 9, isSigkill: true } as const];
const selectors = [selector({ 0: equal(KILL_CALL) }, { actions })];
policies.put("one", policy("one", hook(TARGET, [argument(1, "int64")], { selectors })));
process.kill(process.pid, 0);
const child = Bun.spawnSync(["sh", "-c", "kill -0 $$; echo alive"]);
const results = () =>
  sensor.events.flatMap(({ process_tracepoint: made }) => (made ? [made.action_result] : []));
await until(() => results().length === 2, "both events");
console.log(JSON.stringify([child.signalCode, ...results()]));
await sensor[Symbol.asyncDispose]();
