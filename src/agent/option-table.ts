/** @module The table of options: those of the components, then those of the agent. */
import { optionRows, type ValuesOf } from "../config/option.ts";
import { configRows } from "../config/options.ts";
import { type OptionSection, OptionTable } from "../config/table.ts";
import { EXPORTERS, PARTS, SERVERS, SOURCES, STAGES } from "./components.ts";
import { OPTION_DEFAULTS } from "./option-defaults.ts";
import { agentRows } from "./options/agent.ts";
import { exporterOptions } from "./options/exporters.ts";
import { ignoredRows } from "./options/ignored.ts";
import { serverRows } from "./options/server.ts";
import { sourceOptions } from "./options/source.ts";
import { unsupportedRows } from "./options/unsupported.ts";

type Components = typeof EXPORTERS | typeof SOURCES | typeof STAGES | typeof SERVERS | typeof PARTS;
type RowsOf<D> = D extends { options(): infer R } ? R : never;
type Merged<Union> = (Union extends unknown ? (rows: Union) => void : never) extends (rows: infer R) => void
  ? R
  : never;

/** Every option. */
export type AgentRows = Merged<RowsOf<Components[number]>> &
  ReturnType<typeof exporterOptions> &
  ReturnType<typeof sourceOptions> &
  ReturnType<typeof agentRows> &
  ReturnType<typeof configRows> &
  ReturnType<typeof serverRows> &
  ReturnType<typeof unsupportedRows> &
  ReturnType<typeof ignoredRows>;

/** The name of an option. */
export type OptionName = keyof AgentRows & string;

/** The effective value of every option by its name. */
export type OptionValues = ValuesOf<AgentRows>;

/** What the table is made from: a component is a section of its own. */
export const OPTION_SECTIONS: readonly OptionSection[] = [
  ...EXPORTERS,
  { options: optionRows(() => exporterOptions(EXPORTERS)) },
  { options: optionRows(() => sourceOptions(SOURCES)) },
  ...SOURCES,
  ...STAGES,
  { options: agentRows },
  { options: configRows },
  ...SERVERS,
  { options: serverRows },
  ...PARTS,
  { options: unsupportedRows },
  { options: ignoredRows },
];

/** Every option that `tetrad` knows. */
export const OPTION_TABLE = new OptionTable<AgentRows>(OPTION_SECTIONS, OPTION_DEFAULTS);
