/** @module `GetUrl` and `DnsLookup`: what the agent asks others for. */
import type { RequestAction } from "../../policy.ts";
import { quote } from "../finding.ts";
import type { Context } from "./context.ts";
import type { ReadSelector } from "./read-hook.ts";

type ReadAction = NonNullable<ReadSelector["matchActions"]>[number];

/** Bytes of an address. */
const LONGEST_URL = 2048;
/** RFC 1035, section 2.3.4, and names that begin with an underline. */
const DNS_NAME =
  /^(?=.{1,253}\.?$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?$/i;

/** Reads one; what is wrong with it is said, and that it is not done unless somebody says so. */
export function readRequest(
  read: ReadAction,
  action: RequestAction["action"],
  context: Context,
): RequestAction | undefined {
  const request = action === "GetUrl" ? readUrl(read, context) : readName(read, context);
  if (request === undefined || context.makesRequests) return request;
  context.warn(read, "action", {
    found: action,
    cure: "it is carried out only by an agent that was started with --enable-policy-requests",
  });
  return request;
}

function readUrl(read: ReadAction, context: Context): RequestAction | undefined {
  const { argUrl: url } = read;
  const isRight = url !== undefined && url.length <= LONGEST_URL && isWebAddress(url);
  if (isRight) return { action: "GetUrl", url };
  if (context.places.isBroken(read, "argUrl")) return undefined;
  return context.error(read, url === undefined ? undefined : "argUrl", {
    found: url === undefined ? "GetUrl without argUrl" : quote(url),
    expected: "argUrl: an address that begins with http:// or https://",
  });
}

function isWebAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "http:" || url?.protocol === "https:";
}

function readName(read: ReadAction, context: Context): RequestAction | undefined {
  const { argFqdn: name } = read;
  if (name !== undefined && DNS_NAME.test(name)) return { action: "DnsLookup", name };
  if (context.places.isBroken(read, "argFqdn")) return undefined;
  return context.error(read, name === undefined ? undefined : "argFqdn", {
    found: name === undefined ? "DnsLookup without argFqdn" : quote(name),
    expected: "argFqdn: the name of a host, such as canary.example.com",
  });
}
