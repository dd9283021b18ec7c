/** @module Names of functions that the kernel calls for hooks of the security modules. */

/** The function that is called for a hook of the security modules, so that programs can be attached there. */
export function lsmFunction(hook: string): string {
  return `bpf_lsm_${hook}`;
}
