/** @module `tetrad elastic setup`. */
import { boolean, checkedText, choice, integer } from "../../config/kind.ts";
import type { OptionRows, ValuesOf } from "../../config/option.ts";
import { readConnection } from "../../exporter/elasticsearch/connection.ts";
import { Cluster } from "../../lib/elasticsearch/cluster.ts";
import { ClusterError } from "../../lib/elasticsearch/error.ts";
import { parseNodeUrl } from "../../lib/elasticsearch/host.ts";
import { BUILD_INFO } from "../../metadata/build-info.ts";
import { type Command, type CommandContext, HELP_FLAG } from "../command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK } from "../exit-code.ts";
import { clusterOf, OWN, readOptions, rowsWith, streamOf } from "./options.ts";

const OPTIONS = rowsWith({
  "kibana-url": {
    ...OWN,
    placeholder: "URL",
    kind: checkedText(
      "the address of Kibana such as http://localhost:5601, with /s/SPACE where it is to be another space",
      (url) => url === "" || parseNodeUrl(url) !== undefined,
    ),
    default: "",
    description:
      "Kibana or OpenSearch Dashboards: gets data view, searches, dashboards and alert rules, with the same credentials. Empty: --print-saved-objects prints them for its import page.",
  },
  "retention-days": {
    ...OWN,
    placeholder: "DAYS",
    kind: integer({ min: 0, max: 36_500 }),
    default: "30",
    description: "How long a full index is kept, by the lifecycle policy: 30 unless set; 0 for good.",
  },
  rules: {
    ...OWN,
    kind: boolean(),
    default: "true",
    description:
      "Make the rules that alert when an agent is started anew, has another version, or is silent; --rules=false leaves them out.",
  },
  rollover: {
    ...OWN,
    kind: boolean(),
    default: "false",
    description:
      "Begin a new index where the newest one of the data stream has an older mapping than the template. Without it the next rollover does.",
  },
  force: {
    ...OWN,
    kind: boolean(),
    default: "false",
    description: "Write over what others have made or changed.",
  },
  "dry-run": {
    ...OWN,
    kind: boolean(),
    default: "false",
    description: "Ask the servers, say what would be done, and change nothing.",
  },
  print: {
    ...OWN,
    kind: boolean(),
    default: "false",
    description:
      "Ask nobody: print every request, as the console of Kibana's Dev Tools takes them, for those who deploy by other means.",
  },
  "print-saved-objects": {
    ...OWN,
    kind: boolean(),
    default: "false",
    description: "Ask nobody: print data view, searches and dashboards as Kibana's import page takes them.",
  },
  for: {
    ...OWN,
    placeholder: "elasticsearch|opensearch",
    kind: choice(["elasticsearch", "opensearch"]),
    default: "elasticsearch",
    description: "For whom --print and --print-saved-objects print: elasticsearch unless set.",
  },
} as const satisfies OptionRows);

type Values = ValuesOf<typeof OPTIONS>;

const DETAILS = [
  "Makes a lifecycle policy, an ingest pipeline (for raw events by Filebeat or UDP), component templates, an index template and the data stream; in Kibana data view, searches, dashboards and alert rules. A second run finds everything up to date. What others have changed is left alone, and said.",
  "It finds out what the server has: Elasticsearch 7.17, 8, 9 (index lifecycle management) and OpenSearch 2, 3 (index state management). A server without data streams gets an index.",
  "Rights it needs: cluster privileges manage_index_templates, manage_ingest_pipelines, manage_ilm and monitor; index privileges create_index and view_index_metadata on the data stream.",
];

export const setup: Command = {
  flags: { ...OPTIONS, ...HELP_FLAG },
  help: {
    summary:
      "Make templates, lifecycle policy, pipeline and data stream; in Kibana dashboards and alert rules.",
    details: DETAILS,
    examples: [
      {
        does: "Set up a cluster and Kibana; the key comes from a file.",
        command: [
          "tetrad elastic setup --elasticsearch-hosts=https://es1:9200 \\",
          "  --elasticsearch-api-key-file=/etc/tetrad/key --kibana-url=https://kibana:5601",
        ],
      },
      { does: "See what would be done.", command: ["tetrad elastic setup --dry-run"] },
      { does: "Deploy it by other means.", command: ["tetrad elastic setup --print > tetragon.console"] },
      {
        does: "Import the dashboards by hand.",
        command: ["tetrad elastic setup --print-saved-objects > tetragon.ndjson"],
      },
    ],
    exitCodes: {
      [EXIT_OK]: "done, or there was nothing to do",
      [EXIT_FAILED]:
        "something was refused, or left alone because others have changed it; or no server answers",
      [EXIT_CONFIG]: "a flag, variable or file is wrong",
    },
  },
  async run(context) {
    const values = await readOptions(OPTIONS, context);
    const name = streamOf(values);
    const settings = {
      name,
      retentionDays: values["retention-days"],
      hasOriginal: values["ecs-original"],
    };
    if (values.print || values["print-saved-objects"]) {
      const { printedObjects, printedRequests } = await import("../../elastic/setup/print.ts");
      const shown = values["print-saved-objects"]
        ? printedObjects(name, values.for)
        : printedRequests(settings, values.for, values.rules);
      context.print(shown);
      return EXIT_OK;
    }
    return apply(values, settings, context);
  },
};

async function apply(
  values: Values,
  settings: { name: ReturnType<typeof streamOf>; retentionDays: number; hasOriginal: boolean },
  { print, printError }: CommandContext,
): Promise<number> {
  const { flavourOf } = await import("../../elastic/setup/flavour-of.ts");
  const { setup: run } = await import("../../elastic/setup/setup.ts");
  const cluster = await clusterOf(values, "set anything up");
  const url = values["kibana-url"];
  const connection = await readConnection(values);
  const kibana = url === "" ? undefined : new Cluster({ ...connection, hosts: [parseNodeUrl(url)!] });
  let refused = 0;
  try {
    const flavour = await flavourOf(cluster);
    print(`${describe(flavour)}, data stream ${settings.name.index}\n`);
    if (flavour.lifecycle === "none")
      print("This server has no lifecycle policies: old events stay until you remove them.\n");
    const all = {
      ...settings,
      cluster,
      kibana,
      flavour,
      version: BUILD_INFO.version,
      hasRules: values.rules,
      isRolledOver: values.rollover,
      isDryRun: values["dry-run"],
      isForced: values.force,
    };
    await run(all, ({ number, of, kind, name, outcome, isRefused }) => {
      if (isRefused) refused++;
      print(`${String(number).padStart(2)}/${of}  ${kind.padEnd(18)}  ${name.padEnd(36)}  ${outcome}\n`);
    });
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    printError(`Cannot go on: ${error.message}\n`);
    return EXIT_FAILED;
  }
  if (kibana === undefined && refused === 0) {
    print(
      "For dashboards: --kibana-url, or --print-saved-objects and Stack Management > Saved Objects > Import.\n",
    );
  }
  return refused > 0 ? EXIT_FAILED : EXIT_OK;
}

function describe({ distribution, version }: { distribution: string; version: string }): string {
  return `${distribution === "opensearch" ? "OpenSearch" : "Elasticsearch"} ${version}`;
}
