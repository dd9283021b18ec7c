/**
 * @module Policies of old that follow descriptors by hand (`FollowFD`). Their filter on the path stands at the hook that
 * notes descriptors, and meant all hooks with `fd`: whoever drops that hook alone is left with hooks that act on every file.
 */
import type { Findings } from "./finding.ts";
import type { MapNode, Node } from "./yaml/node.ts";

const FOLLOWING: ReadonlySet<string> = new Set(["FollowFD", "UnfollowFD", "CopyFD"]);

/** A hook as far as it matters here. */
interface Followed {
  readonly path: string;
  readonly call: string;
  readonly node: MapNode;
  /** Selectors that follow. */
  readonly selectors: readonly MapNode[];
  readonly isAll: boolean;
}

/** Says which hooks to drop, and which filter to move to which argument. */
export function adviseOnFollowFd(document: MapNode, findings: Findings): void {
  const hooks = itemsOf(member(document, "spec"), "kprobes").map(followedOf);
  const [first] = hooks.filter(({ selectors }) => selectors.length > 0);
  if (first === undefined) return;
  const dropped = hooks.filter(({ isAll }) => isAll);
  const filters = [...new Set(hooks.flatMap(({ selectors }) => selectors.flatMap(pathFilters)))];
  const targets = hooks.filter(({ isAll }) => !isAll).flatMap(fdArguments);
  const steps = [
    dropped.length === 0 ? "" : `drop ${dropped.map(({ path, call }) => `${path} (${call})`).join(", ")}`,
    filters.length === 0 || targets.length === 0
      ? ""
      : `add ${filters.map((filter) => `{index: INDEX, ${filter}}`).join(" or ")} to matchArgs of ${targets.join(", ")}`,
  ].filter((step) => step !== "");
  findings.add({
    severity: "error",
    at: first.node.at,
    path: first.path,
    found: "descriptors that are followed by hand",
    expected: "hooks with an argument of type fd, whose path is found by itself",
    cure: `${steps.join(", and ")}${steps.length === 0 ? "" : ". "}Without its filter on the path a hook would act on every file`,
  });
}

function followedOf(node: MapNode, index: number): Followed {
  const all = itemsOf(node, "selectors");
  const selectors = all.filter((selector) =>
    itemsOf(selector, "matchActions").some((action) => FOLLOWING.has(textOf(action, "action"))),
  );
  return {
    path: `spec.kprobes[${index}]`,
    call: textOf(node, "call"),
    node,
    selectors,
    isAll: selectors.length > 0 && selectors.length === all.length,
  };
}

/** `operator: Prefix, values: ["/etc"]`, of those that compare with paths. */
function pathFilters(selector: MapNode): string[] {
  return itemsOf(selector, "matchArgs").flatMap((filter) => {
    const values = member(filter, "values");
    const texts = values?.kind === "list" ? values.items.map(sourceOf) : [];
    if (!texts.some((text) => text.startsWith("/"))) return [];
    return [
      `operator: ${textOf(filter, "operator")}, values: [${texts.map((text) => JSON.stringify(text)).join(", ")}]`,
    ];
  });
}

/** `spec.kprobes[1] (sys_write) with index: 0` */
function fdArguments({ node, path, call }: Followed): string[] {
  return itemsOf(node, "args")
    .filter((argument) => textOf(argument, "type") === "fd")
    .map((argument) => `${path} (${call}) with index: ${textOf(argument, "index")}`);
}

function member(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === "map" ? node.entries.find((entry) => entry.key === key)?.value : undefined;
}

function itemsOf(node: Node | undefined, key: string): MapNode[] {
  const list = member(node, key);
  return list?.kind === "list" ? list.items.filter((item) => item.kind === "map") : [];
}

function textOf(node: MapNode, key: string): string {
  return sourceOf(member(node, key));
}

function sourceOf(node: Node | undefined): string {
  return node?.kind === "scalar" ? node.source : "";
}
