/** @module Dashboard: who gains rights, and where. Set-uid and namespaces come from policies and from the sensor's own events. */
import { by, type Dashboard, EVENTS, rowsOf } from "./panel.ts";
import { SEARCHES } from "./searches.ts";

const EXEC = "cilium_tetragon.log.process_exec.process";
const KPROBE = "cilium_tetragon.log.process_kprobe";

export const privileges: Dashboard = {
  id: "privileges",
  title: "Tetragon: privileges",
  description: "Set-uid, capabilities and namespaces.",
  panels: rowsOf([
    [
      14,
      [
        32,
        {
          id: "privileges-actions",
          chart: "time",
          title: "Changes of privileges",
          query: SEARCHES.privileges.query,
          metric: EVENTS,
          split: by("event.action", "Action"),
        },
      ],
      [
        16,
        {
          id: "privileges-root",
          chart: "ranking",
          title: "Binaries that root starts",
          query: 'event.action : process_exec and user.id : "0"',
          metric: { operation: "count", label: "Processes" },
          split: by("process.executable", "Binary"),
        },
      ],
    ],
    [
      14,
      [
        24,
        {
          id: "privileges-setuid",
          chart: "table",
          title: "Set-uid and set-gid binaries",
          query: `${EXEC}.binary_properties.setuid : * or ${EXEC}.binary_properties.setgid : *`,
          metric: { operation: "count", label: "Processes" },
          splits: [by("process.executable", "Binary"), by("process.user.id", "User", 5)],
        },
      ],
      [
        24,
        {
          id: "privileges-raised",
          chart: "table",
          title: "How executing a file raised privileges",
          query: `${EXEC}.binary_properties.privileges_changed : *`,
          metric: { operation: "count", label: "Processes" },
          splits: [
            by(`${EXEC}.binary_properties.privileges_changed`, "How"),
            by("process.executable", "Binary"),
          ],
        },
      ],
    ],
    [
      14,
      [
        24,
        {
          id: "privileges-effective",
          chart: "ranking",
          title: "Effective capabilities of new processes",
          query: `${EXEC}.cap.effective : *`,
          metric: { operation: "count", label: "Processes" },
          split: by(`${EXEC}.cap.effective`, "Capability"),
        },
      ],
      [
        24,
        {
          id: "privileges-checks",
          chart: "table",
          title: "Capabilities that were asked for",
          query: `${KPROBE}.args.capability_arg.name : *`,
          metric: EVENTS,
          splits: [
            by(`${KPROBE}.args.capability_arg.name`, "Capability"),
            by("process.executable", "Binary"),
          ],
        },
      ],
    ],
    [
      14,
      [
        24,
        {
          id: "privileges-namespaces",
          chart: "table",
          title: "Who changes namespaces",
          query: "event.action : (process_setns or process_unshare or namespace_create)",
          metric: EVENTS,
          splits: [
            by("event.action", "Action", 5),
            by("process.executable", "Binary"),
            by("host.name", "Host", 5),
          ],
        },
      ],
      [
        24,
        {
          id: "privileges-containers",
          chart: "table",
          title: "Processes of privileged containers",
          query: "container.security_context.privileged : true",
          metric: EVENTS,
          splits: [by("orchestrator.resource.name", "Pod"), by("process.executable", "Binary")],
        },
      ],
    ],
    [18, [48, { chart: "search", search: SEARCHES.privileges }]],
  ]),
};
