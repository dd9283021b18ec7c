/** @module Attaches programs to places in programs and libraries: by one link for all places of a file where the kernel has such (6.6). */
import type { Link, ProgramSpec } from "../../../kernel/attach/index.ts";
import { haveFeature } from "../../../kernel/feature/index.ts";
import type { KernelObject, Program } from "../../../kernel/loader/index.ts";
import { OpenedFile } from "../../../kernel/symbol/index.ts";
import type { AttachPoint, CompiledHook } from "../../../policy/compile/index.ts";
import type { UserPlace } from "../../../policy/user-target.ts";

type Single = "uprobe" | "uretprobe" | "uprobe.s";

/** A place, and its number among those of the program. */
interface NumberedPlace {
  readonly point: AttachPoint;
  readonly place: number;
}

/** Loads them. @returns What attaches each, in that order: a program that is attached later runs before. */
export function loadUserPrograms(object: KernelObject, compiled: CompiledHook): (() => Link[])[] {
  const { entry, exit, preload, points, plan } = compiled;
  const isMultiple =
    haveFeature("uprobe.multi").answer === "yes" &&
    plan.entries.every(({ entry: { policy } }) => !policy.options.isUprobeMultiDisabled);
  const specs = [
    ...(exit === undefined ? [] : [{ ...exit, kind: "uretprobe" as const }]),
    { ...entry, kind: "uprobe" as const },
    ...(preload === undefined ? [] : [preload]),
  ] as ProgramSpec<Single>[];
  return specs.map((spec) => {
    if (!isMultiple) {
      const program = object.load(spec);
      return () => attachAll(points, (file, places) => places.map((place) => attachTo(program, file, place)));
    }
    const program = object.load({ ...spec, kind: MULTIPLE[spec.kind] });
    return () => attachAll(points, (file, places) => [attachAtOnce(program, file, places)]);
  });

  function attachTo(program: Program<Single>, file: OpenedFile, { point, place }: NumberedPlace): Link {
    const { path, offset, referenceCounter } = point.user!;
    const cookie = points.length === 1 ? undefined : place;
    return program.attach({ path, descriptor: file.descriptor, offset, referenceCounter, cookie });
  }
}

const MULTIPLE = {
  uprobe: "uprobe.multi",
  uretprobe: "uretprobe.multi",
  "uprobe.s": "uprobe.multi.s",
} as const;

function attachAtOnce(
  program: Program<(typeof MULTIPLE)[Single]>,
  { descriptor }: OpenedFile,
  places: readonly NumberedPlace[],
): Link {
  const users = places.map(({ point }) => point.user!);
  const referenceCounters = users.map(({ referenceCounter }) => referenceCounter);
  return program.attach({
    path: users[0]!.path,
    descriptor,
    offsets: users.map(({ offset }) => offset),
    ...(referenceCounters.every((counter) => counter === 0n) ? {} : { referenceCounters }),
    cookies: places.map(({ place }) => place),
  });
}

function fileKey({ path, root }: UserPlace): string {
  return root === undefined ? path : `${root.pid}:${path}`;
}

/** Attaches file by file, each as it was when the places were found. @throws TetradError `unsupported`; it is attached nowhere then. */
function attachAll(
  points: readonly AttachPoint[],
  attach: (file: OpenedFile, places: readonly NumberedPlace[]) => Link[],
): Link[] {
  using stack = new DisposableStack();
  const places = points.map((point, place): NumberedPlace => ({ point, place }));
  const links: Link[] = [];
  for (const ofFile of Map.groupBy(places, ({ point }) => fileKey(point.user!)).values()) {
    const { path, identity, root } = ofFile[0]!.point.user!;
    using file = OpenedFile.again(path, identity, root);
    for (const link of attach(file, ofFile)) links.push(stack.use(link));
  }
  stack.move();
  return links;
}
