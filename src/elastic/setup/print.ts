/** @module Everything as text, for those who deploy by other means. */

import type { AssetSettings, Json } from "../asset.ts";
import { assets } from "../assets.ts";
import { PRINTED } from "../flavour.ts";
import { ownNames, toNdjson } from "../kibana/object.ts";
import { savedObjects } from "../kibana/objects.ts";
import { alertRules, kibanaRule, openSearchMonitor } from "../kibana/rules.ts";
import type { StreamName } from "../stream-name.ts";

/** For whom it is printed. */
export type PrintedFor = keyof typeof PRINTED;

/** Every request, as the console of Dev Tools takes them. */
export function printedRequests(settings: AssetSettings, who: PrintedFor, hasRules: boolean): string {
  const requests = assets(settings, PRINTED[who]).map(({ path, body }) => request("PUT", path, body));
  const rules = hasRules ? alertRules(settings.name) : [];
  const ruleRequests = rules.map((rule) =>
    who === "opensearch"
      ? request("POST", "/_plugins/_alerting/monitors", openSearchMonitor(rule, settings.name))
      : request("POST", `kbn:/api/alerting/rule/${rule.uuid}`, kibanaRule(rule)),
  );
  return [...requests, ...ruleRequests].join("\n");
}

function request(method: string, path: string, body: Json | undefined): string {
  return `${method} ${path}\n${body === undefined ? "" : `${JSON.stringify(body, null, 2)}\n`}`;
}

/** Data view, searches and dashboards, one object a line. */
export function printedObjects(name: StreamName, who: PrintedFor): string {
  return toNdjson(savedObjects(ownNames(name), who === "opensearch" ? "opensearch-dashboards" : "kibana"));
}
