/** @module Saved searches: what people look for in Discover. */
import type { Search } from "./panel.ts";

const PROCESS = ["host.name", "process.executable", "process.args", "user.id"];

export const SEARCHES = {
  all: {
    id: "events",
    title: "Tetragon: all events",
    description: "Every event, the newest first.",
    query: "",
    columns: ["event.action", ...PROCESS, "orchestrator.resource.name"],
  },
  connects: {
    id: "connections",
    title: "Tetragon: connections",
    description: "What was opened, accepted, closed, or listens.",
    query: "event.category : network",
    columns: ["event.action", "event.outcome", ...PROCESS, "destination.ip", "destination.port"],
  },
  privileges: {
    id: "privileges",
    title: "Tetragon: changes of privileges",
    description: "Other users, capabilities and namespaces.",
    query:
      "event.action : (process_setuid or process_setgid or process_capset or process_credentials or process_setns or process_unshare or namespace_create)",
    columns: ["event.action", "rule.name", ...PROCESS],
  },
  files: {
    id: "files",
    title: "Tetragon: file access",
    description: "What was opened, written, removed or given other rights.",
    query: "event.category : file",
    columns: ["event.action", "event.outcome", "file.path", "rule.name", ...PROCESS],
  },
  agents: {
    id: "agents",
    title: "Tetragon: agents",
    description: "What agents say of themselves: starts, changes, stops.",
    query: "event.action : (agent_init or agent_refresh or agent_stop)",
    columns: ["event.action", "host.name", "agent.version", "agent.ephemeral_id"],
  },
  errors: {
    id: "errors",
    title: "Tetragon: events that could not be mapped",
    description: "Their reason, and the event as it came.",
    query: "event.kind : pipeline_error",
    columns: ["host.name", "error.message", "message"],
  },
} as const satisfies Record<string, Search>;
