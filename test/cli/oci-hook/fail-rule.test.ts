import { describe, expect, test } from "bun:test";
import { failRule } from "../../../src/cli/oci-hook/fail-rule.ts";

const POD = "io.kubernetes.pod.namespace";
const SANDBOX = "io.kubernetes.cri.sandbox-namespace";
const SETTINGS = {
  expression: "",
  allowedNamespaces: ["root", "kube-system"],
  namespaceKeys: [POD, SANDBOX],
};

describe("failRule()", () => {
  test.each([
    ["no namespace", {}, true],
    ["another one", { [POD]: "default" }, true],
    ["one that is allowed, by the first annotation", { [POD]: "kube-system" }, false],
    ["by the second", { [SANDBOX]: "kube-system" }, false],
    ["by both", { [POD]: "root", [SANDBOX]: "kube-system" }, false],
    [
      "one that the pod's author has added to the runtime's",
      { [POD]: "kube-system", [SANDBOX]: "shop" },
      true,
    ],
    ["a name of JavaScript's", { constructor: "kube-system" }, true],
  ])("goes by namespaces: %s", async (_name, annotations, expected) => {
    expect((await failRule(SETTINGS))(annotations)).toBe(expected);
  });

  test.each([
    ["true", { [POD]: "kube-system" }, true],
    ["false", {}, false],
    [`!("${POD}" in annotations) || annotations["${POD}"] != "dev"`, { [POD]: "dev" }, false],
    [`!("${POD}" in annotations) || annotations["${POD}"] != "dev"`, { [POD]: "shop" }, true],
    [`annotations["${POD}"].matches("^team-") == false`, { [POD]: "team-a" }, false],
    ["annotations.missing == 'x'", {}, true],
    ["1 + 1", {}, true],
    ["annotations_namespace_keys.all(key, !(key in annotations))", { [SANDBOX]: "shop" }, false],
  ])("goes by an expression instead: %s of %o", async (expression, annotations, expected) => {
    expect((await failRule({ ...SETTINGS, expression }))(annotations)).toBe(expected);
  });

  test("refuses what is no expression", async () => {
    await expect(failRule({ ...SETTINGS, expression: "annotations[" })).rejects.toThrow(
      "Cannot read --fail-cel-expr",
    );
  });
});
