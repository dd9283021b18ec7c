/**
 * @module Rules that raise an alert: an agent was started anew, its version is another one, it is silent. For Kibana in its
 * query language ES|QL, for OpenSearch as monitors of its alerting plugin.
 */
import type { Json } from "../asset.ts";
import type { StreamName } from "../stream-name.ts";

/** One rule, in both forms. */
export interface AlertRule {
  /** Of Kibana's object: a rule has an id of this form. */
  readonly uuid: string;
  readonly name: string;
  /** How often it is looked at, minutes. */
  readonly everyMinutes: number;
  /** What is looked at, minutes back from now. */
  readonly windowMinutes: number;
  /** Kibana's version from which on it can be asked: ES|QL took times in nanoseconds later than texts. */
  readonly kibana: readonly [major: number, minor: number];
  /** A row of its answer is an alert. */
  readonly esql: string;
  /** A search of which each bucket of `hosts` is an alert. */
  readonly search: Json;
}

const MINUTES_OF_DAY = 1440;
/** Longer than that an agent that sends something every minute says nothing only if something is wrong. */
const SILENT_MINUTES = 15;

function search(filter: readonly Json[], windowMinutes: number, aggs: Json, condition: Json): Json {
  return {
    size: 0,
    query: { bool: { filter: [{ range: { "@timestamp": { gte: `now-${windowMinutes}m` } } }, ...filter] } },
    aggs: {
      hosts: {
        terms: { field: "host.name", size: 1000 },
        aggs: { ...aggs, alert: { bucket_selector: condition } },
      },
    },
  };
}

/** The rules for one data stream. */
export function alertRules({ pattern }: StreamName): AlertRule[] {
  const from = `FROM ${pattern}`;
  return [
    {
      uuid: "7465e7a1-0001-4000-8000-000000000001",
      name: "Tetragon: agent restarted",
      everyMinutes: 1,
      windowMinutes: 5,
      kibana: [8, 14],
      esql: `${from} | WHERE event.action == "agent_init" | STATS starts = COUNT(*) BY host.name | WHERE starts > 0`,
      search: search(
        [{ term: { "event.action": "agent_init" } }],
        5,
        {},
        { buckets_path: { starts: "_count" }, script: "params.starts > 0" },
      ),
    },
    {
      uuid: "7465e7a1-0002-4000-8000-000000000002",
      name: "Tetragon: version of an agent changed",
      everyMinutes: 5,
      windowMinutes: MINUTES_OF_DAY,
      kibana: [8, 14],
      esql: `${from} | WHERE agent.version IS NOT NULL | STATS versions = COUNT_DISTINCT(agent.version) BY host.name | WHERE versions > 1`,
      search: search(
        [],
        MINUTES_OF_DAY,
        { versions: { cardinality: { field: "agent.version" } } },
        { buckets_path: { versions: "versions" }, script: "params.versions > 1" },
      ),
    },
    {
      uuid: "7465e7a1-0003-4000-8000-000000000003",
      name: "Tetragon: agent is silent",
      everyMinutes: 5,
      windowMinutes: MINUTES_OF_DAY,
      kibana: [8, 18],
      esql: `${from} | STATS last = MAX(@timestamp) BY host.name | WHERE TO_DATETIME(last) < NOW() - ${SILENT_MINUTES} minutes`,
      search: search(
        [],
        MINUTES_OF_DAY,
        { recent: { filter: { range: { "@timestamp": { gte: `now-${SILENT_MINUTES}m` } } } } },
        { buckets_path: { recent: "recent>_count" }, script: "params.recent == 0" },
      ),
    },
  ];
}

/** A rule as Kibana's API takes it: `POST /api/alerting/rule/UUID`. */
export function kibanaRule(rule: AlertRule): Json {
  return {
    name: rule.name,
    tags: ["tetragon"],
    rule_type_id: ".es-query",
    consumer: "stackAlerts",
    schedule: { interval: `${rule.everyMinutes}m` },
    actions: [],
    params: {
      searchType: "esqlQuery",
      esqlQuery: { esql: rule.esql },
      timeField: "@timestamp",
      timeWindowSize: rule.windowMinutes,
      timeWindowUnit: "m",
      threshold: [0],
      thresholdComparator: ">",
      size: 100,
      aggType: "count",
      groupBy: "all",
      excludeHitsFromPreviousRun: false,
    },
  };
}

/** A rule as OpenSearch's API takes it: `POST /_plugins/_alerting/monitors`. */
export function openSearchMonitor(rule: AlertRule, { pattern }: StreamName): Json {
  return {
    type: "monitor",
    name: rule.name,
    monitor_type: "query_level_monitor",
    enabled: true,
    schedule: { period: { interval: rule.everyMinutes, unit: "MINUTES" } },
    inputs: [{ search: { indices: [pattern], query: rule.search } }],
    triggers: [
      {
        query_level_trigger: {
          name: rule.name,
          severity: "3",
          condition: {
            script: {
              source: "ctx.results[0].aggregations.hosts.buckets.size() > 0",
              lang: "painless",
            },
          },
          actions: [],
        },
      },
    ],
  };
}
