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
import { type Found, takeApart } from "./collect.ts";
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
import { plans } from "./plan.ts";
import type { EcsSettings } from "./settings.ts";
import { isTime } from "./values.ts";

/** Arguments that a mask may be. */
const NUMBERS = ["int_arg", "uint_arg"] as const;

/**
 * The document of an event, or of metadata, without `message`. One that cannot be mapped says why.
 * @param value As its text says it, in numbers that `JSON.stringify` writes as they came.
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
  const payload = asObject(event[type]) ?? {};
  const found: Found = {};
  const rest = takeApart(event, plans().ofEvent(type), found);
  const is = describe(found, type, payload, settings);
  const outcome = outcomeOf(type, payload);
  if (outcome !== undefined) found["event.outcome"] = outcome;
  deriveWho(found, payload, settings);
  if (type === "process_exit") deriveExit(found, payload);
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

/** Says what the event is, and what it is about. */
function describe(found: Found, type: string, payload: JsonObject, { spelling }: EcsSettings): Class {
  const call = callIn(type, payload);
  const all = Array.isArray(payload.args) ? (payload.args as unknown[]).map(asObject) : [];
  const isAboutSocket = found["source.ip"] !== undefined || found["destination.ip"] !== undefined;
  const hasFile = found["file.path"] !== undefined;
  const texts = hasFile || call?.takesPath !== true ? [] : textsOf(all);
  const mask = call?.hasMask === true ? numberOf(all) : undefined;
  const isAboutFile = hasFile || texts.length > 0;
  const { message } = payload;
  const is = classify({ type, call, message, mask, isAboutSocket, isAboutFile }, spelling ?? "tetragon");
  if (isAboutFile || found["file.mode"] !== undefined) deriveFile(found, texts, is.action);
  const hasSocket = found["network.transport"] !== undefined || found["network.type"] !== undefined;
  if (isAboutSocket || hasSocket) deriveNetwork(found, is.action);
  return is;
}

function textsOf(all: readonly (JsonObject | undefined)[]): string[] {
  return all.flatMap((argument) => {
    const text = argument?.string_arg;
    return typeof text === "string" && text !== "" ? [text] : [];
  });
}

function numberOf(all: readonly (JsonObject | undefined)[]): number | undefined {
  for (const argument of all) {
    for (const name of NUMBERS) if (argument?.[name] !== undefined) return Number(argument[name]);
  }
  return undefined;
}

/** Says who did it, and where. */
function deriveWho(found: Found, payload: JsonObject, settings: EcsSettings): void {
  const { spelling = "tetragon", hasCommandLine = false } = settings;
  const process = asObject(payload.process);
  const parent = process?.parent_exec_id;
  if (typeof parent === "string" && parent !== "") found["process.parent.entity_id"] ??= parent;
  deriveContainer(found, asObject(process?.pod)?.workload, process?.docker);
  deriveProcess(found, PROCESS, spelling);
  deriveProcess(found, PARENT, spelling);
  if (hasCommandLine) deriveCommand(found, process?.arguments);
  found["user.id"] = found["process.user.id"];
  found["user.name"] = found["process.user.name"];
}

function deriveExit(found: Found, payload: JsonObject): void {
  const { status, time } = payload;
  found["process.end"] = typeof time === "string" && isTime(time) ? time : found["@timestamp"];
  if (!isKilled(payload) && (status === undefined || status === null)) found["process.exit_code"] = 0;
}

function metadataDocument(
  event: JsonObject,
  settings: EcsSettings,
  original: string | undefined,
): JsonObject {
  const name = event.event as keyof typeof ACTIONS;
  const found: Found = {};
  const rest = takeApart(event, plans().ofMetadata(name), found);
  found["host.name"] ??= found["host.hostname"];
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
  const found: Found = { "error.message": reason };
  if (typeof time === "string" && isTime(time)) found["@timestamp"] = time;
  if (typeof node_name === "string" && node_name !== "") found["host.name"] = node_name;
  deriveRelated(found);
  return assemble(found, { kind: "pipeline_error", original }, settings);
}
