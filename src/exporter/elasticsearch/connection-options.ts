/** @module Options of how a cluster is reached, which commands about it have, too. */
import { checkedText, choice, duration, list, path, text } from "../../config/kind.ts";
import { optionRows, type ValuesOf } from "../../config/option.ts";
import { VERIFICATIONS } from "../../lib/client-tls.ts";
import { parseNodeUrl } from "../../lib/elasticsearch/host.ts";

const COMMON = { group: "Elasticsearch", from: "tetrad", support: "used" } as const;

export const connectionRows = optionRows(() => ({
  "elasticsearch-hosts": {
    ...COMMON,
    placeholder: "URL,...",
    kind: list(
      "addresses of nodes such as https://es1:9200, with no user and no query in them",
      (item) => parseNodeUrl(item) !== undefined,
    ),
    default: "",
    description:
      "Nodes of an Elasticsearch or OpenSearch cluster; setting them sends events there, as ECS documents. They are asked in turn, and one that fails is set aside for a while. Without a port it is 9200, without a scheme http.",
  },
  "elasticsearch-api-key": {
    ...COMMON,
    placeholder: "KEY",
    kind: text(),
    default: "",
    description:
      "API key, id:key or both in base64. Better in --elasticsearch-api-key-file or the variable TETRAGON_ELASTICSEARCH_API_KEY.",
    secret: true,
  },
  "elasticsearch-api-key-file": {
    ...COMMON,
    placeholder: "PATH",
    kind: path(),
    default: "",
    description:
      "File that has the API key. It is looked at every five seconds and when the key is refused, and read anew when it has changed.",
  },
  "elasticsearch-user": {
    ...COMMON,
    placeholder: "NAME",
    kind: text(),
    default: "",
    description: "User, where there is no API key.",
  },
  "elasticsearch-password": {
    ...COMMON,
    placeholder: "TEXT",
    kind: text(),
    default: "",
    description:
      "The user's password. Better in --elasticsearch-password-file or the variable TETRAGON_ELASTICSEARCH_PASSWORD.",
    secret: true,
  },
  "elasticsearch-password-file": {
    ...COMMON,
    placeholder: "PATH",
    kind: path(),
    default: "",
    description:
      "File that has the password. It is looked at every five seconds and when the password is refused, and read anew when it has changed.",
  },
  "elasticsearch-tls-ca-files": {
    ...COMMON,
    placeholder: "PATH,...",
    kind: list("paths of PEM files"),
    default: "",
    description:
      "Certificates (PEM) of those who may have signed the nodes' certificates. Empty: the usual authorities.",
  },
  "elasticsearch-tls-cert-file": {
    ...COMMON,
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "Certificate (PEM) that the agent shows to nodes that ask for one.",
  },
  "elasticsearch-tls-key-file": {
    ...COMMON,
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "Private key (PEM) of that certificate.",
  },
  "elasticsearch-tls-verification": {
    ...COMMON,
    placeholder: VERIFICATIONS.join("|"),
    kind: choice(VERIFICATIONS),
    default: "full",
    description:
      "What of a node's certificate is checked: full, that an authority has signed it and that it is for this host; certificate, the first only; none, nothing: whoever is in between may read events and credentials.",
  },
  "elasticsearch-proxy": {
    ...COMMON,
    placeholder: "URL",
    kind: checkedText(
      "the URL of an HTTP proxy such as http://proxy:3128",
      (value) => value === "" || /^https?:\/\/[^/]+\/?$/i.test(value),
    ),
    default: "",
    description:
      "HTTP proxy that nodes are reached through. Variables such as HTTP_PROXY are not obeyed: nobody has asked for them here.",
    secret: true,
  },
  "elasticsearch-timeout": {
    ...COMMON,
    placeholder: "DURATION",
    kind: duration({ min: 1000, max: 3_600_000 }),
    default: "90s",
    description: "How long one request may take until its answer is there; then it is sent again.",
  },
}));

/** The values of {@link connectionRows}. */
export type ConnectionValues = ValuesOf<ReturnType<typeof connectionRows>>;
