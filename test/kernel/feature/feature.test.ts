import { describe, expect, test } from "bun:test";
import { release } from "node:os";
import { KernelTypes, readKernelBtf } from "../../../src/kernel/btf/index.ts";
import { answerOf, remember, rememberEach, YES } from "../../../src/kernel/feature/answer.ts";
import { helperAnswer } from "../../../src/kernel/feature/helper.ts";
import {
  haveFeature,
  haveHelper,
  haveMapType,
  haveProgramKind,
  haveTracingHelper,
} from "../../../src/kernel/feature/index.ts";
import { VerifierError } from "../../../src/kernel/loader/index.ts";
import { BPF_MAP_TYPE } from "../../../src/kernel/map/index.ts";
import { SystemCallError } from "../../../src/os/system-call.ts";
import { describeWithBpf } from "../support.ts";

const [major = 0, minor = 0] = release().split(".").map(Number);
const isSince = (needMajor: number, needMinor: number) =>
  major > needMajor || (major === needMajor && minor >= needMinor);

/** `<errno.h>` */
const [EPERM, ENOMEM, EACCES, EINVAL, ENOTSUPP] = [1, 12, 13, 22, 524];

describe("answerOf()", () => {
  const failing = (errno: number) => () => {
    throw new Error("outer", { cause: new SystemCallError("bpf", errno) });
  };

  test("takes what the kernel does not know for a no, and what is missing for an answer that says nothing", () => {
    expect(answerOf(() => {})).toEqual({ answer: "yes" });
    expect(answerOf(failing(EINVAL)).answer).toBe("no");
    expect(answerOf(failing(ENOTSUPP)).answer).toBe("no");
    for (const errno of [EPERM, ENOMEM]) expect(answerOf(failing(errno)).answer).toBe("inconclusive");
    expect(answerOf(() => JSON.parse("{")).answer).toBe("inconclusive");
  });
});

describe("helperAnswer()", () => {
  const denied = (log: string, instruction: number | undefined) => {
    const cause = new VerifierError("denied", log, instruction, new SystemCallError("bpf", EACCES));
    return answerOf(() => {
      throw new Error("Cannot load", { cause });
    });
  };

  test("takes the verifier's complaint about arguments for a yes, and no other refusal", () => {
    expect(helperAnswer(denied("0: (85) call bpf_loop#181\nR2 !read_ok", 0)).answer).toBe("yes");
    // A security module denies the call before there is a log.
    expect(helperAnswer(denied("", undefined)).answer).toBe("inconclusive");
    expect(helperAnswer(answerOf(() => {})).answer).toBe("yes");
  });
});

describe("remember()", () => {
  test("asks once for a yes or a no, and again for what was inconclusive", () => {
    const answers = [{ answer: "inconclusive" }, { answer: "no" }, YES] as const;
    let asked = 0;
    const ask = remember(() => answers[asked++]!);
    expect([ask(), ask(), ask()].map(({ answer }) => answer)).toEqual(["inconclusive", "no", "no"]);
    expect(asked).toBe(2);
  });

  test("keeps the answers to different questions apart", () => {
    const asked: string[] = [];
    const ask = rememberEach((name: string) => {
      asked.push(name);
      return YES;
    });
    for (const name of ["a", "b", "a"]) ask(name);
    expect(asked).toEqual(["a", "b"]);
  });
});

describeWithBpf("the running kernel", () => {
  test("has what every kernel of its version has", () => {
    expect(haveFeature("ring buffer").answer).toBe("yes");
    expect(haveFeature("bounded loop").answer).toBe("yes");
    expect(haveFeature("function types").answer).toBe("yes");
    expect(haveFeature("perf link").answer).toBe(isSince(5, 15) ? "yes" : "no");
    expect(haveFeature("bpf_loop").answer).toBe(isSince(5, 17) ? "yes" : "no");
    expect(haveFeature("module types").answer).toBe(isSince(5, 11) ? "yes" : "no");
    expect(haveHelper("socket", "map_lookup_elem").answer).toBe("yes");
    expect(haveHelper("socket", "override_return").answer).toBe("no");
    expect(haveHelper("kprobe", "get_attach_cookie").answer).toBe(isSince(5, 15) ? "yes" : "no");
    const types = new KernelTypes(readKernelBtf());
    expect(haveTracingHelper(types, "skc_to_tcp_sock").answer).toBe("yes");
    expect(haveTracingHelper(types, "get_socket_cookie").answer).toBe(isSince(5, 12) ? "yes" : "no");
    expect(haveTracingHelper(types, "override_return").answer).toBe("no");
  });

  test("has the types of maps of its version", () => {
    for (const [name, type] of Object.entries(BPF_MAP_TYPE)) {
      const { answer, cause } = haveMapType(type);
      const needed = { TASK_STORAGE: [5, 11], INODE_STORAGE: [5, 10], CGRP_STORAGE: [6, 2] }[name];
      // Storage with inodes comes with CONFIG_BPF_LSM.
      if (name === "INODE_STORAGE" && answer === "no") continue;
      const expected = needed === undefined || isSince(needed[0]!, needed[1]!) ? "yes" : "no";
      expect({ name, answer, cause }).toMatchObject({ name, answer: expected });
    }
  });

  test("answers for each kind of program by what it needs", () => {
    for (const kind of ["tp_btf", "raw_tp", "cgroup/dev", "cgroup/connect6", "socket"] as const)
      expect({ kind, ...haveProgramKind(kind) }).toEqual({ kind, answer: "yes" });
    expect(haveProgramKind("fexit")).toEqual(haveFeature("fentry"));
    expect(haveProgramKind("kretprobe").answer).toBe(haveFeature("kprobe").answer);
  });
});
