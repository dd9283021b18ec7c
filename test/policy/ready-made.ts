/** @module Policies that come with the agent: what is done while they are loaded, and what they post then. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { YAML } from "bun";
import { readBuiltin } from "../../src/policy/builtin/index.ts";
import { checkPolicies } from "../../src/policy/check/index.ts";
import { describeWithBpf } from "../kernel/support.ts";
import { type CgroupEnclosure, createCgroup, RunningSensor, until } from "../source/sensor/support.ts";

/** A file of `ready-made/`. */
interface Case {
  readonly name: string;
  /** Which policies are loaded and listened to. */
  readonly policies: readonly string[];
  /** A script for bash. */
  readonly run: string;
  /** What is posted: the program's name, the event's message, and its arguments as {@link brief} has them; `*` is any. */
  readonly events: readonly (readonly string[])[];
}

/** An event of a policy. */
interface PolicyEvent {
  readonly policy_name?: string;
  readonly process: { readonly binary: string };
  readonly parent?: object;
  readonly message?: string;
  readonly args?: readonly Readonly<Record<string, unknown>>[];
}

const DIRECTORY = join(import.meta.dir, "ready-made");

/** Programs of the distribution, whatever else this host has. */
const PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";

const SET_UP = `
mount -t tmpfs none /srv
mkdir -p /srv/app; cp /bin/true /srv/app/tool
ip link set lo up`;

/** All cases, by name. */
function cases(): Case[] {
  return readdirSync(DIRECTORY)
    .sort()
    .map((file) => ({
      ...(YAML.parse(readFileSync(join(DIRECTORY, file), "utf8")) as Case),
      name: basename(file, ".yaml"),
    }));
}

/** An argument as a line. */
function brief(argument: Readonly<Record<string, unknown>>): string {
  const { label: _, ...rest } = argument;
  const [value] = Object.values(rest);
  if (typeof value !== "object" || value === null) return String(value);
  const fields = value as Readonly<Record<string, unknown>>;
  if ("path" in fields) return String(fields.path);
  if ("name" in fields) return String(fields.name);
  if ("ProgType" in fields) return String(fields.ProgType);
  if ("addr" in fields) return `${fields.addr}:${fields.port}`;
  if ("family" in fields)
    return `${fields.saddr ?? ""}:${fields.sport ?? 0} ${fields.daddr ?? ""}:${fields.dport ?? 0}`;
  return JSON.stringify(value);
}

/** What of an event is compared, with `*` where anything is expected. */
function lineOf({ process, message, args = [] }: PolicyEvent, expected: readonly string[] = []): string[] {
  const line = [basename(process.binary), message ?? "", ...args.map(brief)];
  return line.map((text, index) => {
    const wanted = expected[index];
    if (wanted === "*") return "*";
    // The file that a link leads to: python3 is python3.11.
    return index === 0 && wanted !== undefined && text.startsWith(wanted) ? wanted : text;
  });
}

/**
 * A test for each case.
 * @param pattern Of the names of those to run.
 */
export function testReadyMade(pattern: RegExp): void {
  const wanted = cases().filter(({ name }) => pattern.test(name));
  const names = [...new Set(wanted.flatMap(({ policies }) => policies))];
  let enclosure: CgroupEnclosure;
  let sensor: RunningSensor;

  async function eventsOf({ name, run, policies }: Case): Promise<PolicyEvent[]> {
    sensor.events.length = 0;
    await enclosure.run(["env", PATH, "bash", "-c", run]);
    const mark = `end-of-${name}`;
    await enclosure.run(["/bin/true", mark]);
    await until(() => sensor.exits.some((exit) => exit.process.arguments === mark), "all events are there");
    const events = sensor.events.map((event) => Object.values(event)[0] as unknown as PolicyEvent);
    return events.filter(({ policy_name }) => policies.includes(policy_name ?? ""));
  }

  describeWithBpf("ready-made", () => {
    beforeAll(async () => {
      enclosure = await createCgroup();
      sensor = await RunningSensor.start({ scope: enclosure.scope });
      const policies = await sensor.source.policies();
      for (const name of names) {
        const { policies: found, findings } = checkPolicies(readBuiltin(name)!, {
          file: name,
          kernel: policies.kernel,
        });
        expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
        for (const policy of found) policies.put(policy.name, policy);
      }
      await enclosure.run(["env", PATH, "bash", "-c", SET_UP]);
    });
    afterAll(async () => {
      await sensor[Symbol.asyncDispose]();
      await enclosure[Symbol.asyncDispose]();
    });

    for (const each of wanted) {
      test(each.name, async () => {
        const events = await eventsOf(each);
        const lines = events.map((event, index) => lineOf(event, each.events[index]));
        expect(lines).toEqual(each.events.map((event) => [...event]));
        for (const { parent } of events) expect(parent).toBeDefined();
        expect(sensor.counters.lost).toBe(0);
      });
    }
  });
}
