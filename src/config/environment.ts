/** @module Reads `TETRAGON_*` variables. */
import {
  emptyLayer,
  fallbackWarning,
  flagOnlyWarning,
  foundText,
  isList,
  type Layer,
  suggestion,
} from "./layer.ts";
import { type OptionTable, VARIABLE_PREFIX, variableOf } from "./table.ts";

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the variables of all options. An empty variable counts as not set, as in Tetragon. One that no option has is
 * only warned about, since more programs than one may use the prefix.
 */
export function readEnvironment(table: OptionTable, env: Environment): Layer {
  const layer = emptyLayer();
  let names: Map<string, string> | undefined;
  for (const variable in env) {
    if (!variable.startsWith(VARIABLE_PREFIX)) continue;
    const text = env[variable];
    if (text === undefined || text === "") continue;
    names ??= new Map(table.names.map((name) => [variableOf(name), name]));
    const name = names.get(variable);
    const origin = `environment ${variable}`;
    if (name === undefined) {
      if (!isServiceVariable(variable, text)) layer.warnings.push(unknownVariable(table, variable));
    } else if (table.row(name).flagOnly) {
      layer.warnings.push(flagOnlyWarning(name, origin));
    } else {
      layer.settings.set(name, { text: isList(table.row(name)) ? splitWords(text) : text, origin });
    }
  }
  return layer;
}

/** What every variable of OpenTelemetry's begins with. */
const STANDARD_PREFIX = "OTEL_";

/**
 * Reads variables that options share with other programs. They are for all of those: one that is not valid here is passed over,
 * and `OTEL_SDK_DISABLED` leaves all of them out.
 */
export function readStandardVariables(table: OptionTable, env: Environment): Layer {
  const layer = emptyLayer();
  let hasAny = false;
  for (const variable in env) hasAny ||= variable.startsWith(STANDARD_PREFIX);
  if (!hasAny || env.OTEL_SDK_DISABLED?.toLowerCase() === "true") return layer;
  for (const name of table.names) {
    const option = table.row(name);
    const variable = option.variables?.find((each) => (env[each.name] ?? "") !== "");
    if (variable === undefined) continue;
    const given = env[variable.name]!;
    const text = variable.convert?.(given, env) ?? given;
    const origin = `environment ${variable.name}`;
    if (option.kind.parse(text) !== undefined) layer.settings.set(name, { text, origin });
    else {
      const { expected } = option.kind;
      const fault = { origin, found: foundText(option, given), expected };
      layer.warnings.push(fallbackWarning(name, fault, option.default));
    }
  }
  return layer;
}

/** White space divides the items of a variable, as in Tetragon, and commas do, as in a flag. What is quoted stays whole. */
function splitWords(text: string): string {
  return text.replace(/("(?:[^"]|"")*")|\s+/g, (_space, quoted: string | undefined) => quoted ?? ",");
}

/**
 * Whether Kubernetes injected the variable for a service whose name begins with "tetragon":
 * `TETRAGON_SERVICE_HOST`, `TETRAGON_OPERATOR_METRICS_SERVICE_PORT_HTTP`, `TETRAGON_PORT=tcp://10.0.0.1:2112`,
 * `TETRAGON_PORT_2112_TCP_ADDR` (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
 * A `_PORT` counts only with such an address in it: `TETRAGON_UDP_OUPUT_PORT=514` is a slip of the pen.
 */
function isServiceVariable(variable: string, text: string): boolean {
  if (/_SERVICE_(?:HOST|PORT)(?:_|$)/.test(variable)) return true;
  if (/_PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/.test(variable)) return true;
  return variable.endsWith("_PORT") && /^(?:tcp|udp|sctp):\/\//.test(text);
}

function unknownVariable(table: OptionTable, variable: string): string {
  const name = variable.slice(VARIABLE_PREFIX.length).toLowerCase().replaceAll("_", "-");
  return `Ignored unknown environment variable ${variable}${suggestion(name, table.names, variableOf)}`;
}
