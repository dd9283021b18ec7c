/**
 * What the two documents that the agent was made from tell people to type and to look for: "Agent Metadata Export" and the
 * service information of the Elastic integration. Commands that need a cluster (kubectl, helm) come with the cluster.
 */
import { afterEach, describe, expect, test } from "bun:test";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { AgentInit } from "../../src/event/description/index.ts";
import { schemaOf } from "../../src/event/schema/derive.ts";
import { describeWithBpf } from "../kernel/support.ts";
import { createPidNamespace } from "../source/sensor/support.ts";
import { cleanUp, EVENTS, startTetrad, TETRAD, temporaryDirectory, until } from "./harness.ts";
import { CAN_UNSHARE, makeNamespace, type Namespace } from "./namespace.ts";

afterEach(cleanUp);

const COMMANDS = [
  "tetragon --udp-output-enabled --udp-output-address=127.0.0.1 --udp-output-port=514",
  `tetragon \\
  --udp-output-enabled \\
  --udp-output-address=192.168.1.100 \\
  --udp-output-port=9000 \\
  --udp-buffer-size=131072`,
  "tetragon --udp-output-enabled --udp-output-address=fluentd.example.com --udp-output-port=12201",
  "tetragon --udp-output-enabled --udp-output-address=syslog.example.com --udp-output-port=514",
  "tetragon --udp-output-enabled --udp-output-address=monitor.example.com --udp-output-port=9000",
];

/** A host where the documents' addresses and names are the test's own, and so is /var/log. */
async function makeHost(): Promise<{ namespace: Namespace; path: string }> {
  const namespace = await makeNamespace();
  const directory = temporaryDirectory();
  const hosts = join(directory, "hosts");
  const names = ["fluentd", "syslog", "monitor"].map((name, i) => `127.0.0.${i + 2} ${name}.example.com\n`);
  writeFileSync(hosts, `127.0.0.1 localhost\n${names.join("")}`);
  writeFileSync(join(directory, "resolv.conf"), "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
  namespace.shell(`
    mount --bind ${hosts} /etc/hosts
    mount --bind ${directory}/resolv.conf /etc/resolv.conf
    mount -t tmpfs tmpfs /var/log
    ip address add 192.168.1.100/32 dev lo`);
  symlinkSync(TETRAD, join(directory, "tetragon"));
  return { namespace, path: `${directory}:/usr/bin:/bin:/usr/sbin:/sbin` };
}

/** Runs a command of a document, with its events on standard input and its log where the documents look for it. */
function type(command: string, { namespace, path }: { namespace: Namespace; path: string }) {
  const env = { PATH: path, TETRAGON_EVENT_SOURCE: "stdin", TETRAGON_LOG_FILE: "/var/log/tetragon.log" };
  const prefix = [...namespace.prefix, "sh", "-c", command, "sh"];
  return startTetrad([], { prefix, env });
}

describe.skipIf(!CAN_UNSHARE)("commands of the documents, through a link named tetragon", () => {
  test.each(COMMANDS)("%s", async (command) => {
    const host = await makeHost();
    const { namespace } = host;
    const [, address = ""] = /--udp-output-address=(\S+)/.exec(command) ?? [];
    const [, port = ""] = /--udp-output-port=(\d+)/.exec(command) ?? [];
    const listening = ["listen", "--address=0.0.0.0", `--port=${port}`, "--output=raw", "--validate"];
    const listener = startTetrad([...listening, `--count=${EVENTS.length + 1}`, "--for=20s"], {
      prefix: namespace.prefix,
    });
    await listener.logged("Listening on ");
    const agent = type(command, host);
    agent.process.stdin.write(`${EVENTS.join("\n")}\n`);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(await listener.exit()).toBe(0);
    const [first = "", ...events] = listener.stdout().trimEnd().split("\n");
    expect(v.parse(schemaOf(AgentInit), JSON.parse(first))).toMatchObject({
      udp_destination: `${address}:${port}`,
      udp_buffer_size: command.includes("131072") ? 131_072 : 65_536,
    });
    expect(events).toEqual([...EVENTS]);
    namespace.shell('grep "event.*agent_init" /var/log/tetragon.log');
    namespace.shell('grep "Metadata event sent over UDP" /var/log/tetragon.log');
  });

  test("container logs where the integration looks for them, metadata first over UDP", async () => {
    const host = await makeHost();
    const { namespace } = host;
    const lines = EVENTS.map((event) => `2024-01-15T10:30:00.000000000Z stdout F ${event}\n`).join("");
    const log = join(temporaryDirectory(), "container.log");
    writeFileSync(log, lines);
    const name = "tetragon-x7k2p_kube-system_export-stdout-0123456789abcdef.log";
    namespace.shell(`mkdir /var/log/containers && cp ${log} /var/log/containers/${name}`);
    const listening = ["listen", "--port=514", "--output=raw", `--count=${EVENTS.length + 1}`, "--for=20s"];
    const listener = startTetrad(listening, { prefix: namespace.prefix });
    await listener.logged("Listening on ");
    const source =
      "--event-source='file:/var/log/containers/tetragon*export-stdout*.log' --from-beginning --exit-at-end";
    expect(await type(`${COMMANDS[0]} ${source}`, host).exit()).toBe(0);
    expect(await listener.exit()).toBe(0);
    expect(listener.stdout().trimEnd().split("\n").slice(1)).toEqual([...EVENTS]);
  });

  describeWithBpf("with the sensor", () => {
    test("what is tried in a pod shows: whoami, a connection and a file of secrets", async () => {
      await using enclosure = await createPidNamespace();
      const host = await makeHost();
      const { namespace } = host;
      const listening = ["listen", "--port=514", "--output=raw", "--for=60s"];
      const listener = startTetrad(listening, { prefix: namespace.prefix });
      await listener.logged("Listening on ");
      const agent = startTetrad([], {
        prefix: [...namespace.prefix, "sh", "-c", `exec ${COMMANDS[0]}`, "sh"],
        env: { PATH: host.path, TETRAGON_SENSOR_SCOPE: enclosure.scope },
      });
      await agent.logged("Sensor watches");
      await enclosure.run(["/bin/sh", "-c", "whoami"]);
      await enclosure.run(["/bin/sh", "-c", "cat /etc/shadow > /dev/null"]);
      await enclosure.run(["/bin/bash", "-c", "exec 3<> /dev/tcp/127.0.0.1/9 || true"]);
      const seen = (type: string, part: string) =>
        listener
          .stdout()
          .split("\n")
          .some((line) => line.startsWith(`{"${type}"`) && line.includes(part));
      await until(() => seen("process_exec", '"/usr/bin/whoami"'), "whoami");
      await until(() => seen("process_exec", '"arguments":"/etc/shadow"'), "the file");
      await until(() => seen("process_exec", "/dev/tcp/127.0.0.1/9"), "the connection's program");
      expect(JSON.parse(listener.stdout().split("\n")[0]!)).toMatchObject({ event: "agent_init" });
      agent.process.kill("SIGTERM");
      expect(await agent.exit()).toBe(0);
      listener.process.kill("SIGTERM");
      await listener.exit();
    });
  });

  test("what they look for in the log stands in JSON, too", async () => {
    const host = await makeHost();
    const agent = type(`${COMMANDS[0]} --log-format=json`, host);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    host.namespace.shell('grep "event.*agent_init" /var/log/tetragon.log');
    host.namespace.shell('grep "Metadata event sent over UDP" /var/log/tetragon.log');
  });

  test("a failure of the metadata is a warning, events go on, and it is not taken for a start", async () => {
    const host = await makeHost();
    const agent = type(COMMANDS[1]!.replace("192.168.1.100", "198.51.100.1"), host);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    host.namespace.shell('grep "level=warning.*Cannot send the metadata event" /var/log/tetragon.log');
    host.namespace.shell('! grep "event.*agent_init" /var/log/tetragon.log');
  });

  test("a name that does not resolve: could not resolve host; a full queue: dropped events", async () => {
    const host = await makeHost();
    const more = "--event-queue-size=1 --shutdown-timeout=100ms";
    const agent = type(`${COMMANDS[2]!.replace("fluentd", "nowhere")} ${more}`, host);
    const logged = (text: string) => {
      const found = Bun.spawnSync([...host.namespace.prefix, "grep", text, "/var/log/tetragon.log"]);
      return found.exitCode === 0;
    };
    agent.process.stdin.write(`${EVENTS.join("\n")}\n`);
    await agent.process.stdin.flush();
    await until(() => logged("could not resolve host"), "the name in the log");
    await until(() => logged("dropped events"), "the queue in the log");
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
  });
});
