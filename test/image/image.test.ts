import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeImageArchive } from "../../scripts/image/oci.ts";
import { NONROOT, rootEntries } from "../../scripts/image/root.ts";
import { runContainer } from "../pack/container.ts";
import {
  missing,
  packedProbe,
  plainProbe,
  report,
  run,
  SYSTEM_PATH,
  scratchDirectory,
} from "../pack/support.ts";

// Whatever comes first compiles and packs an executable.
setDefaultTimeout(120_000);

const env = { PATH: SYSTEM_PATH, HOME: "/nonexistent", TMPDIR: scratchDirectory() };

function archive(entries = rootEntries(packedProbe())): Uint8Array {
  return writeImageArchive({
    roots: [
      { architecture: "amd64", entries },
      {
        architecture: "arm64",
        entries: [{ path: "tetrad", mode: 0o755, content: new Uint8Array([1, 2, 3]) }],
      },
    ],
    tag: "test",
    user: `${NONROOT}:${NONROOT}`,
    entrypoint: ["/tetrad"],
    environment: ["PATH=/"],
    labels: { "org.opencontainers.image.title": "tetrad" },
    created: 1_700_000_000,
  });
}

function skopeo(...args: string[]): string {
  const ended = run(["skopeo", ...args], env);
  if (ended.code !== 0) throw new Error(`skopeo ${args.join(" ")}: ${ended.stderr}`);
  return ended.stdout;
}

test("rootEntries() refuses an executable that is not self-contained", () => {
  const plain = plainProbe();
  expect(() => rootEntries(plain)).toThrow(`Cannot put "${plain}" into an image: it is not self-contained`);
});

test("rootEntries() lists each directory before what is in it, each path once", () => {
  const paths = rootEntries(packedProbe()).map((entry) => entry.path);
  expect(new Set(paths).size).toBe(paths.length);
  for (const [i, path] of paths.entries()) {
    const parent = path.replace(/[^/]+\/?$/, "");
    if (parent !== "") expect(paths.slice(0, i)).toContain(parent);
  }
});

test("writeImageArchive() writes the same bytes each time", () => {
  const entries = [{ path: "tetrad", mode: 0o755, content: new Uint8Array(100_000).fill(7) }];
  expect(Buffer.compare(archive(entries), archive(entries))).toBe(0);
});

describe.skipIf(missing(["gcc", "skopeo", "runc", "tar"], { root: true }))("the image archive", () => {
  const file = join(scratchDirectory(), "image.tar");

  test("is taken by skopeo, which checks every digest, with both architectures", () => {
    writeFileSync(file, archive());
    const copy = join(scratchDirectory(), "oci");
    skopeo("copy", "--multi-arch", "all", `oci-archive:${file}:test`, `oci:${copy}:test`);
    const userOn = (architecture: string) => {
      const text = skopeo("--override-arch", architecture, "inspect", "--config", `oci-archive:${file}:test`);
      const config = JSON.parse(text) as {
        architecture: string;
        created: string;
        config: { User: string };
      };
      expect(config.architecture).toBe(architecture);
      expect(config.created).toBe("2023-11-14T22:13:20Z");
      return config.config.User;
    };
    expect(["amd64", "arm64"].map(userOn)).toEqual(["65532:65532", "65532:65532"]);
  });

  test("unpacks to a root that runc starts, read-only, as the unprivileged user", () => {
    const image = join(scratchDirectory(), "image");
    skopeo("--override-arch", "amd64", "copy", `oci-archive:${file}:test`, `dir:${image}`);
    const manifest = JSON.parse(readFileSync(join(image, "manifest.json"), "utf8")) as {
      layers: { digest: string }[];
    };
    const rootfs = join(scratchDirectory(), "image-root");
    mkdirSync(rootfs);
    for (const { digest } of manifest.layers) {
      const layer = join(image, digest.replace("sha256:", ""));
      expect(run(["tar", "-xpzf", layer, "-C", rootfs], env).code).toBe(0);
    }
    expect(readFileSync(join(rootfs, "etc/passwd"), "utf8")).toContain("nonroot:x:65532:65532:");
    expect(readFileSync(join(rootfs, "etc/ssl/certs/ca-certificates.crt"), "utf8")).toContain(
      "BEGIN CERTIFICATE",
    );
    expect(readFileSync(join(rootfs, "usr/share/licenses/tetrad/LICENSES"), "utf8")).toBe(
      "Licences of the probe",
    );
    expect(statSync(join(rootfs, "tetrad")).mode & 0o7777).toBe(0o755);
    const seen = report(runContainer("", { rootfs, user: NONROOT, args: ["quiet"] }));
    expect(seen.execPath).toBe("/tetrad");
  });
});
