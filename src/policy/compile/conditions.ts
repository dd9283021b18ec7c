/** @module Asks the conditions of a program. */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import type { ProgramBuilder } from "../../kernel/program/index.ts";
import { type ConditionMaps, compileOperand, type ValueLocation } from "../condition/index.ts";
import {
  type ChangeCondition,
  compileProcessCondition,
  compileRecording,
  findWorkload,
  type ProcessContext,
} from "../condition/process/index.ts";
import type { ValueCondition } from "../policy.ts";
import type { Counters } from "./counter.ts";
import type { PlannedCondition, PlannedSelector } from "./plan.ts";
import type { Reader } from "./reader.ts";

/** What conditions are compiled with. */
export interface ConditionSettings {
  readonly conditionMaps: ConditionMaps;
  readonly process: Pick<ProcessContext, "facts" | "workloads" | "hostNamespaces" | "hasTypedTask">;
}

/** Adds the code of conditions. */
export class Conditions {
  readonly #b: ProgramBuilder;
  readonly #counters: Counters;
  readonly #reader: Reader;
  readonly #context: ProcessContext;

  constructor(b: ProgramBuilder, counters: Counters, reader: Reader, settings: ConditionSettings) {
    this.#b = b;
    this.#counters = counters;
    this.#reader = reader;
    const found = { hasWorkload: false };
    this.#context = { builder: b, asm: b.asm, maps: settings.conditionMaps, ...settings.process, found };
  }

  /** To be called where the program begins, where conditions are asked in no fixed order: what many of them go by is looked up once. */
  begin(selectors: readonly PlannedSelector[]): void {
    const isAsked = selectors.some(({ cheap }) =>
      cheap.some(({ condition }) => condition.kind === "workload"),
    );
    if (isAsked) findWorkload(this.#context);
  }

  /**
   * Goes on behind the code where a condition holds; counts that it does not, and `fails`.
   * @param scratch Where its arguments were read to; without, they are looked at where they lie.
   */
  test(planned: PlannedCondition, fails: () => void, scratch?: HeldRegister): void {
    const { asm } = this.#b;
    const { condition, counter } = planned;
    const [failed, held] = [asm.freshLabel("fails"), asm.freshLabel("holds")];
    if ("positions" in condition) this.#testValue({ ...planned, condition }, failed, scratch);
    else compileProcessCondition(this.#context, condition, failed);
    asm.jump(held).label(failed);
    this.#counters.emit(this.#b, counter);
    fails();
    asm.label(held);
  }

  /** A selector has held: what its conditions found changed is recorded, so that one event tells of a change. */
  record({ cheap }: PlannedSelector): void {
    for (const { condition } of cheap) if (isChange(condition)) compileRecording(this.#context, condition);
  }

  #testValue(
    { condition, readings }: PlannedCondition<ValueCondition>,
    failed: string,
    scratch: HeldRegister | undefined,
  ): void {
    const locations = readings.map((reading): ValueLocation => {
      const { argument, reader } = reading;
      if (scratch !== undefined) return reader.location(this.#reader.target(scratch, reading, failed));
      const place = this.#reader.source.place(argument.source, reader.inPlace!.size);
      if (place === undefined)
        throw new RangeError(`Cannot look at an argument of type "${argument.type}" in place`);
      return { integer: { ...reader.inPlace!, place } };
    });
    compileOperand(this.#context, condition.operand, locations, failed);
  }
}

function isChange(condition: PlannedCondition["condition"]): condition is ChangeCondition {
  return condition.kind === "namespace-change" || condition.kind === "capability-change";
}
