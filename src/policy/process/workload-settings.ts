/** @module What programs that see cgroups come and go are made for. */
import type { TypeSource } from "../../kernel/btf/index.ts";
import type { ConditionMaps } from "../condition/index.ts";

/** The kernel, and its cgroups. */
export interface WorkloadProgramSettings {
  readonly types: TypeSource;
  readonly maps: ConditionMaps;
  /** Number of the hierarchy whose cgroups tell containers apart; 0 is v2. */
  readonly hierarchy: number;
}
