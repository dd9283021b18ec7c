/** @module What a policy does about a call. */

/** What is done where a selector holds. In the order of the document. */
export type Action =
  | PostAction
  | { readonly action: "NoPost" }
  | { readonly action: "Signal"; readonly signal: number; readonly isSigkill: boolean }
  /** `error` is what the caller gets: nearly always a negative errno. */
  | { readonly action: "Override"; readonly error: number }
  | { readonly action: "TrackSock" | "UntrackSock"; readonly position: number }
  /** `index`: of the argument of a static tracepoint, from 0. */
  | { readonly action: "Set"; readonly index: number; readonly value: number }
  | { readonly action: "GetUrl"; readonly url: string }
  | { readonly action: "DnsLookup"; readonly name: string }
  | { readonly action: "NotifyEnforcer"; readonly error: number; readonly signal: number }
  | { readonly action: "CleanupEnforcerNotification" };

/** What the agent asks somebody for. */
export type RequestAction = Extract<Action, { readonly action: "GetUrl" | "DnsLookup" }>;

/** An event. */
export interface PostAction {
  readonly action: "Post";
  /** Seconds in which the same event is not posted again; 0 for no limit. */
  readonly rateLimit: number;
  readonly rateLimitScope: "thread" | "process" | "global";
  readonly hasKernelStackTrace: boolean;
  readonly hasUserStackTrace: boolean;
  readonly hasImaHash: boolean;
}
