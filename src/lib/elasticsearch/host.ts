/** @module The address of one node, as users write it. */

/** Where a node listens when its address has no port, as every client of Elasticsearch has it. */
const DEFAULT_PORT = "9200";

/**
 * Reads `https://es1:9200/prefix`, `es1:9200` or `es1`. Without a scheme it is `http`, without a port 9200.
 * @returns The URL without a slash at its end; `undefined` for what is no such address, and for one with a user or a query in
 * it: what is in an address is in every log.
 */
export function parseNodeUrl(text: string): string | undefined {
  const hasScheme = /^[a-z]+:\/\//i.test(text);
  let url: URL;
  try {
    url = new URL(hasScheme ? text : `http://${text}`);
  } catch {
    return undefined;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return undefined;
  // What is a scheme's own port is left out of a URL: it was there if the text says so.
  const authority = /^(?:[a-z]+:\/\/)?(?<authority>[^/?#]*)/i.exec(text)?.groups?.authority ?? "";
  const port = url.port || (/:\d+$/.test(authority) ? authority.replace(/^.*:/, "") : DEFAULT_PORT);
  if (url.hostname === "" || Number(port) === 0) return undefined;
  return `${url.protocol}//${url.hostname}:${port}${url.pathname.replace(/\/+$/, "")}`;
}
