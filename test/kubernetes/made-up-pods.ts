/** @module Pods and cgroups that tests make up, as a kubelet and its runtimes would. */
import { createHash } from "node:crypto";
import type { ApiObject } from "./api-server.ts";

/** The path of all pods. */
export const PODS = "/api/v1/pods";
export const NODES = "/api/v1/nodes";
/** The name of the node that they are on. */
export const NODE = "node-a";

/** 64 hexadecimal digits that depend on `seed` alone. */
export function idOf(seed: string): string {
  return createHash("sha256").update(seed).digest("hex");
}

/** A uid that depends on `seed` alone. */
export function uidOf(seed: string): string {
  const id = idOf(seed);
  return [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20, 32)].join("-");
}

/** What may differ from pod to pod. */
export interface MadeUpPod {
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  /** Ids of its container `main`; none before it was started. */
  readonly containerId?: string;
  readonly runtime?: string;
  readonly generateName?: string;
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly probe?: readonly string[];
  readonly status?: object;
}

/** A pod of one container. */
export function podOf(name: string, settings: MadeUpPod = {}): ApiObject {
  const { namespace = "shop", labels = { app: name }, annotations, containerId, owner, probe } = settings;
  const { runtime = "containerd", generateName, status } = settings;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      uid: uidOf(name),
      labels,
      ...(annotations !== undefined && { annotations }),
      ...(generateName !== undefined && { generateName }),
      ...(owner !== undefined && {
        ownerReferences: [{ apiVersion: "v1", ...owner, uid: "o", controller: true }],
      }),
    },
    spec: {
      nodeName: NODE,
      containers: [
        {
          name: "main",
          image: "img:1",
          ...(probe !== undefined && { livenessProbe: { exec: { command: probe } } }),
        },
      ],
    },
    status: {
      phase: "Running",
      ...(containerId !== undefined && {
        containerStatuses: [
          {
            name: "main",
            containerID: `${runtime}://${containerId}`,
            image: "registry.example/img:1",
            imageID: "registry.example/img@sha256:1234",
            state: { running: { startedAt: "2026-11-30T10:00:00Z" } },
          },
        ],
      }),
      ...status,
    },
  };
}

/** The path of a container's cgroup below the mount, as each runtime and driver names it. */
export const CGROUP_LAYOUTS: Readonly<Record<string, (uid: string, id: string) => string>> = {
  "containerd, systemd": (uid, id) =>
    `kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uid.replaceAll("-", "_")}.slice/cri-containerd-${id}.scope`,
  "containerd, cgroupfs": (uid, id) => `kubepods/besteffort/pod${uid}/${id}`,
  "CRI-O, systemd": (uid, id) =>
    `kubepods.slice/kubepods-pod${uid.replaceAll("-", "_")}.slice/crio-${id}.scope`,
  "CRI-O with crun": (uid, id) =>
    `kubepods.slice/kubepods-pod${uid.replaceAll("-", "_")}.slice/crio-${id}.scope/container`,
  "CRI-O, cgroupfs": (uid, id) => `kubepods/pod${uid}/crio-${id}`,
  "Docker, systemd": (uid, id) =>
    `kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${uid.replaceAll("-", "_")}.slice/docker-${id}.scope`,
  "Docker, cgroupfs": (uid, id) => `kubepods/burstable/pod${uid}/${id}`,
  "Podman, systemd": (uid, id) => `machine.slice/libpod-${id}.scope/container-${uid.slice(0, 4)}`,
  "runc of systemd, in cgroupfs": (uid, id) =>
    `kubelet/kubepods-burstable-pod${uid.replaceAll("-", "_")}.slice:cri-containerd:${id}`,
  "systemd inside of a container": (uid, id) =>
    `kubepods/pod${uid}/${id}/init.scope/system.slice/cron.service`,
};
