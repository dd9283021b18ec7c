/**
 * The definitions on a real API server, which `KUBECONFIG` names: it takes them, takes the policies that come with tetrad and Tetragon's
 * examples, and refuses what the reader refuses. Needs kubectl.
 */
import { beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { policyManifests } from "../../../src/policy/document/crd/index.ts";
import { exampleFiles, readPreparedExample } from "../examples.ts";
import { REFUSED } from "./crd-cases.ts";
import { documentOf, readText } from "./support.ts";

const POLICIES = join(import.meta.dir, "../../../policies");
const TIMEOUT_MS = 60_000;

async function kubectl(
  args: readonly string[],
  input = "",
): Promise<{ readonly code: number; readonly err: string }> {
  const child = Bun.spawn(["kubectl", ...args], {
    stdin: Buffer.from(input),
    stdout: "ignore",
    stderr: "pipe",
  });
  const err = await new Response(child.stderr).text();
  return { code: await child.exited, err };
}

const apply = (document: string) => kubectl(["apply", "--dry-run=server", "-f", "-"], document);

describe("A real API server", () => {
  beforeAll(async () => {
    const definitions = policyManifests().map(({ text }) => text);
    expect(await kubectl(["apply", "-f", "-"], definitions.join("---\n"))).toEqual({ code: 0, err: "" });
    const names = ["tracingpolicies", "tracingpoliciesnamespaced"].map((name) => `crd/${name}.cilium.io`);
    expect(await kubectl(["wait", "--for=condition=Established", ...names])).toMatchObject({ code: 0 });
  }, TIMEOUT_MS);

  test.each(readdirSync(POLICIES))(
    "takes %s",
    async (name) =>
      expect(await apply(readFileSync(join(POLICIES, name), "utf8"))).toEqual({ code: 0, err: "" }),
    TIMEOUT_MS,
  );

  test.each(exampleFiles())(
    "takes the example %s where the reader does",
    async (file) => {
      const documents = readPreparedExample(file).split(/^---$/m);
      const text = documents.filter((document) => /^kind: TracingPolicy/m.test(document)).join("---");
      const { lines } = readText(text);
      const errors = lines.filter((line) => / error: /.test(line));
      const { code, err } = await apply(text);
      if (errors.length === 0) expect([code, err]).toEqual([0, ""]);
    },
    TIMEOUT_MS,
  );

  test.each(REFUSED)(
    "refuses %s",
    async (_, spec) => {
      const { code, err } = await apply(documentOf(spec));
      expect([code, err]).toEqual([1, expect.stringMatching(/strict decoding error|is invalid/)]);
    },
    TIMEOUT_MS,
  );

  test(
    "refuses hostSelector in a policy for one namespace, and takes it in one for the cluster",
    async () => {
      const document = documentOf("hostSelector: {}\n");
      const namespaced = document.replace("kind: TracingPolicy", "kind: TracingPolicyNamespaced");
      expect(await apply(document)).toMatchObject({ code: 0 });
      expect((await apply(namespaced)).err).toContain("a policy for one namespace has no hostSelector");
    },
    TIMEOUT_MS,
  );
});
