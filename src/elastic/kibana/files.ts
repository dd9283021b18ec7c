/** @module Dashboard: which files are read, written and removed. They come from tracing policies. */
import { by, type Dashboard, EVENTS, rowsOf } from "./panel.ts";
import { SEARCHES } from "./searches.ts";

export const files: Dashboard = {
  id: "files",
  title: "Tetragon: file access",
  description: "Files that policies watch: who opens, writes and removes them.",
  panels: rowsOf([
    [
      14,
      [
        48,
        {
          id: "files-actions",
          chart: "time",
          title: "File events by action",
          query: "event.category : file",
          metric: EVENTS,
          split: by("event.action", "Action"),
        },
      ],
    ],
    [
      14,
      [
        24,
        {
          id: "files-paths",
          chart: "ranking",
          title: "Files",
          query: "event.category : file and file.path : *",
          metric: EVENTS,
          split: by("file.path", "File"),
        },
      ],
      [
        24,
        {
          id: "files-changes",
          chart: "table",
          title: "Who changes files",
          query: "event.category : file and event.type : (change or creation or deletion)",
          metric: EVENTS,
          splits: [
            by("process.executable", "Binary"),
            by("file.path", "File"),
            by("event.action", "Action", 5),
          ],
        },
      ],
    ],
    [
      14,
      [
        24,
        {
          id: "files-readers",
          chart: "table",
          title: "Who reads files",
          query: "event.category : file and event.type : access",
          metric: EVENTS,
          splits: [by("process.executable", "Binary"), by("file.path", "File"), by("user.id", "User", 5)],
        },
      ],
      [
        24,
        {
          id: "files-refused",
          chart: "table",
          title: "What was refused",
          query: "event.category : file and event.outcome : failure",
          metric: EVENTS,
          splits: [by("process.executable", "Binary"), by("file.path", "File")],
        },
      ],
    ],
    [18, [48, { chart: "search", search: SEARCHES.files }]],
  ]),
};
