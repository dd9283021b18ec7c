/** @module Options of the HTTP exporter. */
import { checkedText, choice, duration, integer, list, path, size, text } from "../../config/kind.ts";
import { optionRows, type ValuesOf } from "../../config/option.ts";
import { isHeader } from "../../lib/text/header.ts";
import { deadLetterOptions } from "../delivery/dead-letter-options.ts";
import { queueOptions } from "../delivery/queue-options.ts";
import { tlsOptions } from "../tls-options.ts";
import { HTTP_FORMATS } from "./format-names.ts";

const GROUP = "HTTP";
const COMMON = { group: GROUP, from: "tetrad", support: "used" } as const;

export const httpRows = optionRows(() => ({
  "http-url": {
    ...COMMON,
    placeholder: "URL",
    kind: checkedText(
      "a URL that begins with http:// or https://, such as https://intake:8088/path, with no user in it",
      isUrl,
    ),
    default: "",
    description:
      "Where events are sent in batches over HTTP: a webhook, or an intake that --http-format names. Without a path it is the one that the format has.",
    secret: true,
  },
  "http-format": {
    ...COMMON,
    placeholder: HTTP_FORMATS.join("|"),
    kind: choice(HTTP_FORMATS),
    default: "ndjson",
    description:
      "What a request is: ndjson, one event a line; json, a list of events; splunk-hec, events of Splunk's HTTP Event Collector; loki, a push to Grafana Loki; datadog, logs of Datadog's intake. In the last two an event is a text.",
  },
  "http-method": {
    ...COMMON,
    placeholder: "post|put|patch",
    kind: choice(["post", "put", "patch"]),
    default: "post",
    description: "Method of the requests.",
  },
  "http-headers": {
    ...COMMON,
    placeholder: "NAME: VALUE,...",
    kind: list("headers such as X-Scope-OrgID: tenant", isHeader, { isItem: true }),
    default: "",
    description:
      "Further headers; as a flag, one each time it is given. What is secret is better in --http-headers-file or the variable TETRAGON_HTTP_HEADERS.",
    secret: true,
  },
  "http-headers-file": {
    ...COMMON,
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "File that has further headers, one a line. It is read anew when it has changed.",
  },
  "http-token": {
    ...COMMON,
    placeholder: "TOKEN",
    kind: text(),
    default: "",
    description:
      "Token in the header that the format has for it: Splunk's, Datadog's DD-API-KEY, else Authorization: Bearer. Better in --http-token-file or the variable TETRAGON_HTTP_TOKEN.",
    secret: true,
  },
  "http-token-file": {
    ...COMMON,
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "File that has the token. It is read anew when it has changed.",
  },
  "http-compression": {
    ...COMMON,
    placeholder: "none|gzip|zstd",
    kind: choice(["none", "gzip", "zstd"]),
    default: "gzip",
    description: "How requests are compressed. Not every receiver takes zstd.",
  },
  "http-workers": {
    ...COMMON,
    placeholder: "COUNT",
    kind: integer({ min: 1, max: 32 }),
    default: "2",
    description: "Requests in flight at most.",
  },
  "http-batch-max-bytes": {
    ...COMMON,
    placeholder: "SIZE",
    kind: size({ min: 4096, max: 64 * 1024 ** 2 }),
    default: "1M",
    description: "Bytes of one request, before compression. An event that is larger goes alone.",
  },
  "http-batch-max-size": {
    ...COMMON,
    placeholder: "COUNT",
    kind: integer({ min: 1, max: 100_000 }),
    default: "1000",
    description: "Events of one request at most.",
  },
  "http-timeout": {
    ...COMMON,
    placeholder: "DURATION",
    kind: duration({ min: 100, max: 3_600_000 }),
    default: "30s",
    description: "How long one request may take until its answer is there; then it is sent again.",
  },
  ...tlsOptions("http", GROUP),
  ...queueOptions("http", GROUP),
  ...deadLetterOptions("http", GROUP),
}));

/** The values of {@link httpRows}. */
export type HttpValues = ValuesOf<ReturnType<typeof httpRows>>;

function isUrl(value: string): boolean {
  if (value === "") return true;
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return false;
  const { username, password, hash } = new URL(value);
  return username === "" && password === "" && hash === "";
}
