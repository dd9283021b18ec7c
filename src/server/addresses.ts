/** @module What all servers say of their addresses. */
import type { OptionView } from "../config/config.ts";
import { quote } from "../config/error.ts";
import { optionProblem } from "../config/layer.ts";
import type { OptionRows } from "../config/option.ts";
import { LISTEN_ADDRESS, parseListenAddress } from "./listen-address.ts";

/** Ports below 1024 are not for everybody. */
export const BIND_CAPABILITY = {
  name: "CAP_NET_BIND_SERVICE",
  until: "start",
  why: "listen on a port below 1024",
} as const;

/** The port of an address; 65,536 for one that has none. */
export function portOf(address: string): number {
  const parsed = parseListenAddress(address);
  return parsed?.kind === "tcp" && parsed.port > 0 ? parsed.port : 65_536;
}

/** What is wrong with the address in `option`. */
export function addressProblems<R extends OptionRows>(
  config: OptionView<R>,
  option: keyof R & string,
): string[] {
  const text = String(config.values[option]);
  if (text === "" || parseListenAddress(text) !== undefined) return [];
  return [
    optionProblem(option, {
      origin: config.origin(option),
      found: quote(text),
      expected: LISTEN_ADDRESS,
    }),
  ];
}
