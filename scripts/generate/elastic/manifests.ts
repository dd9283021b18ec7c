/** @module The manifests of the package for Elastic's Fleet, and how Elastic Agent reads events for it. */
import { DATA_STREAM } from "../../../src/encoding/ecs/settings.ts";

/** What the package is called: before each of its ids, and in Fleet. */
export const PACKAGE = "tetrad";
/** Of the specification that it follows: https://github.com/elastic/package-spec */
const FORMAT_VERSION = "3.1.4";
/** Kibana's that its dashboards are for. */
const KIBANA = "^8.13.0 || ^9.0.0";

/** The package's `manifest.yml`. */
export function packageManifest(version: string): object {
  return {
    format_version: FORMAT_VERSION,
    name: PACKAGE,
    title: "Tetragon events (tetrad)",
    version,
    source: { license: "Apache-2.0" },
    description:
      "Collect security events of Tetragon and tetrad from files or over UDP with Elastic Agent: processes, connections, files, privileges.",
    type: "integration",
    categories: ["security", "edr_xdr", "containers"],
    conditions: { kibana: { version: KIBANA }, elastic: { subscription: "basic" } },
    icons: [{ src: "/img/logo.svg", title: "tetrad", size: "32x32", type: "image/svg+xml" }],
    policy_templates: [
      {
        name: PACKAGE,
        title: "Tetragon events",
        description: "Collect security events of Tetragon and tetrad with Elastic Agent.",
        inputs: [
          {
            type: "filestream",
            title: "Collect events from files",
            description:
              "Collecting the export file of the agent, or the log of the export-stdout container.",
          },
          {
            type: "udp",
            title: "Collect events over UDP",
            description: "Collecting the datagrams of tetrad.",
          },
        ],
      },
    ],
    owner: { github: "tetrad", type: "community" },
  };
}

const variable = (name: string, type: string, title: string, more: object) => ({
  name,
  type,
  title,
  ...more,
});

const SHARED = [
  variable("tags", "text", "Tags", {
    multi: true,
    required: true,
    show_user: false,
    default: ["forwarded", "tetragon"],
  }),
  variable("processors", "yaml", "Processors", {
    multi: false,
    required: false,
    show_user: false,
    description: "Processors of Elastic Agent, which run before events leave the host.",
  }),
];

/** The data stream's `manifest.yml`. */
export function streamManifest(): object {
  return {
    title: "Tetragon events",
    type: DATA_STREAM.type,
    dataset: DATA_STREAM.dataset,
    elasticsearch: { index_template: { settings: { index: { codec: "best_compression" } } } },
    streams: [
      {
        input: "filestream",
        title: "Events from files",
        description: "Collect events from the export file of the agent.",
        template_path: "filestream.yml.hbs",
        vars: [
          variable("paths", "text", "Paths", {
            multi: true,
            required: true,
            show_user: true,
            default: ["/var/log/tetrad/*.log", "/var/log/containers/tetragon*export-stdout*.log"],
            description: "Files with one event a line; those of containers as their runtime writes them.",
          }),
          variable("exclude_files", "text", "Exclude Files", {
            multi: true,
            required: false,
            show_user: false,
            default: ["\\.gz$"],
          }),
          ...SHARED,
        ],
      },
      {
        input: "udp",
        title: "Events over UDP",
        description: "Collect the datagrams of tetrad, one event in each.",
        template_path: "udp.yml.hbs",
        enabled: false,
        vars: [
          variable("listen_address", "text", "Listen Address", {
            required: true,
            show_user: true,
            default: "localhost",
          }),
          variable("listen_port", "integer", "Listen Port", {
            required: true,
            show_user: true,
            default: 9514,
          }),
          variable("max_message_size", "text", "Maximum Size of a Datagram", {
            required: true,
            show_user: false,
            default: "64KiB",
          }),
          ...SHARED,
        ],
      },
    ],
  };
}

const REST = `tags:
{{#each tags as |tag|}}
  - {{tag}}
{{/each}}
{{#contains "forwarded" tags}}
publisher_pipeline.disable_host: true
{{/contains}}
{{#if processors}}
processors:
{{processors}}
{{/if}}
`;

/** How Elastic Agent reads, by the name of the file. */
export const AGENT_TEMPLATES: Readonly<Record<string, string>> = {
  "filestream.yml.hbs": `paths:
{{#each paths as |path|}}
  - {{path}}
{{/each}}
{{#if exclude_files}}
prospector.scanner.exclude_files:
{{#each exclude_files as |pattern|}}
  - {{pattern}}
{{/each}}
{{/if}}
prospector.scanner.symlinks: true
parsers:
  - container: ~
${REST}`,
  "udp.yml.hbs": `host: {{listen_address}}:{{listen_port}}
max_message_size: {{max_message_size}}
${REST}`,
};
