/**
 * @module What a component declares. The table of options and everything made from it, the checks, the systemd
 * unit and the rights that a running agent keeps come from these declarations.
 */
import type { OptionView } from "../config/config.ts";
import type { Findings } from "../config/findings.ts";
import type { OptionRows, ValuesOf } from "../config/option.ts";
import type { CapabilityName } from "../os/capability.ts";

/** A capability that a component uses where the agent has it. */
export interface CapabilityNeed<R extends OptionRows = OptionRows> {
  readonly name: CapabilityName;
  /**
   * `start`: only to open things. `stop`: for as long as the component runs, so the agent keeps it. `policies`: for as long
   * as tracing policies may come.
   */
  readonly until: "start" | "policies" | "stop";
  /** What for, as the end of a sentence: `load and attach programs`. */
  readonly why: string;
  /** Whether the service's unit leaves it out, so that who asks for it grants it there. @default it is in the unit */
  readonly isOptional?: true;
  /** Whether these values ask for it. @default always */
  when?(values: ValuesOf<R>): boolean;
}

/** A path that a component uses while it runs, and who named it. */
export interface PathNeed {
  /** A path, or a glob where files are read. */
  readonly path: string;
  /** The option that names it. */
  readonly option: string;
}

/** An address that a component listens on. */
export interface PortNeed {
  readonly protocol: "tcp" | "udp" | "unix";
  /** `host:port`, or a path. */
  readonly address: string;
  readonly option: string;
}

/** Options that have an effect only where another one is as they need it. */
export interface Condition {
  /** By name. */
  readonly options: readonly string[];
  /** Begins the warning where it does not hold: `Without --otlp-traces`. */
  readonly without: string;
  readonly isMet: boolean;
}

/** What every kind of component declares. Loading a definition loads no implementation. */
export interface ComponentDefinition<R extends OptionRows = OptionRows> {
  /** Its name among those of its kind: `udp`, `file`. */
  readonly type: string;
  /** Makes its rows of the option table, when somebody first asks for them. */
  readonly options: () => R;
  /** @default none */
  readonly capabilities?: readonly CapabilityNeed<R>[];
  /** Files that it creates, replaces or rotates by name while it runs. @default none */
  writes?(values: ValuesOf<R>): readonly PathNeed[];
  /** @default none: nothing listens that was not asked for */
  ports?(values: ValuesOf<R>): readonly PortNeed[];
  /** Looks at the options of a component that is used, never at the host. */
  check?(config: OptionView<R>): Findings;
  /** What some of its options need of others, where it is used: setting one in vain is warned of. @default nothing */
  conditions?(values: ValuesOf<R>): readonly Condition[];
  /**
   * Begins the warning about options that are set although nothing uses the component: `Without a file source`.
   * @default no warning
   */
  readonly unused?: string;
}
