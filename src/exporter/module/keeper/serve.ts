/**
 * @module The process that keeps a module running. It is this executable, too, and loads none of the agent. It gives up all rights but
 * those that it takes to make and end a process of another user, and none of them where the module has no user of its own.
 */
import { constants } from "node:os";
import type { CapabilityName } from "../../../os/capability.ts";
import { errorMessage } from "../../../os/caught.ts";
import { hideFromUser, leaveNoCore } from "../../../os/child-limits.ts";
import { dropPrivileges } from "../../../os/drop-privileges.ts";
import { exchangeSignalAction, SIG_IGN, signalAction } from "../../../os/signal-action.ts";
import { Channel } from "../channel.ts";
import { CHANNEL_FD, type FromKeeper, type KeeperStart, type ToKeeper } from "../protocol.ts";
import { Keeper } from "./keeper.ts";

/** To change the user and its rights for good, to end a process of it, and to say that it is chosen first when memory runs out. */
const FOR_ANOTHER_USER: readonly CapabilityName[] = [
  "CAP_SETUID",
  "CAP_SETGID",
  "CAP_SETPCAP",
  "CAP_KILL",
  "CAP_SYS_RESOURCE",
];

/** Runs until the agent goes or says so. Never resolves. */
export async function keepModule(): Promise<never> {
  for (const signal of [constants.signals.SIGINT, constants.signals.SIGTERM, constants.signals.SIGHUP])
    exchangeSignalAction(signal, signalAction(SIG_IGN));
  let keeper: Keeper | undefined;
  const channel = await Channel.open<ToKeeper, FromKeeper>(CHANNEL_FD, {
    onMessage(message) {
      if (message.type !== "start") {
        keeper?.take(message);
        return;
      }
      try {
        confine(message);
      } catch (error) {
        channel.send({ type: "down", why: errorMessage(error), isUnusable: true, inMs: 0 });
        return;
      }
      keeper = new Keeper(
        message,
        (said) => channel.send(said),
        () => process.exit(0),
      );
    },
    // With it, the runner ends.
    onEnd: () => process.exit(0),
  });
  return new Promise(() => {});
}

function confine({ module, keeper }: KeeperStart): void {
  leaveNoCore();
  if (module.user === undefined) dropPrivileges({ user: keeper });
  else dropPrivileges({ keep: FOR_ANOTHER_USER });
  hideFromUser();
}
