import { beforeAll, describe, expect, test } from "bun:test";

/** Modules that a run may load before its first datagram: whatever else is asked for is loaded when it is. */
const NEVER_AT_START = [
  { what: "the YAML parser", pattern: /^node_modules\/yaml\// },
  {
    what: "the stages of the pipeline",
    pattern: /^src\/pipeline\/(?!settings|plain-pipeline|invalid|stage|[a-z-]+\/options)/,
  },
  {
    what: "what describes, validates and shortens events",
    pattern: /^src\/event\/(?!batch|line-(?:state|view)|encode)/,
  },
  { what: "how files are followed", pattern: /^src\/source\/file\/(?!definition|options)/ },
  { what: "the checkpoint's file", pattern: /^src\/(?:checkpoint\/file|os\/(?:mapped-file|mapping))/ },
  { what: "CEL and RE2", pattern: /^(?:src\/lib\/(?:cel|re2)|node_modules\/re2js)\// },
  { what: "eBPF", pattern: /^src\/(?:kernel|os\/bpf)\// },
  {
    what: "the sensor",
    pattern:
      /^src\/source\/sensor\/(?!definition|options|policy\/options|capabilities|probe\/(?:list|declaration|[a-z-]+\/index)\.ts)/,
  },
  { what: "other exporters", pattern: /^src\/exporter\/(?:file|stdout|blackhole)\/(?!definition|options)/ },
  { what: "other commands", pattern: /^src\/cli\/(?:help|completion|doctor|install|listen|version|config)/ },
  {
    what: "servers and what speaks gRPC",
    pattern:
      /^(?:src\/server\/(?!definition|(?:grpc|health|metrics)\/(?:definition|options)|addresses|listen-address)|src\/(?:lib\/grpc|source\/tetragon)\/(?!target|definition|options)|src\/encoding\/protobuf|node_modules\/@bufbuild)/,
  },
  { what: "the receiver", pattern: /^src\/(?:receiver|install)\// },
  {
    what: "a built-in module, each of which takes as much as tens of our own",
    pattern:
      /^(?:node:)?(?:fs|path|os|tty|util|stream|net|http2?|crypto|zlib|child_process|worker_threads|fs\/promises|stream\/promises)$/,
  },
];

interface Import {
  readonly path: string;
  readonly kind: string;
}

/** What main.ts and `tetrad run` import at once, and by what chain. */
async function loadedAtStart(): Promise<Map<string, readonly string[]>> {
  const root = new URL("../../", import.meta.url).pathname;
  const { metafile, outputs } = await Bun.build({
    entrypoints: [`${root}src/main.ts`, `${root}src/cli/run.ts`, `${root}src/exporter/udp/index.ts`],
    root,
    target: "bun",
    splitting: true,
    metafile: true,
    minify: true,
  });
  const chains = new Map<string, readonly string[]>();
  const relative = (path: string) => path.replace(root, "");
  const inputs = new Map(
    Object.entries(metafile!.inputs as Record<string, { imports: Import[] }>).map(([path, input]) => [
      relative(path),
      input,
    ]),
  );
  const files = metafile!.outputs as Record<string, { inputs: object }>;
  // A module of which nothing is used is in no output: what its imports would load is not loaded either.
  const used = new Set(Object.values(files).flatMap((output) => Object.keys(output.inputs).map(relative)));
  // Nor is a module of the runtime of which nothing is used. The metafile does not say, the text does.
  const texts = new Map(await Promise.all(outputs.map(async (o) => [o.path, await o.text()] as const)));
  const isKept = (path: string, external: string): boolean =>
    Object.entries(files).some(
      ([file, output]) =>
        Object.keys(output.inputs).some((input) => relative(input) === path) &&
        texts.get(file)?.includes(`from"${external}"`) !== false,
    );
  const visit = (path: string, chain: readonly string[]): void => {
    if (chains.has(path)) return;
    chains.set(path, [...chain, path]);
    for (const { path: imported, kind } of inputs.get(path)?.imports ?? []) {
      if (kind !== "import-statement") continue;
      const next = relative(imported);
      if (inputs.has(next) ? !used.has(next) : !isKept(path, next)) continue;
      visit(next, [...chain, path]);
    }
  };
  for (const entry of ["src/main.ts", "src/cli/run.ts", "src/exporter/udp/index.ts"]) visit(entry, []);
  return chains;
}

describe("before the first datagram a run loads", () => {
  let loaded: Map<string, readonly string[]>;
  beforeAll(async () => {
    loaded = await loadedAtStart();
  });

  test("what UDP needs", () => {
    for (const path of ["src/agent/agent.ts", "src/config/load.ts", "src/exporter/udp/index.ts"]) {
      expect(loaded.has(path)).toBe(true);
    }
  });

  test.each(NEVER_AT_START)("not $what", ({ pattern }) => {
    const wrong = [...loaded].filter(([path]) => pattern.test(path));
    expect(wrong.map(([, chain]) => chain.join(" -> "))).toEqual([]);
  });
});
