/**
 * @module The ingest pipeline for those who ship the raw events, by Filebeat or over UDP: it makes the same documents as the
 * encoder, on the server.
 */
import { ECS_VERSION } from "../../encoding/ecs/fields.ts";
import { DATA_STREAM, MODULE } from "../../encoding/ecs/settings.ts";
import type { Asset, Json } from "../asset.ts";
import type { Flavour } from "../flavour.ts";
import type { StreamName } from "../stream-name.ts";
import SCRIPT from "./document.painless" with { type: "text" };
import { parameters } from "./parameters.ts";

/** What came is no document of ours yet. */
const IS_RAW = "ctx.cilium_tetragon?.log == null && ctx.message instanceof String";

/** The pipeline, as an object of a server. */
export function pipeline({ base, dataset }: StreamName, { hasPipelineMeta }: Flavour): Asset {
  return {
    kind: "ingest pipeline",
    name: base,
    path: `/_ingest/pipeline/${base}`,
    body: pipelineBody(dataset),
    mark: hasPipelineMeta ? "_meta" : "description",
    read: (answer) => answer[base] as Json | undefined,
  };
}

/** What it does. @param dataset What documents belong to. */
export function pipelineBody(dataset: string = DATA_STREAM.dataset): Json {
  const constants = {
    "ecs.version": ECS_VERSION,
    "event.module": MODULE,
    "event.dataset": dataset,
    "data_stream.dataset": dataset,
  };
  return {
    description:
      "Raw events of Tetragon as documents of the Elastic Common Schema; documents of tetrad stay as they are",
    processors: [
      ...Object.entries(constants).map(([field, value]) => ({ set: { tag: `set_${field}`, field, value } })),
      {
        rename: {
          tag: "original",
          if: "ctx.message == null",
          field: "event.original",
          target_field: "message",
          ignore_missing: true,
        },
      },
      { remove: { tag: "one_copy", if: IS_RAW, field: "event.original", ignore_missing: true } },
      { json: { tag: "parse", if: IS_RAW, field: "message", target_field: "_tmp" } },
      {
        script: {
          tag: "document",
          if: "ctx._tmp != null",
          lang: "painless",
          params: parameters(),
          source: SCRIPT,
        },
      },
      // The time of the event, unless it says none: then that of the shipper stays.
      { remove: { tag: "clean", field: "_tmp", ignore_missing: true } },
    ],
    on_failure: [
      { set: { tag: "failed", field: "event.kind", value: "pipeline_error" } },
      {
        append: {
          tag: "why",
          field: "error.message",
          value:
            "Processor {{{_ingest.on_failure_processor_type}}} with tag {{{_ingest.on_failure_processor_tag}}} in pipeline {{{_ingest.on_failure_pipeline}}} failed with message: {{{_ingest.on_failure_message}}}",
        },
      },
      { remove: { tag: "clean_failed", field: "_tmp", ignore_missing: true } },
    ],
  };
}
