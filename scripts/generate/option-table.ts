/** @module The table of options, made of its rows: the agent's own knows only the options whose defaults are generated. */
import { type AgentRows, OPTION_SECTIONS } from "../../src/agent/option-table.ts";
import { OptionTable } from "../../src/config/table.ts";

export const OPTION_TABLE = new OptionTable<AgentRows>(OPTION_SECTIONS);
