/** @module What the registry asks of whoever loads policies into the kernel. */
import type { PolicyFile } from "../document/index.ts";
import type { Policy, PolicyMode } from "../policy.ts";
import type { ContainerFigures, StartingContainer } from "../workload.ts";
import type { LoadedFacts } from "./status.ts";

/** What a policy that is loaded does. */
export interface EngineState {
  readonly mode: PolicyMode;
  /** Else it rests: its programs are there and do nothing. */
  readonly isEnabled: boolean;
}

/** Loads policies. Each has a key, which the registry makes. */
export interface PolicyEngine {
  /** Reads a text and holds it to the kernel. @param file Its name in findings. */
  read(text: string, file: string): PolicyFile;
  /** Whether a policy is for this node. @throws TetradError where nobody can say */
  isForHere(policy: Policy): boolean;
  /**
   * Loads a policy. Where one of that key is loaded, the new one is attached before that one goes.
   * @throws TetradError when it cannot be loaded: then nothing has changed.
   */
  load(key: string, policy: Policy, state: EngineState): void;
  /** Detaches a policy, which is loaded. What it has recorded by then still becomes events. */
  unload(key: string): void;
  /** Changes what a policy does that is loaded. Takes no rights. */
  configure(key: string, state: EngineState): void;
  /** Says which policies will be loaded next: what they need in common is made once. None: that is over. */
  expect(policies: readonly Policy[]): void;
  /** Of a policy that is loaded. */
  facts(key: string): LoadedFacts;
  /**
   * Decides about a container before its first process begins, which waits for it.
   * @throws TetradError `failed` when that cannot be done.
   */
  begin(container: StartingContainer): Promise<void>;
  readonly containers?: ContainerFigures;
  /** Resolves when all that was recorded before has become events. */
  drained(): Promise<void>;
}
