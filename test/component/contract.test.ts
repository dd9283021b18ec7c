/** The life cycle of every component that the agent's lists name: see `src/component/component.ts`. */
import { describe, expect, test } from "bun:test";
import { EXPORTERS, SOURCES } from "../../src/agent/components.ts";
import { OPTION_TABLE } from "../../src/agent/option-table.ts";
import { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { followedBy } from "../../src/checkpoint/followers.ts";
import type { Component } from "../../src/component/component.ts";
import type { ExporterDefinition } from "../../src/exporter/exporter.ts";
import type { SourceDefinition } from "../../src/source/source.ts";
import { createCounters, createExporterCounters } from "../../src/telemetry/counters.ts";
import { testFacts } from "../metadata/facts.ts";
import { FixedMetadata } from "../metadata/fixed.ts";
import { memoryLog, until } from "../source/harness.ts";
import type { FixtureModule, Settings } from "./fixture.ts";
import { OpenResources } from "./open-resources.ts";

/** A component, and what the agent does once all have started. */
interface Subject {
  readonly component: Component;
  /** Begins its work. @returns When it has ended by itself or by `stop`. */
  work(): Promise<void>;
}

type Create = (settings: Settings) => Promise<Subject>;

function valuesOf({ values }: Settings) {
  return { ...OPTION_TABLE.defaults, ...values };
}

async function createExporter(definition: ExporterDefinition, settings: Settings): Promise<Subject> {
  const [followed] = followedBy(Checkpoint.anonymous(), 1);
  const component = await definition.create({
    name: definition.type,
    values: valuesOf(settings),
    queue: { maxEvents: 100, maxBytes: 65536 },
    counters: createExporterCounters(),
    log: memoryLog().log,
    metadata: new FixedMetadata(new TextEncoder().encode('{"event":"agent_init"}')),
    facts: testFacts(),
    positions: followed?.positions,
    followed,
  });
  return { component, work: async () => component.begin() };
}

async function createSource(definition: SourceDefinition, settings: Settings): Promise<Subject> {
  const component = await definition.create({
    values: valuesOf(settings),
    argument: settings.argument ?? "",
    sink: { write: () => undefined, offer() {} },
    counters: createCounters(),
    log: memoryLog().log,
    checkpoint: Checkpoint.anonymous(),
    maxLineBytes: 65536,
    nodeName: "test",
    filters: () => ({ allowlist: "", denylist: "" }),
    clusterName: "",
    user: undefined,
  });
  return { component, work: () => component.run() };
}

const exporters = EXPORTERS.map((definition: ExporterDefinition) => ({
  room: "exporter",
  definition,
  create: ((settings) => createExporter(definition, settings)) as Create,
}));
const sources = SOURCES.map((definition: SourceDefinition) => ({
  room: "source",
  definition,
  create: ((settings) => createSource(definition, settings)) as Create,
}));

/** Whether something can make the component's start fail. */
function canFail(module: FixtureModule): boolean {
  using fixture = module.createFixture();
  return !("never" in fixture.failing);
}

const SOON = () => AbortSignal.timeout(5000);

for (const { room, definition, create } of [...exporters, ...sources]) {
  const path = `../${room}/${definition.type}/fixture.ts`;
  const module: FixtureModule = await import(path);

  describe.skipIf(module.isSkipped === true)(
    `${room}/${definition.type} keeps the contract of components`,
    () => {
      /** Takes a component through a part of its life, stops it, and finds nothing left. */
      async function live(settings: "working" | "failing", part: (subject: Subject) => Promise<void>) {
        using fixture = module.createFixture();
        const chosen = fixture[settings];
        if ("never" in chosen) throw new TypeError("Such a component has no failing start");
        // What is opened once and stays (the BTF of the kernel, modules) is no matter of this component's life.
        const first = await create(chosen);
        await first.component.start().catch(() => {});
        await first.component.stop(SOON());

        using open = new OpenResources();
        const subject = await create(chosen);
        await part(subject);
        await subject.component.stop(SOON());
        await until(
          () => open.left().length === 0,
          () => open.left().join(", "),
        );
        return fixture.leftovers?.() ?? [];
      }

      test("start() and stop() leave nothing open, and nothing made where nothing was sent", async () => {
        const left = await live("working", async ({ component }) => component.start());
        expect(left).toEqual([]);
      });

      test("stop() ends its work", async () => {
        await live("working", async ({ component, work }) => {
          await component.start();
          const ended = work();
          await component.stop(SOON());
          await ended;
        });
      });

      if (canFail(module))
        test("a start() that fails leaves nothing behind, and stop() after it is legal", async () => {
          const left = await live("failing", async ({ component }) => {
            await expect(component.start()).rejects.toThrow(/^Cannot /);
            await component.stop(SOON());
          });
          expect(left).toEqual([]);
        });

      test("stop() before start() is legal, and start() then opens nothing", async () => {
        const left = await live("working", async ({ component }) => {
          await component.stop(SOON());
          using open = new OpenResources();
          await component.start();
          expect(open.left()).toEqual([]);
        });
        expect(left).toEqual([]);
      });

      test("stop() during start() closes what the start opens", async () => {
        const left = await live("working", async ({ component }) => {
          const starting = component.start();
          await Promise.all([component.stop(SOON()), starting.catch(() => {})]);
        });
        expect(left).toEqual([]);
      });

      test("stop() twice is legal, one after the other, at once, and without patience", async () => {
        await live("working", async ({ component, work }) => {
          await component.start();
          const ended = work();
          await Promise.all([component.stop(SOON()), component.stop(AbortSignal.abort())]);
          await component.stop(SOON());
          await ended;
        });
      });

      test("reload() is legal before start(), at work and after stop()", async () => {
        await live("working", async ({ component, work }) => {
          component.reload?.();
          await component.start();
          const ended = work();
          component.reload?.();
          await component.stop(SOON());
          await ended;
          component.reload?.();
        });
      });
    },
  );
}
