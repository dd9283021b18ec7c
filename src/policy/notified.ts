/** @module What enforcers are notified of. */
import type { Policy } from "./policy.ts";

/** Whether some notification of a policy has an error: then its enforcers must be able to override. */
export function notifiesErrors({ hooks }: Policy): boolean {
  return hooks.some(({ selectors }) =>
    selectors.some(({ actions, returnActions }) =>
      [...actions, ...returnActions].some(
        (action) => action.action === "NotifyEnforcer" && action.error !== 0,
      ),
    ),
  );
}
