/** @module What the names of cgroups say of pods. */

/** As the kubelet names the cgroup of a pod: `pod<uid>` or, for systemd, `kubepods-burstable-pod<uid>.slice`. */
const POD =
  /(?:^|[-:])pod(?<uid>[0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?(?:$|:)/;

/**
 * The uid of the pod that a cgroup of this name is for, or holds a container of (`kubepods-podUID.slice:cri-containerd:ID`);
 * empty for any other. Of a static pod it is the hash of its configuration, which {@link PodStore} knows it by as well.
 */
export function podUidOf(cgroupName: string): string {
  // In the name of a slice a hyphen would be a level.
  return POD.exec(cgroupName)?.groups?.uid?.replaceAll("_", "-") ?? "";
}
