/** @module The table of options: those of the components, then those of the agent. */
import type { OptionRows, ValuesOf } from "../config/option.ts";
import { CONFIG_OPTIONS } from "../config/options.ts";
import { OptionTable } from "../config/table.ts";
import { KUBERNETES_OPTIONS } from "../kubernetes/options.ts";
import { EXPORTERS, SERVERS, SOURCES, STAGES } from "./components.ts";
import { AGENT_OPTIONS } from "./options/agent.ts";
import { exporterOptions } from "./options/exporters.ts";
import { IGNORED_OPTIONS } from "./options/ignored.ts";
import { SERVER_OPTIONS } from "./options/server.ts";
import { sourceOptions } from "./options/source.ts";
import { UNSUPPORTED_OPTIONS } from "./options/unsupported.ts";

type Components = typeof EXPORTERS | typeof SOURCES | typeof STAGES | typeof SERVERS;
type RowsOf<D> = D extends { readonly options: infer R } ? R : never;
type Merged<Union> = (Union extends unknown ? (rows: Union) => void : never) extends (rows: infer R) => void
  ? R
  : never;

/** Every option. */
export type AgentRows = Merged<RowsOf<Components[number]>> &
  ReturnType<typeof exporterOptions> &
  ReturnType<typeof sourceOptions> &
  typeof AGENT_OPTIONS &
  typeof CONFIG_OPTIONS &
  typeof SERVER_OPTIONS &
  typeof KUBERNETES_OPTIONS &
  typeof UNSUPPORTED_OPTIONS &
  typeof IGNORED_OPTIONS;

/** The name of an option. */
export type OptionName = keyof AgentRows & string;

/** The effective value of every option by its name. */
export type OptionValues = ValuesOf<AgentRows>;

function rowsOf(definitions: readonly { readonly options: OptionRows }[]): OptionRows {
  return Object.assign({}, ...definitions.map(({ options }) => options));
}

/** Every option that `tetrad` knows. */
export const OPTION_TABLE = new OptionTable({
  ...rowsOf(EXPORTERS),
  ...exporterOptions(EXPORTERS),
  ...sourceOptions(SOURCES),
  ...rowsOf(SOURCES),
  ...rowsOf(STAGES),
  ...AGENT_OPTIONS,
  ...CONFIG_OPTIONS,
  ...rowsOf(SERVERS),
  ...SERVER_OPTIONS,
  ...KUBERNETES_OPTIONS,
  ...UNSUPPORTED_OPTIONS,
  ...IGNORED_OPTIONS,
} as unknown as AgentRows);
