/** @module `tetrad run`, the default: runs the agent. */

import { Agent } from "../agent/agent.ts";
import { usedComponents, usedExporters, usedParts } from "../agent/component-use.ts";
import { type LoadedConfig, readConfig } from "../agent/config.ts";
import type { ClusterEvents } from "../agent/kubernetes-events/index.ts";
import { effectiveLogLevel } from "../agent/log-level.ts";
import { createRunMetadata, type RunMetadata } from "../agent/metadata.ts";
import { OPTION_TABLE, type OptionValues } from "../agent/option-table.ts";
import { type ServerUse, usedServers } from "../agent/server-use.ts";
import { connectServiceManager } from "../agent/service-manager.ts";
import { handleSignals } from "../agent/signals.ts";
import { reloadConfig } from "../config/reload.ts";
import { errorMessage, isShortage } from "../os/caught.ts";
import type { UserIdentity } from "../os/drop-privileges.ts";
import { TetradError } from "../os/error.ts";
import { reapOrphans } from "../os/orphans.ts";
import { hasColors } from "../os/terminal.ts";
import { findUser } from "../os/user.ts";
import type { SourceDefinition } from "../source/source.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import type { Command, CommandContext } from "./command.ts";
import {
  describeError,
  EXIT_CONFIG,
  EXIT_FAILED,
  EXIT_OK,
  EXIT_SIGNAL_BASE,
  EXIT_UNSUPPORTED,
  exitCodeOf,
} from "./exit-code.ts";

const SIGNAL_NUMBERS: Record<string, number> = { SIGINT: 2, SIGTERM: 15 };

function openLog(values: OptionValues, env: CommandContext["env"]): Log {
  const file = values["log-file"];
  try {
    return createLog({
      level: effectiveLogLevel(values),
      format: values["log-format"],
      file,
      user: file === "" || values.user === "" ? undefined : findUser(values.user).uid,
      colors: hasColors(2, env),
    });
  } catch (error) {
    // Of the user, not of the file.
    if (error instanceof TetradError) throw error;
    const reason = errorMessage(error);
    const code = isShortage(error) ? "failed" : "config";
    throw new TetradError(code, `Cannot open --log-file "${file}": ${reason}`, { cause: error });
  }
}

export const run: Command = {
  get flags() {
    return OPTION_TABLE.rows;
  },
  flagSet: OPTION_TABLE,
  help: {
    summary: "Run the agent. The default: its name may be left out.",
    isGrouped: true,
    examples: [
      {
        does: "Watch this host, without any Tetragon, network connections too.",
        command: [
          "sudo tetrad --event-source=sensor --enable-network-events \\",
          "  --udp-output-enabled --udp-output-address=collector.example.com --udp-output-port=9000",
        ],
      },
      {
        does: "Export what Tetragon writes to its log.",
        command: [
          "tetrad --event-source=file:/var/log/tetragon/tetragon.log \\",
          "  --udp-output-enabled --udp-output-address=collector.example.com --udp-output-port=9000",
        ],
      },
      {
        does: "Export a recorded file and stop.",
        command: [
          "tetrad --udp-output-enabled --event-source=file:events.jsonl --from-beginning --exit-at-end",
        ],
      },
      {
        does: "Keep only the executions in one namespace, from a pipe to standard output.",
        command: [
          "kubectl logs -n kube-system ds/tetragon -c export-stdout | tetrad --event-source=stdin --export-stdout \\",
          `  --export-allowlist='{"event_set":["PROCESS_EXEC"],"namespace":["shop"]}'`,
        ],
      },
      { does: "See what the flags, the environment and the files come to.", command: ["tetrad config"] },
    ],
    exitCodes: {
      [EXIT_OK]: "ended as asked; what the agent could not export is in the last line of its log",
      [EXIT_FAILED]:
        "something failed, not all of the input could be read, or an exporter lost what it must not lose",
      [EXIT_CONFIG]: "the configuration is wrong; each problem is one line on standard error",
      [EXIT_UNSUPPORTED]: "the host lacks a right or a feature that was asked for",
      [EXIT_SIGNAL_BASE + 2]: "a second SIGINT cut the drain short",
      [EXIT_SIGNAL_BASE + 15]: "a second SIGTERM cut the drain short",
    },
  },
  /**
   * Runs until the sources end or a signal comes. A second SIGTERM or SIGINT ends it at once with 128 + signal. From when
   * there is a log, an error that ends the run is its last line.
   */
  async run({ argv, env, printError }) {
    reapOrphans();
    const config = await readConfig({ argv, env });
    const log = openLog(config.values, env);
    try {
      return await runLogged(config, { argv, env, log });
    } catch (error) {
      reportFatal(error, { log, values: config.values, printError });
      return exitCodeOf(error);
    }
  },
};

/** Logs the error that ends the agent, as the last line. */
function reportFatal(
  error: unknown,
  {
    log,
    values,
    printError,
  }: Pick<CommandContext, "printError"> & Pick<LoadedConfig, "values"> & { readonly log: Log },
): void {
  const text = describeError(error);
  const [message = "", ...rest] = text.trimEnd().split("\n");
  const detail = rest.join("\n");
  const isForPeople = values["log-format"] === "text";
  const isInFile = values["log-file"] !== "" || !isForPeople;
  log.log.fatal(message, isInFile && detail !== "" ? { detail } : {});
  // Such as the place in a filter, which a quoted line would not show.
  if (isForPeople && detail !== "") printError(`${detail}\n`);
}

async function runLogged(
  initial: LoadedConfig,
  { argv, env, log }: Pick<CommandContext, "argv" | "env"> & { readonly log: Log },
): Promise<number> {
  let config = initial;
  for (const warning of config.warnings) log.log.warn(warning);
  const userName = config.values.user;
  const user = userName === "" ? undefined : findUser(userName);
  const serviceManager = connectServiceManager(process.env);
  // A signal may come while the agent is being made.
  let agent: Agent | undefined;
  let stopSignal: string | undefined;
  const { promise: aborted, resolve: abort } = Promise.withResolvers<number>();
  let abortCode: number | undefined;
  // A reload that is asked for during the start is done after it, or the agent would seem to be ready.
  const { promise: isReady, resolve: setReady } = Promise.withResolvers<void>();
  let reloading = isReady;
  const stopListening = handleSignals({
    stop(signal) {
      log.log.info("Stopping", { signal });
      serviceManager.stopping();
      stopSignal = signal;
      agent?.stop(signal);
    },
    abort(signal) {
      log.log.warn("Stopping at once", { signal });
      const code = EXIT_SIGNAL_BASE + (SIGNAL_NUMBERS[signal] ?? 0);
      abortCode ??= code;
      if (agent === undefined) abort(code);
      else void agent.abort().then(() => abort(code));
    },
    reload() {
      // One after the other: a second SIGHUP starts from what the first one made.
      reloading = reloading.then(async () => {
        if (agent === undefined) return;
        serviceManager.reloading();
        config = await reload(agent, log, config, () => readConfig({ argv, env }));
        serviceManager.ready("Running");
      });
    },
  });
  const servers = usedServers(config);
  try {
    const metadata = await createRunMetadata(config.values, env);
    agent = await Agent.create({
      values: config.values,
      log,
      metadata,
      servers,
      clusterEvents: await clusterEventsFor(config.values, { metadata, env, log }),
      rights: {
        isRequired: user !== undefined,
        drop: (sources) => dropRights(sources, { values: config.values, servers, user, log }),
      },
      onReady() {
        serviceManager.ready("Running");
        setReady();
      },
    });
    if (stopSignal !== undefined) agent.stop(stopSignal);
    const ended = agent
      .run()
      .then(
        ({ failedSources, losingExporters }) =>
          abortCode ?? (failedSources.length + losingExporters.length > 0 ? EXIT_FAILED : EXIT_OK),
      );
    return await Promise.race([ended, aborted]);
  } finally {
    stopListening();
    serviceManager.close();
  }
}

/** What the cluster gets to see, where that was asked for. @throws TetradError where there is no API server to be found. */
async function clusterEventsFor(
  values: OptionValues,
  { metadata, env, log }: Pick<CommandContext, "env"> & { readonly metadata: RunMetadata; readonly log: Log },
): Promise<ClusterEvents | undefined> {
  if (!values["kubernetes-events"]) return undefined;
  const { createClusterEvents } = await import("../agent/kubernetes-events/index.ts");
  const { life, nodeName } = metadata;
  return createClusterEvents({ values, environment: env, nodeName, life, log: log.log });
}

/** What decides which rights are left. */
interface DropSettings {
  readonly values: OptionValues;
  readonly servers: readonly ServerUse[];
  readonly user: UserIdentity | undefined;
  readonly log: Log;
}

/** Gives up what nothing uses any more. */
async function dropRights(
  sources: readonly SourceDefinition[],
  { values, servers, user, log }: DropSettings,
): Promise<void> {
  // Loaded only now: agent_init need not wait for it.
  const { leavePrivileges, takesEventOpener } = await import("../agent/privileges.ts");
  const { policiesMayCome } = await import("../agent/policy-changes.ts");
  const components = [
    ...sources.map((definition) => ({ definition, values })),
    ...[...usedExporters(values), ...usedParts(values)],
  ];
  const reads = usedComponents(values).flatMap((use) => use.reads);
  const needs = {
    components,
    reads,
    written: [values["log-file"]],
    policiesMayCome: policiesMayCome(values, servers),
    user,
  };
  if (takesEventOpener(needs)) {
    const { startEventOpener } = await import("../agent/event-opener.ts");
    startEventOpener(user, log.log);
  }
  leavePrivileges({ ...needs, filtersCalls: values["system-call-filter"], log: log.log });
}

/** Reads the configuration again and applies what may change. A configuration that is wrong changes nothing. */
async function reload(
  agent: Agent,
  log: Log,
  current: LoadedConfig,
  load: () => Promise<LoadedConfig>,
): Promise<LoadedConfig> {
  try {
    const next = reloadConfig(OPTION_TABLE, current, await load());
    await agent.reload(next.config.values);
    for (const warning of next.config.warnings) {
      if (!current.warnings.includes(warning)) log.log.warn(warning);
    }
    log.log.info("Reloaded", { changed: next.changed.join(","), needs_restart: next.needsRestart.join(",") });
    return next.config;
  } catch (error) {
    log.log.error("Cannot reload the configuration: the old one stays", { error: String(error) });
    agent.reopen();
    return current;
  }
}
