/** @module What hooks of container runtimes report of a container that is about to start, whichever runtime and hook it is. */
import type { StartingContainer } from "./workload.ts";

/** A report, by the names of Tetragon's API (`CreateContainer`); what a hook does not know is empty. */
export interface ContainerReport {
  readonly cgroupsPath: string;
  readonly rootDir: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly containerName: string;
  readonly containerID: string;
  readonly podUID: string;
  readonly containerImage: string;
}

/** Annotations by which runtimes say the same: containerd, CRI-O. */
const ANNOTATIONS = {
  name: ["io.kubernetes.cri.container-name", "io.kubernetes.container.name"],
  image: ["io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName"],
  podUid: ["io.kubernetes.cri.sandbox-uid", "io.kubernetes.pod.uid"],
} as const;

/** Characters of an id that events have. */
const ID_LENGTH = 31;
const CONTAINER_ID = /(?:^|[-:/])([0-9a-f]{64})(?:\.scope)?$/;
const POD_UID = /pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?\//;

/** What a report says, wherever it says it. */
export function readContainerReport(report: ContainerReport): StartingContainer {
  const { cgroupsPath, rootDir, annotations } = report;
  const annotated = (names: readonly string[]) => names.map((name) => annotations[name]).find(Boolean) ?? "";
  const inRoot = /([0-9a-f]{64})(?:\/|$)/.exec(rootDir)?.[1] ?? "";
  const id = report.containerID || (CONTAINER_ID.exec(cgroupsPath)?.[1] ?? inRoot);
  const uid = report.podUID || annotated(ANNOTATIONS.podUid) || (POD_UID.exec(cgroupsPath)?.[1] ?? "");
  return {
    id: id.slice(0, ID_LENGTH),
    podUid: uid.replaceAll("_", "-"),
    name: report.containerName || annotated(ANNOTATIONS.name),
    repo: repositoryOf(report.containerImage || annotated(ANNOTATIONS.image)),
    cgroupPath: cgroupsPath,
  };
}

/** An image's name without tag and digest: `registry:5000/app` of `registry:5000/app:1.2@sha256:...`. */
export function repositoryOf(image: string): string {
  const name = image.replace(/@.*$/, "");
  const colon = name.lastIndexOf(":");
  return colon > name.lastIndexOf("/") ? name.slice(0, colon) : name;
}
