/** @module Host names and IP addresses as an option takes them: without a port, without brackets. */
import { ipVersion } from "../../os/ip-address.ts";

const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
const MAX_NAME = 253;

/** Whether `text` is an IPv4 or IPv6 address (a zone such as `%eth0` allowed) or a well-formed host name. */
export function isHost(text: string): boolean {
  if (ipVersion(text) !== undefined) return true;
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  if (name.length > MAX_NAME) return false;
  const labels = name.split(".");
  // A last label of digits only is a mistyped IPv4 address: no top-level domain is a number (RFC 3696, section 2).
  return labels.every((label) => LABEL.test(label)) && !/^[0-9]+$/.test(labels.at(-1) ?? "");
}
