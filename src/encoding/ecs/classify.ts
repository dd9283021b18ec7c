/** @module What an event is: `event.action`, its category, types and outcome. */
import { isRawNumber } from "../../event/encode.ts";
import { asObject, type JsonObject } from "../../lib/json/object.ts";
import { ABOUT_FILE, ABOUT_SOCKET, type ActionClass, classOf, isAction } from "./actions.ts";
import { actionOfMask, type Call, callOf } from "./calls.ts";

/** How `event.action` is spelt: as Tetragon names events, or as Elastic's published integration does. */
export type Spelling = "tetragon" | "integration";

/** What an event says of what it is. */
export interface Traits {
  /** `process_kprobe` */
  readonly type: string;
  /** Of a call. */
  readonly call: Call | undefined;
  /** What the policy says. */
  readonly message: unknown;
  /** The first number among the arguments. */
  readonly mask: number | undefined;
  /** Whether one of the arguments is a socket, or a file. */
  readonly isAboutSocket: boolean;
  readonly isAboutFile: boolean;
}

/** What an event is. */
export interface Class extends ActionClass {
  readonly action: string;
}

/** Actions of types of events that are not called as the type. */
export const BY_TYPE: Readonly<Record<string, string>> = {
  process_loader: "library_load",
  process_connect: "socket_connect",
  process_accept: "socket_accept",
  process_listen: "socket_listen",
  process_close: "socket_close",
};
const INTEGRATION: Readonly<Record<string, string>> = { process_exec: "executed", process_exit: "end" };

/** Types of events that say which call it was. */
const CALLS: ReadonlySet<string> = new Set(["process_kprobe", "process_lsm", "process_tracepoint"]);

/** The call that an event of a policy is about. */
export function callIn(type: string, payload: JsonObject): Call | undefined {
  if (!CALLS.has(type)) return undefined;
  const { function_name, subsys, event } = payload;
  const name = callNameIn(type, type === "process_tracepoint" ? event : function_name, subsys);
  return name === undefined ? undefined : callOf(name);
}

/** The name of the call. @param name Of a function, hook or tracepoint. @param subsystem Of a tracepoint. */
export function callNameIn(type: string, name: unknown, subsystem: unknown): string | undefined {
  if (typeof name !== "string" || !CALLS.has(type)) return undefined;
  return type === "process_tracepoint" && subsystem !== "syscalls" ? undefined : name;
}

/** What the event is. */
export function classify(traits: Traits, spelling: Spelling): Class {
  const action = actionOf(traits, spelling);
  const { type, isAboutSocket, isAboutFile } = traits;
  // A call that nobody knows here is called as the type of its event.
  if (action === type && CALLS.has(type)) {
    if (isAboutSocket) return { action, ...ABOUT_SOCKET };
    if (isAboutFile) return { action, ...ABOUT_FILE };
  }
  return { action, ...classOf(action) };
}

function actionOf({ type, call, message, mask }: Traits, spelling: Spelling): string {
  // The policy's author, or the sensor, has said what it is.
  if (CALLS.has(type) && isAction(message)) return message;
  if (call?.action !== undefined) {
    return call.hasMask && mask !== undefined ? actionOfMask(mask) : call.action;
  }
  return (spelling === "integration" ? INTEGRATION[type] : undefined) ?? BY_TYPE[type] ?? type;
}

/** Whether what was done succeeded, where the event says so. */
export function outcomeOf(type: string, payload: JsonObject): "success" | "failure" | undefined {
  if (type === "process_exec") return "success";
  if (type === "process_exit") {
    return isKilled(payload) || Number(payload.status ?? 0) !== 0 ? "failure" : "success";
  }
  if (payload.action === "KPROBE_ACTION_OVERRIDE") return "failure";
  const returned = asObject(payload.return);
  const value = returned?.int_arg ?? returned?.long_arg;
  const text = isRawNumber(value) ? value.rawJSON : value;
  if (typeof text !== "number" && typeof text !== "string") return undefined;
  return String(text).startsWith("-") ? "failure" : "success";
}

/** Whether a process that ended was ended by a signal. */
export function isKilled({ signal }: JsonObject): boolean {
  return typeof signal === "string" && signal !== "";
}
