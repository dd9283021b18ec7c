/**
 * Tetragon's example policies: each is loaded, or refused for the reason that is right on the kernel that runs. Runs on
 * kernels that have kprobes (`npm run acceptance -- policies`); `TETRAD_EXAMPLES` is a pattern of the files to load.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { release } from "node:os";
import { errorMessage } from "../../src/os/caught.ts";
import { TetradError } from "../../src/os/error.ts";
import { checkPolicies, openKernel } from "../../src/policy/check/index.ts";
import { formatFinding } from "../../src/policy/document/index.ts";
import { describeWithBpf } from "../kernel/support.ts";
import { type CgroupEnclosure, createCgroup, RunningSensor } from "../source/sensor/support.ts";
import { EXAMPLES_DIRECTORY, exampleFiles, readPreparedExample } from "./examples.ts";

/** What a kernel lacks. `series`: those that do; all where there is none. */
interface Refusal {
  readonly reason: RegExp;
  readonly series?: RegExp;
}

const LATER: Refusal = { reason: /this version of tetrad cannot load/ };
/** Refused until it is honoured: loaded without, a policy would be for everything. */
const WORKLOADS: Refusal = { reason: /a selector of workloads/ };
const NO_OVERRIDE: Refusal = { reason: /override/i };

/** What is right to refuse. */
const REFUSED: Readonly<Record<string, Refusal>> = {
  "other/file-block-kubectl-exec-access.yaml": WORKLOADS,
  "policylibrary/library.yaml": LATER,
  "quickstart/file_monitoring_enforce.yaml": WORKLOADS,
  "quickstart/network_egress_cluster_enforce.yaml": WORKLOADS,
  "tracingpolicy/killer.yaml": LATER,
  "tracingpolicy/loader.yaml": LATER,
  "tracingpolicy/lsm_bprm_check.yaml": LATER,
  "tracingpolicy/lsm_file_open.yaml": LATER,
  "tracingpolicy/lsm_track_grandparent.yml": LATER,
  "tracingpolicy/modules-nohost.yaml": WORKLOADS,
  "tracingpolicy/open_dnsrequest.yaml": LATER,
  "tracingpolicy/open_geturl.yaml": LATER,
  "tracingpolicy/uprobe-binaries.yaml": LATER,
  "tracingpolicy/uprobe-host.yaml": LATER,
  "tracingpolicy/uprobe-pid.yaml": LATER,
  "tracingpolicy/uprobe.yaml": LATER,
  "tracingpolicy/usdt-set.yaml": LATER,
  "tracingpolicy/usdt.yaml": LATER,
  // Debian's kernels have no CONFIG_BPF_KPROBE_OVERRIDE.
  "tracingpolicy/hardlink-override.yaml": NO_OVERRIDE,
  "tracingpolicy/symlink-override.yaml": NO_OVERRIDE,
  // The function is inlined.
  "tracingpolicy/host-changes/monitor-signed-kernel-modules.yaml": { reason: /"find_module_sections"/ },
  // 6.12 has none, and the copy that 6.1 has takes no kprobe.
  "tracingpolicy/dev_queue_xmit.yaml": {
    reason: /"dev_queue_xmit"(.*write __dev_queue_xmit|: EINVAL)/,
    series: /^6\.(1|12)\./,
  },
  // Renamed to sk_skb_reason_drop.
  "tracingpolicy/stack_traces.yaml": { reason: /"kfree_skb_reason"/, series: /^6\.12|^5\.10/ },
  // It has another first argument since 6.8.
  "tracingpolicy/cves/cve-2023-2640-overlayfs-ubuntu.yaml": {
    reason: /the prototype is int security_inode_copy_up_xattr\(struct dentry/,
    series: /^6\.12/,
  },
  // For kernels before 5.10, where write had three arguments.
  "tracingpolicy/tty_54.yaml": { reason: /the prototype is ssize_t tty_write\(struct kiocb/ },
};

const PATTERN = new RegExp(process.env.TETRAD_EXAMPLES ?? "");
const FILES = exampleFiles().filter((file) => PATTERN.test(file));
if (FILES.length === 0) console.warn(`SKIPPED: there are no policies in ${EXAMPLES_DIRECTORY}`);

let enclosure: CgroupEnclosure;
let sensor: RunningSensor;

/** Why a file's policies cannot be loaded; `undefined` where they were. */
async function refusal(file: string): Promise<string | undefined> {
  const machine = process.arch === "arm64" ? "arm64" : "x64";
  const { policies, findings } = checkPolicies(readPreparedExample(file), {
    file,
    kernel: openKernel("", machine),
  });
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return errors.map(formatFinding).join("\n");
  const loaded = await sensor.source.policies();
  for (const policy of policies) {
    try {
      loaded.put(policy.name, policy);
    } catch (error) {
      if (!(error instanceof TetradError)) throw error;
      return errorMessage(error);
    }
    await enclosure.run(["/bin/true"]);
    loaded.delete(policy.name);
  }
  return undefined;
}

describeWithBpf("examples", () => {
  beforeAll(async () => {
    enclosure = await createCgroup();
    sensor = await RunningSensor.start({ scope: enclosure.scope });
  });
  afterAll(async () => {
    await sensor[Symbol.asyncDispose]();
    await enclosure[Symbol.asyncDispose]();
  });

  for (const file of FILES) {
    const { reason, series } = REFUSED[file] ?? {};
    const isRefused = reason !== undefined && (series?.test(release()) ?? true);
    // The word at the end is what the table of the run shows.
    test(`${file} is ${isRefused ? "refused" : "loaded"}`, async () => {
      const found = await refusal(file);
      if (isRefused) expect(found).toMatch(reason);
      else expect(found).toBeUndefined();
    });
  }
});
