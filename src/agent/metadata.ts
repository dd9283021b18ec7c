/** @module Who is speaking: gathered at the start, and what of it a reload may change. */
import { readAgentId } from "../metadata/agent-id.ts";
import { BUILD_INFO } from "../metadata/build-info.ts";
import { readHostFacts } from "../metadata/host.ts";
import { MetadataLife, type ReloadedFacts } from "../metadata/life.ts";
import { configDigest } from "./config-digest.ts";
import { readMetadataFields } from "./metadata-fields.ts";
import type { OptionValues } from "./option-table.ts";

/** The environment that names the node, and that fields may take values from. */
type Variables = Readonly<Record<string, string | undefined>>;

/** What metadata events say of this process. */
export interface RunMetadata {
  readonly life: MetadataLife;
  /** The name of its node in events. */
  readonly nodeName: string | undefined;
  /** What they say with these options. @throws TetradError when a custom field has no good value. */
  read(values: OptionValues): Promise<ReloadedFacts>;
}

/** Gathers it once. @throws TetradError when a custom field has no good value. */
export async function createRunMetadata(values: OptionValues, env: Variables): Promise<RunMetadata> {
  const host = readHostFacts();
  // In Tetragon's order (`pkg/reader/node`).
  const nodeName = env.HUBBLE_NODE_NAME || env.NODE_NAME || undefined;
  const read = async (current: OptionValues): Promise<ReloadedFacts> => {
    const fields = await readMetadataFields(current, env);
    return {
      configDigest: configDigest(current, fields),
      intervalMs: current["metadata-interval"],
      fields,
    };
  };
  const life = new MetadataLife({
    build: BUILD_INFO,
    startedAt: new Date(performance.timeOrigin),
    startId: crypto.randomUUID(),
    agentId: readAgentId(),
    pid: process.pid,
    host,
    nodeName,
    clusterName: values["cluster-name"] === "" ? undefined : values["cluster-name"],
    ...(await read(values)),
  });
  return { life, nodeName: nodeName ?? host.hostname, read };
}
