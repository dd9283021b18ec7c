/** @module What a container runtime fails by. */

/** There is no answer, or none that can be used. Never about one container or pod: what is not there is an answer. */
export class RuntimeUnavailableError extends Error {
  override readonly name = "RuntimeUnavailableError";
}
