import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../src/agent/config.ts";
import {
  CASES,
  chartDigest,
  findHelm,
  goldenFile,
  helm,
  only,
  parseManifests,
  templateArgs,
  valuesFile,
} from "./support.ts";

const HELM = findHelm();
const directory = mkdtempSync(join(tmpdir(), "tetrad-chart-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

if (process.env.UPDATE_GOLDEN === "1") {
  if (HELM === undefined)
    throw new Error("Cannot render the chart: needs helm (npm run acceptance -- kubernetes)");
  mkdirSync(goldenFile(""), { recursive: true });
  for (const name of CASES)
    writeFileSync(goldenFile(`${name}.yaml`), helm(HELM, templateArgs(valuesFile(name))));
  writeFileSync(goldenFile("chart.sha256"), `${chartDigest()}\n`);
}

const rendered = (name: string) => readFileSync(goldenFile(`${name}.yaml`), "utf8");

test("what Helm rendered is of this chart and these values (UPDATE_GOLDEN=1 renders anew, with helm)", () => {
  expect(chartDigest()).toBe(readFileSync(goldenFile("chart.sha256"), "utf8").trim());
});

describe.skipIf(HELM === undefined)("helm", () => {
  test.each(CASES)("renders %s as it was looked at", (name) => {
    expect(helm(HELM as string, templateArgs(valuesFile(name)))).toBe(rendered(name));
  });
});

/** A ConfigMap as Kubernetes mounts it. */
function mounted(name: string, data: Record<string, string>): string {
  const path = join(directory, name);
  mkdirSync(path);
  for (const [key, text] of Object.entries(data)) writeFileSync(join(path, key), text);
  return path;
}

describe.each(CASES)("what is rendered for %s", (name) => {
  const manifests = parseManifests(rendered(name));
  const daemonSet = only(
    manifests.filter(({ metadata }) => metadata.labels["app.kubernetes.io/component"] === "agent"),
    "DaemonSet",
  );
  const { template, selector } = daemonSet.spec;
  const containers: {
    name: string;
    args: string[];
    env?: { name: string; value?: string }[];
    volumeMounts: { name: string }[];
  }[] = template.spec.containers;

  test("the agent takes each option of the ConfigMap, without a warning but for options that do nothing here", async () => {
    const { data } = only(manifests, "ConfigMap");
    const agent = containers.find((container) => container.name === "tetragon");
    const env = Object.fromEntries(
      (agent?.env ?? []).map((variable) => [variable.name, variable.value ?? "x"]),
    );
    const argv = agent?.args.map((argument) =>
      /^--config-dir=/.test(argument) ? `--config-dir=${mounted(name, data)}` : argument,
    );
    const { warnings } = await readConfig({ argv: argv ?? [], env });
    const isOfTetragon = (text: string) => /^(Accepted for Tetragon's sake|This version lacks)/.test(text);
    expect(warnings.filter((text) => !isOfTetragon(text))).toEqual([]);
  });

  test("the selector finds the pods, and so do the Services", () => {
    const { labels } = template.metadata;
    expect(labels).toMatchObject(selector.matchLabels);
    expect(labels["app.kubernetes.io/name"]).toBe("tetragon");
    for (const { kind, spec } of manifests)
      if (kind === "Service") expect(labels).toMatchObject(spec.selector);
  });

  test("each mount has a volume, and each volume of the chart's a mount", () => {
    const volumes = template.spec.volumes.map((volume: { name: string }) => volume.name).sort();
    const mounts = new Set(containers.flatMap(({ volumeMounts }) => volumeMounts.map((mount) => mount.name)));
    expect([...mounts].sort()).toEqual(volumes);
  });

  test("all of it is in the namespace of the release, or in none", () => {
    const namespaces = new Set(manifests.map(({ metadata }) => metadata.namespace ?? "kube-system"));
    expect([...namespaces]).toEqual(["kube-system"]);
  });

  test("the account has no right to change anything but Events", () => {
    const role = only(manifests, "ClusterRole");
    for (const { resources, verbs } of role.rules as { resources: string[]; verbs: string[] }[]) {
      const changes = verbs.filter((verb) => !["get", "list", "watch"].includes(verb));
      if (changes.length > 0) expect(resources).toEqual(["events"]);
    }
  });
});

describe("the document's values", () => {
  const manifests = parseManifests(rendered("document"));

  test("open the API to other pods", () => {
    expect(only(manifests, "ConfigMap").data["server-address"]).toBe("0.0.0.0:54321");
  });

  test("give a pod whose log is /var/log/containers/tetragon*export-stdout*.log", () => {
    const { metadata, spec } = only(manifests, "DaemonSet");
    expect(metadata.name).toBe("tetragon");
    expect(spec.template.spec.containers.map((container: { name: string }) => container.name)).toEqual([
      "export-stdout",
      "tetragon",
    ]);
  });
});
