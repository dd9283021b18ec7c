/** @module Two hosts and a cable between them: network namespaces, an agent on one side, a receiver on the other. */
import { type RunningAgent, startTetrad } from "./harness.ts";
import { makeNamespace, type Namespace } from "./namespace.ts";

/** Where the receiver is. */
export const RECEIVER = "192.0.2.2";

/** Flags of an agent that sends standard input to the receiver. */
export function flags(...more: string[]): string[] {
  return [
    "--udp-output-enabled",
    `--udp-output-address=${RECEIVER}`,
    "--udp-output-port=5140",
    "--event-source=stdin",
    ...more,
  ];
}

/** Starts `tetrad listen` in a namespace and waits until it listens. */
export async function listen(namespace: Namespace, ...more: string[]): Promise<RunningAgent> {
  const args = ["listen", "--address=::", "--port=5140", "--output=raw", "--for=20s", ...more];
  const listener = startTetrad(args, { prefix: namespace.prefix });
  await listener.logged("Listening on ");
  return listener;
}

/** Lines that a listener has printed. */
export const came = (listener: RunningAgent): string[] => listener.stdout().split("\n").slice(0, -1);

/** Two namespaces with a cable between them; `here` has no address yet where `isUp` is false. */
export async function makeCable({ isUp = true } = {}): Promise<{ here: Namespace; there: Namespace }> {
  const [here, there] = [await makeNamespace(), await makeNamespace()];
  here.shell(`ip link add tetrad0 type veth peer name tetrad1 netns ${there.pid}`);
  there.shell(`ip address add ${RECEIVER}/24 dev tetrad1 && ip link set tetrad1 up`);
  if (isUp) connect(here);
  return { here, there };
}

/** Gives the sender its address. */
export function connect(here: Namespace): void {
  here.shell("ip address add 192.0.2.1/24 dev tetrad0 && ip link set tetrad0 up");
}

/** An event whose text is exactly `bytes` long, newline included. */
export function eventOf(bytes: number): string {
  const event = (pad: string) => JSON.stringify({ process_exec: { process: { pid: 1, arguments: pad } } });
  return event("x".repeat(bytes - 1 - event("").length));
}

/** Writes lines to an agent that reads standard input. */
export async function send(agent: RunningAgent, ...lines: string[]): Promise<void> {
  agent.process.stdin.write(`${lines.join("\n")}\n`);
  await agent.process.stdin.flush();
}
