/** @module How much longer a test waits before it gives up, in an emulated machine. */

/** By how much deadlines are multiplied: 1 on a host, more where `kernel-vm` emulates the processor. */
export const DEADLINE_FACTOR = process.env.KERNEL_VM === undefined ? 1 : 10;
