/** @module The options of `tetrad elastic`: where the cluster is, as the agent has them, and what they are to be called. */
import { hasYamlFile, loadConfig } from "../../config/load.ts";
import type { OptionRows, ValuesOf } from "../../config/option.ts";
import { configRows } from "../../config/options.ts";
import { OptionTable } from "../../config/table.ts";
import { loadYaml } from "../../config/yaml-file.ts";
import { parseStreamName, type StreamName } from "../../elastic/stream-name.ts";
import { ecsRows } from "../../encoding/ecs/options.ts";
import { readConnection } from "../../exporter/elasticsearch/connection.ts";
import { checkConnection } from "../../exporter/elasticsearch/connection-check.ts";
import { type ConnectionValues, connectionRows } from "../../exporter/elasticsearch/connection-options.ts";
import { elasticsearchRows } from "../../exporter/elasticsearch/options.ts";
import { Cluster } from "../../lib/elasticsearch/cluster.ts";
import { TetradError } from "../../os/error.ts";
import type { CommandContext } from "../command.ts";

/** Options of the agent that these commands obey. */
const AGENT_OPTIONS = {
  ...connectionRows(),
  "ecs-original": ecsRows()["ecs-original"],
  "config-dir": configRows()["config-dir"],
  "elasticsearch-index": elasticsearchRows()["elasticsearch-index"],
} as const satisfies OptionRows;

/** What a row of a command's own has in common with others. */
export const OWN = { group: "Command", from: "tetrad", support: "used", flagOnly: true } as const;

type Rows<Own extends OptionRows> = typeof AGENT_OPTIONS & Own;

/** All options of a command. */
export function rowsWith<const Own extends OptionRows>(own: Own): Rows<Own> {
  return { ...own, ...AGENT_OPTIONS };
}

/** Their values: flags, then what the agent reads. @throws ConfigError with every problem there is. */
export async function readOptions<R extends OptionRows>(
  rows: R,
  { argv, env }: Pick<CommandContext, "argv" | "env">,
): Promise<ValuesOf<R>> {
  if (hasYamlFile()) await loadYaml();
  const check = checkConnection as unknown as (config: unknown) => ReturnType<typeof checkConnection>;
  return loadConfig({ table: OptionTable.of(rows), argv, env, check }).values;
}

/** The data stream that is meant. */
export function streamOf(values: Pick<ValuesOf<typeof AGENT_OPTIONS>, "elasticsearch-index">): StreamName {
  return parseStreamName(values["elasticsearch-index"]);
}

/** The cluster that the options say. @throws TetradError `config` where they say none. */
export async function clusterOf(values: ConnectionValues, task: string): Promise<Cluster> {
  const settings = await readConnection(values);
  if (settings.hosts.length === 0) {
    throw new TetradError(
      "config",
      `Cannot ${task}: --elasticsearch-hosts is not set, expected the address of a node such as http://localhost:9200`,
    );
  }
  return new Cluster(settings);
}
