import { describe, expect, test } from "bun:test";
import { readContainerReport, repositoryOf } from "../../src/policy/container-report.ts";

const ID = "0123456789abcdef".repeat(4);
const SHORT = ID.slice(0, 31);
const UID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
const EMPTY = {
  cgroupsPath: "",
  rootDir: "",
  annotations: {},
  containerName: "",
  containerID: "",
  podUID: "",
  containerImage: "",
};
const SLICE = `/kubepods.slice/kubepods-pod${UID.replaceAll("-", "_")}.slice/cri-containerd-${ID}.scope`;

describe("readContainerReport()", () => {
  test.each([
    [
      "all of it",
      {
        cgroupsPath: "/a",
        containerID: ID,
        podUID: UID,
        containerName: "web",
        containerImage: "registry:5000/shop/web:1.2",
      },
      { id: SHORT, podUid: UID, name: "web", repo: "registry:5000/shop/web", cgroupPath: "/a" },
    ],
    ["a path of systemd", { cgroupsPath: SLICE }, { id: SHORT, podUid: UID, cgroupPath: SLICE }],
    [
      "a path without systemd, of a static pod",
      { cgroupsPath: `/kubepods/pod${"a1".repeat(16)}/${ID}` },
      { id: SHORT, podUid: "a1".repeat(16), cgroupPath: `/kubepods/pod${"a1".repeat(16)}/${ID}` },
    ],
    [
      "the root directory of containerd",
      { rootDir: `/run/containerd/io.containerd.runtime.v2.task/k8s.io/${ID}/rootfs` },
      { id: SHORT },
    ],
    [
      "annotations of containerd",
      {
        annotations: {
          "io.kubernetes.cri.container-name": "web",
          "io.kubernetes.cri.image-name": "docker.io/library/web@sha256:00",
          "io.kubernetes.cri.sandbox-uid": UID,
        },
      },
      { name: "web", repo: "docker.io/library/web", podUid: UID },
    ],
    [
      "annotations of CRI-O",
      {
        annotations: {
          "io.kubernetes.container.name": "web",
          "io.kubernetes.cri-o.ImageName": "quay.io/web:latest",
          "io.kubernetes.pod.uid": UID,
        },
      },
      { name: "web", repo: "quay.io/web", podUid: UID },
    ],
    ["nothing", {}, {}],
  ])("understands %s", (_, report, expected) => {
    const nothing = { id: "", podUid: "", name: "", repo: "", cgroupPath: "" };
    expect(readContainerReport({ ...EMPTY, ...report })).toEqual({ ...nothing, ...expected });
  });
});

test.each([
  ["nginx", "nginx"],
  ["nginx:1.2", "nginx"],
  ["registry:5000/nginx", "registry:5000/nginx"],
  ["registry:5000/nginx:1.2@sha256:abc", "registry:5000/nginx"],
])("repositoryOf(%s) is %s", (image, repo) => {
  expect(repositoryOf(image)).toBe(repo);
});
