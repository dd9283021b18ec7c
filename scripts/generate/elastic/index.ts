/**
 * @module `integrations/elastic/`: what is put into Elasticsearch, OpenSearch and Kibana, for those who do not run
 * `tetrad elastic setup`, and the package for Elastic's Fleet. A process of its own makes it: the description of events that it
 * is derived from may just have been generated.
 *
 *     bun scripts/generate/elastic/index.ts      # prints the files by path, as JSON
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import packageJson from "../../../package.json";
import { pipelineBody } from "../../../src/elastic/pipeline/pipeline.ts";
import { printedObjects, printedRequests } from "../../../src/elastic/setup/print.ts";
import { parseStreamName } from "../../../src/elastic/stream-name.ts";
import { DEFAULT_INDEX } from "../../../src/exporter/elasticsearch/options.ts";
import { assetFiles } from "./assets.ts";
import { baseFields, ecsFields, ownFields } from "./fields.ts";
import { AGENT_TEMPLATES, PACKAGE, packageManifest, streamManifest } from "./manifests.ts";
import { expectedDocument, testLines } from "./pipeline-tests.ts";

const ROOT = join(import.meta.dir, "../../..");
const TARGET = "integrations/elastic";
const STREAM = "data_stream/log";

const yaml = (value: unknown) => `---\n${stringify(value, { lineWidth: 0 })}`;
const json = (value: unknown) => `${JSON.stringify(value, null, 4)}\n`;

const VALIDATION = {
  // Elastic's own validation steps look for the event in message: there it stays, and event.original is its alias.
  errors: { exclude_checks: ["JSE00001"] },
};

const CHANGELOG = (version: string) => [
  {
    version,
    changes: [
      {
        description: "Events of Tetragon and tetrad, with dashboards.",
        type: "enhancement",
        link: "https://tetragon.io/docs/concepts/events/",
      },
    ],
  },
];

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32" viewBox="0 0 32 32"><path d="M16 2 29 10v12L16 30 3 22V10z" fill="#1d4b66"/><path d="M10 12h12M16 12v11" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>
`;

/** The package, by path within it. */
function packageFiles(): Record<string, string> {
  const { version } = packageJson;
  const readme = readFileSync(join(import.meta.dir, "README.md"), "utf8");
  const lines = testLines();
  return {
    "manifest.yml": stringify(packageManifest(version), { lineWidth: 0 }),
    "changelog.yml": stringify(CHANGELOG(version), { lineWidth: 0 }),
    "validation.yml": stringify(VALIDATION, { lineWidth: 0 }),
    "LICENSE.txt": readFileSync(join(ROOT, "LICENSE"), "utf8"),
    "img/logo.svg": LOGO,
    "docs/README.md": readme,
    "_dev/build/docs/README.md": readme,
    [`${STREAM}/manifest.yml`]: stringify(streamManifest(), { lineWidth: 0 }),
    [`${STREAM}/elasticsearch/ingest_pipeline/default.yml`]: yaml(pipelineBody()),
    [`${STREAM}/fields/base-fields.yml`]: stringify(baseFields(), { lineWidth: 0 }),
    [`${STREAM}/fields/ecs.yml`]: stringify(ecsFields(), { lineWidth: 0 }),
    [`${STREAM}/fields/fields.yml`]: stringify(ownFields(), { lineWidth: 0 }),
    [`${STREAM}/sample_event.json`]: json(expectedDocument(lines[0]!)),
    [`${STREAM}/_dev/test/pipeline/test-events.log`]: `${lines.join("\n")}\n`,
    [`${STREAM}/_dev/test/pipeline/test-events.log-expected.json`]: json({
      expected: lines.map(expectedDocument),
    }),
    ...Object.fromEntries(
      Object.entries(AGENT_TEMPLATES).map(([name, text]) => [`${STREAM}/agent/stream/${name}`, text]),
    ),
    ...assetFiles(),
  };
}

/** Requests and objects for the default data stream. */
function plainFiles(): Record<string, string> {
  const name = parseStreamName(DEFAULT_INDEX);
  const settings = { name, retentionDays: 30, hasOriginal: false };
  return {
    "elasticsearch.console": printedRequests(settings, "elasticsearch", true),
    "opensearch.console": printedRequests(settings, "opensearch", true),
    "kibana.ndjson": printedObjects(name, "elasticsearch"),
    "opensearch-dashboards.ndjson": printedObjects(name, "opensearch"),
  };
}

function render(): Record<string, string> {
  const within = (directory: string, files: Record<string, string>) =>
    Object.entries(files).map(([path, text]) => [`${directory}/${path}`, text] as const);
  return Object.fromEntries([
    ...within(TARGET, plainFiles()),
    ...within(`${TARGET}/package/${PACKAGE}`, packageFiles()),
  ]);
}

/** The files by path, from the top of the project. */
export function renderElastic(): Record<string, string> {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, import.meta.path]);
  if (exitCode !== 0) throw new Error(`Cannot make integrations/elastic: ${stderr}`);
  return JSON.parse(stdout.toString());
}

if (import.meta.main) process.stdout.write(JSON.stringify(render()));
