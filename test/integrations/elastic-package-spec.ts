/**
 * @module What Elastic's specification of packages (elastic/package-spec, format 3.1) asks of the files that ours has, as JSON
 * Schemas: `spec/integration/` of that repository, the parts that we use. A key that is not listed there is refused there, too.
 */

const VERSION = { type: "string", pattern: "^\\d+\\.\\d+\\.\\d+(?:-[0-9A-Za-z.-]+)?(?:\\+[0-9A-Za-z-]+)?$" };
const closed = (properties: object, required: readonly string[] = []) => ({
  type: "object",
  additionalProperties: false,
  properties,
  required,
});
const text = { type: "string" };
const texts = { type: "array", items: text };
const flag = { type: "boolean" };

const VALUE = { anyOf: [{ type: ["string", "integer", "boolean", "null"] }, texts] };
const VARS = {
  type: "array",
  items: closed(
    {
      name: text,
      type: {
        enum: [
          "bool",
          "email",
          "integer",
          "password",
          "select",
          "text",
          "textarea",
          "time_zone",
          "url",
          "yaml",
        ],
      },
      title: text,
      description: text,
      multi: flag,
      required: flag,
      secret: flag,
      show_user: flag,
      default: VALUE,
    },
    ["name", "type"],
  ),
};
const ICONS = {
  type: "array",
  items: closed(
    {
      src: { type: "string", pattern: "^/img/" },
      title: text,
      size: { type: "string", pattern: "^\\d+x\\d+$" },
      type: text,
      dark_mode: flag,
    },
    ["src"],
  ),
};

/** `manifest.yml` */
export const MANIFEST = closed(
  {
    format_version: VERSION,
    name: { type: "string", pattern: "^[a-z0-9_]+$" },
    title: text,
    description: text,
    version: VERSION,
    source: closed({ license: { enum: ["Apache-2.0", "Elastic-2.0"] } }),
    type: { const: "integration" },
    // Of the list of categories those that fit.
    categories: {
      type: "array",
      items: {
        enum: ["security", "edr_xdr", "containers", "kubernetes", "network", "os_system", "observability"],
      },
    },
    conditions: closed({
      kibana: closed({ version: text }),
      elastic: closed({ subscription: { enum: ["basic", "gold", "platinum", "enterprise"] } }),
    }),
    policy_templates: {
      type: "array",
      items: closed(
        {
          name: text,
          title: text,
          description: text,
          inputs: {
            type: "array",
            items: closed({ type: text, title: text, description: text, multi: flag, vars: VARS }, [
              "type",
              "title",
              "description",
            ]),
          },
          multiple: flag,
          icons: ICONS,
        },
        ["name", "title", "description"],
      ),
    },
    icons: ICONS,
    owner: closed(
      {
        github: { type: "string", pattern: "^[a-zA-Z0-9-_]+(?:/[a-zA-Z0-9-_]+)?$" },
        type: { enum: ["elastic", "partner", "community"] },
      },
      ["github", "type"],
    ),
  },
  ["format_version", "name", "title", "description", "version", "type", "owner"],
);

/** `data_stream/NAME/manifest.yml` */
export const STREAM_MANIFEST = closed(
  {
    dataset: text,
    title: text,
    type: { enum: ["metrics", "logs", "synthetics", "traces", "profiling"] },
    ilm_policy: text,
    elasticsearch: closed({
      index_template: closed({
        settings: closed({ index: closed({ codec: { enum: ["default", "best_compression"] } }) }),
      }),
    }),
    streams: {
      type: "array",
      items: closed(
        { input: text, title: text, description: text, template_path: text, vars: VARS, enabled: flag },
        ["title", "description", "input"],
      ),
    },
  },
  ["title"],
);

/** Files of `data_stream/NAME/fields/`, names in dots: no groups. */
export const FIELDS = {
  type: "array",
  items: {
    ...closed(
      {
        name: { type: "string", pattern: "^[\\-*_/@A-Za-z0-9]+(?:\\.[\\-*_/@A-Za-z0-9]+)*$" },
        type: {
          enum: [
            "alias",
            "constant_keyword",
            "match_only_text",
            "keyword",
            "long",
            "date",
            "date_nanos",
            "boolean",
            "ip",
            "wildcard",
          ],
        },
        description: text,
        value: text,
        external: { const: "ecs" },
        path: text,
        date_format: text,
        ignore_above: { type: "integer" },
        ignore_malformed: flag,
      },
      ["name"],
    ),
    anyOf: [{ required: ["external"] }, { required: ["type"] }],
  },
};

/** `changelog.yml` */
export const CHANGELOG = {
  type: "array",
  minItems: 1,
  items: closed(
    {
      version: VERSION,
      changes: {
        type: "array",
        items: closed(
          {
            description: text,
            type: { enum: ["breaking-change", "bugfix", "enhancement", "deprecation"] },
            link: { type: "string", pattern: "^https://" },
          },
          ["description", "type", "link"],
        ),
      },
    },
    ["version", "changes"],
  ),
};

const PROCESSORS = {
  type: "array",
  items: {
    ...closed(
      Object.fromEntries(
        ["append", "json", "remove", "rename", "script", "set"].map((name) => [
          name,
          { type: "object", required: ["tag"] },
        ]),
      ),
    ),
    minProperties: 1,
    maxProperties: 1,
  },
};

/** `data_stream/NAME/elasticsearch/ingest_pipeline/NAME.yml`; that processors have tags is asked for besides. */
export const PIPELINE = closed({ description: text, processors: PROCESSORS, on_failure: PROCESSORS });

/** `validation.yml` */
export const VALIDATION = closed({ errors: closed({ exclude_checks: texts }) });

/** Every file that a package may have, as far as ours has it; a name in braces stands for any. */
export const PLACES: readonly RegExp[] = [
  /^(?:manifest|changelog|validation)\.yml$/,
  /^(?:LICENSE|NOTICE)\.txt$/,
  /^docs\/[^/]+\.md$/,
  /^img\/[^/]+\.(?:svg|png)$/,
  /^_dev\/build\/docs\/[^/]+\.md$/,
  /^kibana\/(?:dashboard|search|lens|visualization|map|tag)\/tetrad-(?!.*-(?:ecs|ECS)\.json$)[^/]+\.json$/,
  /^data_stream\/[a-z0-9][a-z0-9_]*[a-z0-9]\/manifest\.yml$/,
  /^data_stream\/[a-z0-9_]+\/sample_event\.json$/,
  /^data_stream\/[a-z0-9_]+\/fields\/[^/]+\.yml$/,
  /^data_stream\/[a-z0-9_]+\/agent\/stream\/[^/]+\.yml\.hbs$/,
  /^data_stream\/[a-z0-9_]+\/elasticsearch\/ingest_pipeline\/[^/]+\.yml$/,
  /^data_stream\/[a-z0-9_]+\/_dev\/test\/pipeline\/test-[^/]+\.(?:log|json|log-expected\.json|log-config\.yml)$/,
];
