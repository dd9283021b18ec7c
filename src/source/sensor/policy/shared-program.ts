/**
 * @module Which places in the kernel have a program of their own, and which share one: those of a list, of which the same policies ask the
 * same. The program is told which of them it runs at, which takes links with cookies (5.15).
 */
import { haveFeature, haveHelper } from "../../../kernel/feature/index.ts";
import { type AttachPoint, isShareable, mostPlaces } from "../../../policy/compile/index.ts";
import type { Hook, Policy } from "../../../policy/policy.ts";
import type { InstalledHook } from "./installed-hook.ts";
import type { PlacedHook } from "./places.ts";

/** What is to be one program. */
export interface SharedProgram {
  /** {@link programKey} of its places. */
  readonly key: string;
  readonly points: readonly AttachPoint[];
  /** What meets at each of the places. `hooks`: by place. */
  readonly entries: readonly { readonly policy: Policy; readonly hooks: readonly Hook[] }[];
}

/** Names a program by its places. */
export function programKey(points: readonly AttachPoint[]): string {
  return points.map(({ key }) => key).join("\n");
}

/** Sorts hooks into programs. */
export function sharedPrograms(wanted: readonly PlacedHook[]): SharedProgram[] {
  const places = [...Map.groupBy(wanted, ({ point }) => point.key).values()];
  const identities = new Identities();
  const groups = [...Map.groupBy(places, (place) => identities.ofPlace(place)).values()];
  const canShare = groups.some(({ length }) => length > 1) && canTellPlaces();
  return groups.flatMap((group) => chunks(group, canShare ? mostPlaces() : 1).map(programOf));
}

/** Whether a program can be told where it runs. */
function canTellPlaces(): boolean {
  return (
    haveFeature("perf link").answer === "yes" && haveHelper("kprobe", "get_attach_cookie").answer === "yes"
  );
}

function programOf(places: readonly (readonly PlacedHook[])[]): SharedProgram {
  const points = places.map((place) => place[0]!.point);
  const entries = places[0]!.map(({ policy }, index) => ({
    policy,
    hooks: places.map((place) => place[index]!.hook),
  }));
  return { key: programKey(points), points, entries };
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

/** Where a static tracepoint has its arguments at a place: programs read them there. */
function usdtText({ user }: AttachPoint): string {
  const values = user?.usdtArguments ?? [];
  return JSON.stringify(values, (_, value) => (typeof value === "bigint" ? String(value) : value));
}

/** Numbers objects: hooks of one list have theirs in common. */
class Identities {
  readonly #numbers = new Map<object, number>();

  /** What places have in common that may share a program. */
  ofPlace(place: readonly PlacedHook[]): string {
    const { point } = place[0]!;
    const hooks = place.map(({ hook }) => hook);
    if (!isShareable(point, hooks)) return point.key;
    const parts = place.map(({ policy, hook: { args, data, returnValue, returnSock, selectors } }) =>
      [policy, args, data, selectors, ...(returnValue === undefined ? [] : [returnValue])]
        .map((part) => this.#of(part))
        .concat(returnSock === undefined ? [] : -1),
    );
    return JSON.stringify([point.convention, point.hasReturn, usdtText(point), parts]);
  }

  #of(part: object): number {
    const known = this.#numbers.get(part) ?? this.#numbers.size;
    this.#numbers.set(part, known);
    return known;
  }
}

/** Whether a program is for the same hooks. */
export function isSame(installed: InstalledHook | undefined, { entries: wanted }: SharedProgram): boolean {
  const entries = installed?.compiled.plan.entries;
  return (
    entries?.length === wanted.length &&
    entries.every(({ entry: { hooks } }, index) =>
      hooks.every((hook, place) => hook === wanted[index]!.hooks[place]),
    )
  );
}

/** Programs go on counting at each place where those that go had come to there. */
export function countOn(installed: readonly InstalledHook[], removed: readonly InstalledHook[]): void {
  const before = new Map(
    removed.flatMap((hook) => hook.compiled.points.map(({ key }, place) => [key, { hook, place }] as const)),
  );
  for (const hook of installed) {
    for (const [place, { key }] of hook.compiled.points.entries()) {
      const known = before.get(key);
      if (known !== undefined) hook.countOn(place, known.hook, known.place);
    }
  }
}
