/**
 * @module OCI images (image-spec 1.0): content-addressed blobs and one index, all in one archive that `skopeo`,
 * `podman load` and `ctr image import` take.
 */
import type { TarEntry } from "./tar.ts";
import { writeTar } from "./tar.ts";

/** One executable file system, for one architecture. */
export interface PlatformRoot {
  readonly architecture: "amd64" | "arm64";
  readonly entries: readonly TarEntry[];
}

/** What {@link writeImageArchive} is given. */
export interface ImageSettings {
  readonly roots: readonly PlatformRoot[];
  readonly tag: string;
  /** As in `docker run --user`. */
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly environment: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since 1970: the only time in the archive. */
  readonly created: number;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

const TYPE = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

/** The archive's bytes. */
export function writeImageArchive(settings: ImageSettings): Uint8Array {
  const blobs = new Map<string, Uint8Array>();
  const store = (mediaType: string, bytes: Uint8Array): Descriptor => {
    const hash = sha256(bytes);
    blobs.set(hash, bytes);
    return { mediaType, digest: `sha256:${hash}`, size: bytes.length };
  };
  const storeJson = (mediaType: string, value: unknown): Descriptor => store(mediaType, encodeJson(value));

  const layers = settings.roots.map((root) => {
    const tar = writeTar(root.entries, settings.created);
    const layer = store(TYPE.layer, Bun.gzipSync(new Uint8Array(tar), { level: 6 }));
    return { root, layer, diffId: `sha256:${sha256(tar)}` };
  });
  const manifests = layers.map(({ root, layer, diffId }) => {
    const config = storeJson(TYPE.config, configOf(settings, root, diffId));
    const manifest = {
      schemaVersion: 2,
      mediaType: TYPE.manifest,
      config,
      layers: [layer],
      annotations: settings.labels,
    };
    return {
      ...storeJson(TYPE.manifest, manifest),
      platform: { architecture: root.architecture, os: "linux" },
    };
  });
  const index = { schemaVersion: 2, mediaType: TYPE.index, manifests, annotations: settings.labels };
  // One entry: `podman load` refuses an archive with several.
  const entry = {
    ...storeJson(TYPE.index, index),
    annotations: {
      "io.containerd.image.name": `localhost/tetrad:${settings.tag}`,
      "org.opencontainers.image.ref.name": settings.tag,
    },
  };

  const file = (path: string, content: Uint8Array): TarEntry => ({ path, mode: 0o644, content });
  const sorted = [...blobs].sort(([a], [b]) => (a < b ? -1 : 1));
  return writeTar(
    [
      file("oci-layout", encodeJson({ imageLayoutVersion: "1.0.0" })),
      file("index.json", encodeJson({ schemaVersion: 2, mediaType: TYPE.index, manifests: [entry] })),
      { path: "blobs/", mode: 0o755 },
      { path: "blobs/sha256/", mode: 0o755 },
      ...sorted.map(([hash, bytes]) => file(`blobs/sha256/${hash}`, bytes)),
    ],
    settings.created,
  );
}

function configOf(settings: ImageSettings, root: PlatformRoot, diffId: string): unknown {
  const created = new Date(settings.created * 1000).toISOString();
  return {
    created,
    architecture: root.architecture,
    os: "linux",
    config: {
      User: settings.user,
      Env: settings.environment,
      Entrypoint: settings.entrypoint,
      WorkingDir: "/",
      Labels: settings.labels,
    },
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created, created_by: "npm run image" }],
  };
}

function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function sha256(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}
