/** @module Options of the health service. */
import { integer, text } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";

export const healthRows = optionRows(() => ({
  "health-server-address": {
    group: "Health service",
    from: "tetragon",
    support: "used",
    placeholder: "ADDRESS",
    kind: text(),
    default: ":6789",
    description:
      "Address of the gRPC health service: host:port or unix:///path. Empty: closed. The default opens as that of --server-address does, and only on this machine; :6789 that was set is open on all addresses.",
  },
  "health-server-interval": {
    group: "Health service",
    from: "tetragon",
    support: "used",
    placeholder: "SECONDS",
    kind: integer({ min: 0, max: 86_400 }),
    default: "10",
    description: "How often the health service looks at the agent, in seconds. 0: whenever somebody asks.",
  },
}));
