/** @module Which servers a run opens. Nothing listens that was not asked for, but for Tetragon's defaults where they are. */
import type { OptionView } from "../config/config.ts";
import type { OptionRows } from "../config/option.ts";
import type { ServerDefinition } from "../server/definition.ts";
import { udpDestinations, usedExporters } from "./component-use.ts";
import { SERVERS } from "./components.ts";
import type { AgentRows } from "./option-table.ts";

/** A server that may be opened. */
export interface ServerUse {
  readonly definition: ServerDefinition;
  /** Whether its address was set; then the run ends where it cannot be opened, else that is a warning. */
  readonly isAddressSet: boolean;
  /** Whether an option asked for it. Else it is one of Tetragon's defaults. */
  readonly isAsked: boolean;
  /** Opened only if the sensor is among the sources that run. */
  readonly needsSensor: boolean;
}

/** Those that the options ask for, and the defaults: not beside UDP, and beside other exporters only with the sensor. */
export function usedServers(config: OptionView<AgentRows>): ServerUse[] {
  const exporters = usedExporters(config.values);
  const sendsDatagrams = udpDestinations(exporters).length > 0;
  const view = config as unknown as OptionView<OptionRows>;
  const definitions: readonly ServerDefinition[] = SERVERS;
  return definitions.flatMap((definition) => {
    const isAddressSet = view.isSet(definition.addressOption);
    const asked = definition.asked?.(view);
    if (view.values[definition.addressOption] === "" || asked === false) return [];
    const isAsked = asked === true || isAddressSet;
    if (!isAsked && sendsDatagrams) return [];
    return [{ definition, isAddressSet, isAsked, needsSensor: !isAsked && exporters.length > 0 }];
  });
}
