/** @module What installing and uninstalling do, as data: shown by `--dry-run`, carried out by apply.ts. */
import { join } from "node:path";
import { CONFIG_FILE, DEFAULT_CONFIG } from "./default-config.ts";
import { renderUnit, UNIT_NAME, type UnitCapability } from "./unit.ts";

/** One step. Paths are those on the running system, {@link InstallFacts.root} included. */
export type Action =
  /** Writes a file in one step, its directories before. */
  | { readonly type: "write"; readonly path: string; readonly mode: number; readonly text: string }
  /** Copies a file in one step, its directories before. */
  | { readonly type: "copy"; readonly from: string; readonly path: string; readonly mode: number }
  /** Leaves a file as it is, and says why. */
  | { readonly type: "keep"; readonly path: string; readonly reason: string }
  /** Removes a file or, with what is in it, a directory. */
  | { readonly type: "remove"; readonly path: string }
  /** Runs a command. One that fails stops an installation; at an uninstallation it is only reported. */
  | { readonly type: "run"; readonly command: readonly string[] };

/** What a plan is made from. */
export interface InstallFacts {
  /** The running executable. */
  readonly executable: string;
  /** Directory that stands for `/`: an image's root, or `/`. */
  readonly root: string;
  /** Whether systemd manages the system under `/`; never where `root` is another directory. */
  readonly hasSystemd: boolean;
  /** Text of the configuration file under `root`; `undefined` when there is none. */
  readonly config: string | undefined;
}

const EXECUTABLE = "/usr/local/bin/tetrad";
const UNIT_FILE = join("/etc/systemd/system", UNIT_NAME);
/** What the agent writes; directories that DynamicUser= makes are links from here to below `private`. */
const STATE = ["/var/lib/tetrad", "/var/lib/private/tetrad", "/var/log/tetrad", "/var/log/private/tetrad"];

/** How it is installed. */
export interface InstallSettings {
  /** What the service may be asked to use. */
  readonly capabilities: readonly UnitCapability[];
  /** Whether the service is started at once, too. @default false */
  readonly start?: boolean;
}

/** The steps of `tetrad install`. */
export function planInstall(facts: InstallFacts, { capabilities, start = false }: InstallSettings): Action[] {
  const under = (path: string): string => join(facts.root, path);
  const target = under(EXECUTABLE);
  const configFile = under(CONFIG_FILE);
  return [
    facts.executable === target
      ? { type: "keep", path: target, reason: "it is this executable" }
      : { type: "copy", from: facts.executable, path: target, mode: 0o755 },
    facts.config === undefined
      ? { type: "write", path: configFile, mode: 0o644, text: DEFAULT_CONFIG }
      : { type: "keep", path: configFile, reason: "it is there already" },
    {
      type: "write",
      path: under(UNIT_FILE),
      mode: 0o644,
      text: renderUnit({ executable: EXECUTABLE, capabilities }),
    },
    ...systemctl(facts, ["daemon-reload"], ["enable", UNIT_NAME], ...(start ? [["restart", UNIT_NAME]] : [])),
  ];
}

/**
 * The steps of `tetrad uninstall`.
 * @param purge Whether checkpoint and logs go too, and the configuration where nobody has changed it.
 */
export function planUninstall(facts: InstallFacts, { purge = false } = {}): Action[] {
  const under = (path: string): string => join(facts.root, path);
  const configFile = under(CONFIG_FILE);
  const isOurs = facts.config === DEFAULT_CONFIG;
  const config: Action[] =
    facts.config === undefined
      ? []
      : purge && isOurs
        ? [{ type: "remove", path: configFile }]
        : [
            {
              type: "keep",
              path: configFile,
              reason: isOurs ? "--purge was not given" : "it has been changed",
            },
          ];
  return [
    ...systemctl(facts, ["disable", "--now", UNIT_NAME]),
    { type: "remove", path: under(UNIT_FILE) },
    ...systemctl(facts, ["daemon-reload"]),
    { type: "remove", path: under(EXECUTABLE) },
    ...config,
    ...(purge ? STATE.map((path): Action => ({ type: "remove", path: under(path) })) : []),
  ];
}

function systemctl({ hasSystemd }: InstallFacts, ...commands: string[][]): Action[] {
  if (!hasSystemd) return [];
  return commands.map((command) => ({ type: "run", command: ["systemctl", ...command] }));
}

/** The plan for people: a line a step, and below it the text of each file that would be written. */
export function describePlan(actions: readonly Action[]): string {
  return actions.map((action) => `${describeAction(action)}\n${contentOf(action)}`).join("");
}

/** One step in one line. */
export function describeAction(action: Action): string {
  switch (action.type) {
    case "write":
      return `write   ${action.path} (mode ${action.mode.toString(8)})`;
    case "copy":
      return `copy    ${action.from} to ${action.path} (mode ${action.mode.toString(8)})`;
    case "keep":
      return `keep    ${action.path}: ${action.reason}`;
    case "remove":
      return `remove  ${action.path}`;
    case "run":
      return `run     ${action.command.join(" ")}`;
  }
}

function contentOf(action: Action): string {
  if (action.type !== "write") return "";
  const indented = action.text.trimEnd().replace(/^(?=.)/gm, "          ");
  return `${indented}\n`;
}
