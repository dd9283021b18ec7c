/** @module What the programs that keep records of processes are written with. */
import type { TypeSource } from "../../kernel/btf/index.ts";
import type { ConditionMaps } from "../condition/index.ts";
import type { NumberedFact } from "../condition/process/index.ts";

/** What is kept of processes. */
export interface ProcessNeeds {
  readonly facts: readonly NumberedFact[];
  /** Whether namespaces and capabilities are recorded. */
  readonly hasSnapshot: boolean;
}

/** What a program is written with. */
export interface ProcessProgramContext extends ProcessNeeds {
  readonly types: TypeSource;
  /** Takes the maps that facts are looked up in. */
  readonly maps: ConditionMaps;
}
