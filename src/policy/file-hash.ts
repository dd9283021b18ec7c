/** @module Hooks of the security modules at which a file can be hashed: where a program may wait for that, and is given the file. */

/** Which argument has it. */
export interface HashedArgument {
  readonly index: number;
  /** It is a program that is about to run, and its file is a member. */
  readonly isProgram: boolean;
}

const PROGRAM: HashedArgument = { index: 0, isProgram: true };
const FILE: HashedArgument = { index: 0, isProgram: false };

/** By the hook's name. Source: `bpf_lsm_is_sleepable_hook` of the kernel, and Tetragon's list. */
const HOOKS: Readonly<Record<string, HashedArgument>> = {
  bprm_check_security: PROGRAM,
  bprm_committed_creds: PROGRAM,
  bprm_committing_creds: PROGRAM,
  bprm_creds_for_exec: PROGRAM,
  bprm_creds_from_file: { index: 1, isProgram: false },
  file_ioctl: FILE,
  file_lock: FILE,
  file_open: FILE,
  file_post_open: FILE,
  file_receive: FILE,
  mmap_file: FILE,
};

/** All of them. */
export const HASHED_HOOKS: readonly string[] = Object.keys(HOOKS);

/** `undefined` where no file can be hashed. */
export function hashedArgument(hook: string): HashedArgument | undefined {
  return Object.hasOwn(HOOKS, hook) ? HOOKS[hook] : undefined;
}
