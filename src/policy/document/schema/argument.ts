/** @module Arguments of hooks: `args`, `data`, `returnArg`. */
import { ARGUMENT_TYPES, type ArgumentTypeName } from "../../argument-type.ts";
import {
  choice,
  flag,
  type Mistakes,
  optional,
  required,
  schema,
  text,
  uint32,
  withDefault,
} from "./kind.ts";

/** All types, `auto` among them. */
export const TYPE_NAMES = [
  "auto",
  ...(Object.keys(ARGUMENT_TYPES) as ArgumentTypeName[]).filter(
    (name) => !("isInternal" in ARGUMENT_TYPES[name]),
  ),
] as const;

const member = (struct: string, example: string) => ({
  cure: `write type nop when the value does not matter, or the type of a member of ${struct} with resolve, as in {type: ${example}}`,
});

/** Types that people expect, and what stands for them. */
const TYPE_MISTAKES: Mistakes = {
  inode: member("struct inode", "uint64, resolve: i_ino"),
  bio: member("struct bio", "uint32, resolve: bi_opf"),
  task_struct: member("struct task_struct", "string, resolve: comm"),
  nsproxy: member("struct nsproxy", "uint32, resolve: net_ns.ns.inum"),
  pid_t: { cure: "write int32" },
  uid_t: { cure: "write uint32" },
  gid_t: { cure: "write uint32" },
  mode_t: { cure: "write uint16 or uint32, as the prototype has it" },
  umode_t: { cure: "write uint16" },
  loff_t: { cure: "write int64" },
  ssize_t: { cure: "write int64" },
  bool: { cure: "write uint8" },
  char: { cure: "write int8, or string for a text" },
  str: { cure: "write string" },
  "char *": { cure: "write string" },
  bytes: { cure: "write char_buf, with sizeArgIndex" },
  buffer: { cure: "write char_buf, with sizeArgIndex" },
  ptr: { cure: "write uint64 for the address, or nop" },
  pointer: { cure: "write uint64 for the address, or nop" },
};

/** An argument, or a value that is read like one. */
export const ARGUMENT = schema("argument", {
  index: required(
    uint32,
    "Position in the prototype, from 0. Of a tracepoint: number of the field in its format file.",
  ),
  type: optional(choice(TYPE_NAMES, TYPE_MISTAKES), "How it is read, compared and printed."),
  label: optional(text, "Printed with the value in events."),
  sizeArgIndex: optional(
    uint32,
    "Of buffers: number of the argument that holds the length, counted from 1. Of a tracepoint: number of the field plus 1.",
  ),
  returnCopy: withDefault(flag, false, "Of buffers: read when the function returns, as long as it says."),
  maxData: withDefault(flag, false, "Of char_buf: up to 327,360 bytes."),
  resolve: optional(text, "Members to walk from the argument to the value: `mm.owner.comm`, `names[2].len`."),
  btfType: optional(text, "Struct that `resolve` begins with, instead of the prototype's."),
  btfTypeModule: optional(text, "Module whose types have `btfType`."),
  source: optional(
    choice(["current_task", "pt_regs"]),
    "In `data`: where the value comes from. `current_task` is the running task, `pt_regs` a register, which `resolve` names.",
  ),
});
