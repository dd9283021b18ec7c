/** @module Images for a node without a registry: one that pods wait in, made on the spot, and the agent's own. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeImageArchive } from "../../../scripts/image/oci.ts";
import { PEERS } from "./peers.ts";

const ROOT = join(import.meta.dir, "../../..");

/**
 * What a pod's own image is called; it has `/pause`, `/whoami`, and by the names of others' programs, whose images are not to be had
 * here, what waits as Tetragon's hook installer does, and what ends as cilium-certgen does.
 */
export const PAUSE_IMAGE = "localhost/pause:3.6";

const PROGRAM = `
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int count, char **words) {
  if (strstr(words[0], "certgen") != NULL) return 0;
  if (strstr(words[0], "whoami") != NULL) return printf("%d\\n", getuid()) < 0;
  for (;;) pause();
}
`;

/** Makes the image that the node's pods begin with, where `kube-node` looks for it. @throws Error */
export function makePauseImage(): void {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-pause-"));
  try {
    const [source, program, archive] = ["pause.c", "pause", "pause.tar"].map((name) => join(directory, name));
    writeFileSync(source as string, PROGRAM);
    run(["gcc", "-static", "-Os", "-o", program as string, source as string]);
    const content = readFileSync(program as string);
    const bytes = writeImageArchive({
      roots: [
        {
          architecture: process.arch === "arm64" ? "arm64" : "amd64",
          entries: [
            { path: "pause", mode: 0o755, content },
            { path: "whoami", mode: 0o755, content },
            { path: "tetragon-oci-hook-setup", mode: 0o755, content },
            { path: "tail", mode: 0o755, content },
            { path: "usr/bin/cilium-certgen", mode: 0o755, content },
          ],
        },
      ],
      tag: "3.6",
      user: "0:0",
      entrypoint: ["/pause"],
      environment: ["PATH=/"],
      labels: {},
      created: 0,
    });
    writeFileSync(archive as string, bytes);
    const images = join(PEERS, "cri/img");
    mkdirSync(images, { recursive: true });
    rmSync(join(images, "images.tar"), { force: true });
    run([
      "skopeo",
      "copy",
      "-q",
      `oci-archive:${archive}:3.6`,
      `docker-archive:${join(images, "images.tar")}:${PAUSE_IMAGE}`,
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Makes the agent's image of `dist/tetrad`. @returns The archive; it is named `localhost/tetrad:0.1.0` in itself. */
export function makeAgentImage(directory: string): string {
  const archive = join(directory, "tetrad-image.tar");
  run([process.execPath, "scripts/image/main.ts", `--output=${archive}`, "dist/tetrad"]);
  return archive;
}

function run(command: readonly string[]): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { cwd: ROOT });
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr}${stdout}`);
}
