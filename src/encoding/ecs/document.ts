/** @module An event as a document, by the description of events: the way that takes every event. */
import { tally } from "../../event/compile.ts";
import { DescribedEvent } from "../../event/description/index.ts";
import { withProtoNames } from "../../event/edit/names.ts";
import { eventType, isMetadata, noEventReason } from "../../event/kind.ts";
import { schemaReason } from "../../event/reason.ts";
import { isValidDescribedEvent } from "../../event/validate.ts";
import { asObject, type JsonObject } from "../../lib/json/object.ts";
import { ACTIONS } from "./actions.ts";
import { assemble } from "./assemble.ts";
import { type Class, callIn, classify, isKilled, outcomeOf } from "./classify.ts";
import { takeApart } from "./collect.ts";
import {
  deriveCommand,
  deriveContainer,
  deriveFile,
  deriveLibrary,
  deriveNetwork,
  deriveProcess,
  deriveRelated,
  PARENT,
  PROCESS,
} from "./derive.ts";
import { beginFound, type Found, numberOf } from "./found.ts";
import { plans } from "./plan.ts";
import type { EcsSettings } from "./settings.ts";
import { isTime } from "./values.ts";

const AT = {
  outcome: numberOf("event.outcome"),
  sourceIp: numberOf("source.ip"),
  destinationIp: numberOf("destination.ip"),
  path: numberOf("file.path"),
  mode: numberOf("file.mode"),
  transport: numberOf("network.transport"),
  networkType: numberOf("network.type"),
  parentId: numberOf("process.parent.entity_id"),
  userId: numberOf("user.id"),
  userName: numberOf("user.name"),
  processUserId: numberOf("process.user.id"),
  processUserName: numberOf("process.user.name"),
  end: numberOf("process.end"),
  exitCode: numberOf("process.exit_code"),
  time: numberOf("@timestamp"),
  hostName: numberOf("host.name"),
  hostname: numberOf("host.hostname"),
  error: numberOf("error.message"),
};

/** Arguments that a mask may be. */
const NUMBERS = ["int_arg", "uint_arg"] as const;

/**
 * The document of an event, or of metadata, without `message`. One that cannot be mapped says why.
 * @param value As its text says it, in numbers that `JSON.stringify` writes as they came; it becomes a part of the document.
 * @param original For `event.original`.
 */
export function documentWithoutMessage(
  value: JsonObject,
  settings: EcsSettings,
  original?: string,
): JsonObject {
  if (isMetadata(value)) return metadataDocument(value, settings, original);
  tally.hasUnknown = false;
  let isValid = isValidDescribedEvent(value);
  // Protobuf's JSON has another spelling of names.
  const event = tally.hasUnknown ? withProtoNames(value) : value;
  if (event !== value) isValid = isValidDescribedEvent(event);
  const reason = noEventReason(event) ?? (isValid ? undefined : schemaReason(event, DescribedEvent));
  if (reason !== undefined) return faultDocument(reason, settings, original, event);
  const type = eventType(event)!;
  const about = readTraits(type, asObject(event[type]) ?? {});
  const found = beginFound();
  const rest = takeApart(event, plans().ofEvent(type), found);
  const is = describe(found, about, settings);
  found[AT.outcome] = about.outcome;
  deriveWho(found, about, settings);
  if (type === "process_exit") deriveExit(found, about);
  deriveLibrary(found);
  deriveRelated(found);
  const kind = type === "rate_limit_info" ? "metric" : "event";
  return assemble(found, { kind, is, nested: rest, original }, settings);
}

/**
 * The whole document. @param event See {@link documentWithoutMessage}. @param text The event as it came, without its newline.
 */
export function documentOf(event: JsonObject, text: string, settings: EcsSettings): JsonObject {
  const original = settings.hasOriginal === true ? text : undefined;
  return { ...documentWithoutMessage(event, settings, original), message: text };
}

/** What is asked of an event besides its places, read before it is taken apart. */
function readTraits(type: string, payload: JsonObject) {
  const call = callIn(type, payload);
  const all = Array.isArray(payload.args) ? (payload.args as unknown[]).map(asObject) : NONE;
  const process = asObject(payload.process);
  return {
    type,
    call,
    message: payload.message,
    outcome: outcomeOf(type, payload),
    texts: call?.takesPath === true ? textsOf(all) : [],
    mask: call?.hasMask === true ? maskOf(all) : undefined,
    parentId: process?.parent_exec_id,
    workload: asObject(process?.pod)?.workload,
    docker: process?.docker,
    arguments: process?.arguments,
    endTime: payload.time,
    hasEnded: !isKilled(payload) && (payload.status === undefined || payload.status === null),
  };
}

type EventTraits = ReturnType<typeof readTraits>;

const NONE: readonly (JsonObject | undefined)[] = [];

/** Says what the event is, and what it is about. */
function describe(found: Found, about: EventTraits, { spelling }: EcsSettings): Class {
  const { type, call, message, mask } = about;
  const isAboutSocket = found[AT.sourceIp] !== undefined || found[AT.destinationIp] !== undefined;
  const hasFile = found[AT.path] !== undefined;
  const texts = hasFile ? [] : about.texts;
  const isAboutFile = hasFile || texts.length > 0;
  const is = classify({ type, call, message, mask, isAboutSocket, isAboutFile }, spelling ?? "tetragon");
  if (isAboutFile || found[AT.mode] !== undefined) deriveFile(found, texts, is.action);
  const hasSocket = found[AT.transport] !== undefined || found[AT.networkType] !== undefined;
  if (isAboutSocket || hasSocket) deriveNetwork(found, is.action);
  return is;
}

function textsOf(all: readonly (JsonObject | undefined)[]): string[] {
  return all.flatMap((argument) => {
    const text = argument?.string_arg;
    return typeof text === "string" && text !== "" ? [text] : [];
  });
}

function maskOf(all: readonly (JsonObject | undefined)[]): number | undefined {
  for (const argument of all) {
    for (const name of NUMBERS) if (argument?.[name] !== undefined) return Number(argument[name]);
  }
  return undefined;
}

/** Says who did it, and where. */
function deriveWho(found: Found, about: EventTraits, settings: EcsSettings): void {
  const { spelling = "tetragon", hasCommandLine = false } = settings;
  const { parentId } = about;
  if (typeof parentId === "string" && parentId !== "") found[AT.parentId] ??= parentId;
  deriveContainer(found, about.workload, about.docker);
  deriveProcess(found, PROCESS, spelling);
  deriveProcess(found, PARENT, spelling);
  if (hasCommandLine) deriveCommand(found, about.arguments);
  found[AT.userId] = found[AT.processUserId];
  found[AT.userName] = found[AT.processUserName];
}

function deriveExit(found: Found, { endTime, hasEnded }: EventTraits): void {
  found[AT.end] = typeof endTime === "string" && isTime(endTime) ? endTime : found[AT.time];
  if (hasEnded) found[AT.exitCode] = 0;
}

function metadataDocument(
  event: JsonObject,
  settings: EcsSettings,
  original: string | undefined,
): JsonObject {
  const name = event.event as keyof typeof ACTIONS;
  const found = beginFound();
  const rest = takeApart(event, plans().ofMetadata(name), found);
  found[AT.hostName] ??= found[AT.hostname];
  deriveRelated(found);
  const is = { action: name, ...ACTIONS[name] };
  return assemble(found, { kind: "state", is, nested: { [name]: rest }, original }, settings);
}

/** The document of what cannot be mapped, without `message`. @param event As far as there is one. */
export function faultDocument(
  reason: string,
  settings: EcsSettings,
  original: string | undefined,
  { time, node_name }: JsonObject = {},
): JsonObject {
  const found = beginFound();
  found[AT.error] = reason;
  if (typeof time === "string" && isTime(time)) found[AT.time] = time;
  if (typeof node_name === "string" && node_name !== "") found[AT.hostName] = node_name;
  deriveRelated(found);
  return assemble(found, { kind: "pipeline_error", original }, settings);
}
