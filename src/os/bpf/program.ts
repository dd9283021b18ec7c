/** @module Commands of `bpf(2)` for programs. */
import { cString } from "../struct-layout.ts";
import { PROG_LOAD_ATTR, TEST_RUN_ATTR } from "./attr.ts";
import { bpf, isErrno } from "./call.ts";
import { BPF_F_SLEEPABLE, type BpfAttachType, type BpfProgType } from "./constants.ts";

/** Bytes of `struct bpf_insn`. */
const INSTRUCTION_SIZE = 8;
/** Bytes of `struct bpf_func_info`: where a function begins, and its type. */
export const FUNC_INFO_SIZE = 8;
/** `BPF_LOG_LEVEL1`: what the verifier saw at each instruction. */
const LOG_LEVEL = 1;
/** The verifier gives up with `EAGAIN` when a signal arrives, such as those that garbage collectors send. */
const LOAD_ATTEMPTS = 20;
/** Helpers like `bpf_probe_read_kernel` are for programs whose license is compatible with the GPL. */
const LICENSE = cString("Dual MIT/GPL");

/** What `BPF_PROG_LOAD` takes. */
export interface ProgramAttributes {
  readonly type: BpfProgType;
  /** As shown by `bpftool`. */
  readonly name: string;
  /** `struct bpf_insn[]` */
  readonly instructions: Uint8Array;
  readonly expectedAttachType?: BpfAttachType | undefined;
  /** Whether it may wait for memory of the process (5.10; probes of functions 6.0). */
  readonly isSleepable?: boolean | undefined;
  /** BTF id of what the program attaches to: in the kernel's own types, or in those of `attachBtfFd`. */
  readonly attachBtfId?: number | undefined;
  /** Descriptor of a kernel module's BTF (5.11). */
  readonly attachBtfFd?: number | undefined;
  /** Types of the program's own functions: the descriptor of loaded BTF, and `struct bpf_func_info[]`. */
  readonly functions?: { readonly btfFd: number; readonly info: Uint8Array } | undefined;
}

/**
 * Has the kernel verify and load a program.
 * @param log Where the verifier writes its NUL-terminated log, or `undefined` for none. A log that is too
 * small fails the load with `ENOSPC`.
 * @returns Its file descriptor.
 * @throws SystemCallError
 */
export function programLoad({ functions, ...program }: ProgramAttributes, log?: Uint8Array): number {
  const values = {
    prog_type: program.type,
    insn_cnt: program.instructions.length / INSTRUCTION_SIZE,
    insns: program.instructions,
    license: LICENSE,
    log_level: log === undefined ? 0 : LOG_LEVEL,
    log_size: log?.length,
    log_buf: log,
    prog_flags: program.isSleepable === true ? BPF_F_SLEEPABLE : 0,
    prog_name: program.name,
    expected_attach_type: program.expectedAttachType,
    attach_btf_id: program.attachBtfId,
    attach_btf_obj_fd: program.attachBtfFd,
    prog_btf_fd: functions?.btfFd,
    func_info_rec_size: functions === undefined ? 0 : FUNC_INFO_SIZE,
    func_info: functions?.info,
    func_info_cnt: functions === undefined ? 0 : functions.info.length / FUNC_INFO_SIZE,
  };
  for (let attempt = 1; ; attempt++) {
    try {
      return bpf("PROG_LOAD", PROG_LOAD_ATTR, values);
    } catch (error) {
      if (!isErrno(error, "EAGAIN") || attempt === LOAD_ATTEMPTS) throw error;
    }
  }
}

/**
 * Runs a program once, on data of the caller's own.
 * @returns The program's result, its low 32 bits.
 * @throws SystemCallError `ENOTSUPP` or `EINVAL` for a type of program that cannot be run so.
 */
export function programTestRun(fd: number, data: Uint8Array): number {
  let result = 0;
  bpf(
    "PROG_TEST_RUN",
    TEST_RUN_ATTR,
    { prog_fd: fd, data_in: data, data_size_in: data.length, repeat: 1 },
    (attr) => {
      result = attr.getUint32(TEST_RUN_ATTR.fields.retval[0], true);
    },
  );
  return result;
}
