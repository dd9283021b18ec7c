/** @module What the pipeline's script is told: the encoder's own tables, so that both make the same documents. */
import { ABOUT_FILE, ABOUT_SOCKET, ACTIONS, UNKNOWN_ACTION } from "../../encoding/ecs/actions.ts";
import { CALL_ACTIONS, MASKED_CALLS, PREFIX, TAKES_PATH } from "../../encoding/ecs/calls.ts";
import { BY_TYPE } from "../../encoding/ecs/classify.ts";
import { FILE_TYPES, WORKLOADS } from "../../encoding/ecs/derive.ts";
import { ECS_FIELDS } from "../../encoding/ecs/fields.ts";
import { type FieldPlan, type MessagePlan, plans } from "../../encoding/ecs/plan.ts";
import { METADATA_EVENTS } from "../../event/description/metadata.ts";
import type { Json } from "../asset.ts";

/** Plans as JSON. What several events have is written once, and named. */
class PlanWriter {
  /** By what they say. */
  readonly #names = new Map<string, string>();
  readonly shared: Record<string, Json> = {};

  write(plan: MessagePlan): string {
    const fields = Object.fromEntries([...plan].map(([name, field]) => [name, this.#field(field)]));
    const text = JSON.stringify(fields);
    let name = this.#names.get(text);
    if (name === undefined) {
      name = `plan-${this.#names.size}`;
      this.#names.set(text, name);
      this.shared[name] = fields;
    }
    return name;
  }

  #field({ place, isMoved, within }: FieldPlan): Json {
    return {
      ...(place !== undefined && { place: place.name }),
      ...(isMoved && { moved: true }),
      ...(within !== undefined && { within: this.write(within) }),
    };
  }
}

/** What may stand before the name of what a call does, the longest first: the script has no patterns. */
function prefixes(): string[] {
  const compat = ["", "compat_"];
  const kernel = ["x64", "ia32", "arm64", "riscv", "s390x", "se", "do"];
  const candidates = [
    ...kernel.flatMap((name) => compat.map((each) => `__${name}_${each}sys_`)),
    ...compat.flatMap((each) => ["", "enter_", "exit_"].map((when) => `${each}sys_${when}`)),
    ...["__sys_", "do_sys_", "ksys_", "security_", "bpf_lsm_", "__vfs_", "_vfs_", "vfs_", "do_"],
  ];
  return candidates
    .filter((prefix) => PREFIX.exec(prefix)?.[0] === prefix)
    .sort((a, b) => b.length - a.length);
}

/** Everything that the script is told. */
export function parameters(): Json {
  const writer = new PlanWriter();
  const all = plans();
  const events = Object.fromEntries(
    all.eventTypes.map((type) => [type, writer.write(all.ofEvent(type).get(type)!.within ?? new Map())]),
  );
  const unknown = "an event of a later release";
  const common = [...all.ofEvent(unknown)].filter(([name]) => name !== unknown);
  return {
    events,
    unknownEvent: writer.write(all.ofEvent(unknown).get(unknown)!.within!),
    common: writer.shared[writer.write(new Map(common))],
    metadata: Object.fromEntries(METADATA_EVENTS.map((name) => [name, writer.write(all.ofMetadata(name))])),
    shared: writer.shared,
    types: Object.fromEntries(ECS_FIELDS.map(({ name, type }) => [name, type])),
    lists: ECS_FIELDS.filter(({ isList }) => isList).map(({ name }) => name),
    actions: ACTIONS,
    unknown: UNKNOWN_ACTION,
    aboutSocket: ABOUT_SOCKET,
    aboutFile: ABOUT_FILE,
    byType: BY_TYPE,
    calls: Object.fromEntries(CALL_ACTIONS),
    masked: [...MASKED_CALLS],
    prefixes: prefixes(),
    pathActions: Object.keys(ACTIONS).filter((action) => TAKES_PATH.test(action)),
    notSyscalls: ["security_", "bpf_lsm_", "vfs_", "_vfs_", "__vfs_"],
    workloads: WORKLOADS,
    fileTypes: FILE_TYPES,
  };
}
