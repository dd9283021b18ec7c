/** @module What is counted of pods and of the events that wait for them. */
import type { WaitFigures } from "../pipeline/enrich/container.ts";
import type { RuntimeFigures } from "./cri/runtime-pods.ts";
import type { PodFigures } from "./pod/store.ts";

/** Live. */
export interface IdentityFigures {
  readonly pods: PodFigures;
  readonly wait: WaitFigures;
  /** Of the container runtime, where it is asked. */
  readonly runtime?: Readonly<RuntimeFigures>;
}
