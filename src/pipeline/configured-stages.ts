/** @module The stages that a configuration asks for. */
import { WantedFields } from "../event/fetch/wanted.ts";
import { Aggregator } from "./aggregate/aggregator.ts";
import { Problems } from "./config/problems.ts";
import { WaitingRoom } from "./enrich/waiting-room.ts";
import { type FieldRule, readFieldRules } from "./fields/field-filter.ts";
import { createExportFilter } from "./filter/export-filter.ts";
import type { Predicate } from "./filter/predicate.ts";
import { CgroupLimiter } from "./limit/cgroup-limiter.ts";
import { RateLimiter } from "./limit/rate-limiter.ts";
import { Redactor } from "./redact/redactor.ts";
import { readRedactionRules } from "./redact/rules.ts";
import type { PipelineSettings } from "./settings.ts";

/** The stages that are configured. */
export interface Stages {
  readonly redactor: Redactor | undefined;
  readonly exportFilter: Predicate | undefined;
  readonly fieldRules: readonly FieldRule[] | undefined;
  readonly aggregator: Aggregator | undefined;
  readonly rateLimiter: RateLimiter | undefined;
  readonly cgroupLimiter: CgroupLimiter | undefined;
  readonly waitingRoom: WaitingRoom | undefined;
  /** The fields that they look at in events that come as text, but for those that redaction does. */
  readonly wanted: WantedFields;
}

/** Makes them. @throws TetradError with every problem of the filter options, one after another. */
export function createStages(settings: PipelineSettings): Stages {
  const { warn, clock, aggregation, cgroupRate, exportRateLimit, enrichment } = settings;
  const problems = new Problems();
  const wanted = new WantedFields();
  const redactionRules = readRedactionRules(settings.redactionFilters, problems, warn);
  const exportFilter = createExportFilter(
    {
      allowlist: settings.exportAllowlist,
      denylist: settings.exportDenylist,
      ...(settings.filterNames !== undefined && { names: settings.filterNames }),
      enablePidSetFilter: settings.enablePidSetFilter,
      wanted,
      warn,
    },
    problems,
  );
  if (cgroupRate !== undefined) wanted.add("process.docker");
  if (aggregation !== undefined) for (const field of ["time", "aggregation_info"]) wanted.addCommon(field);
  const fieldRules = readFieldRules(
    settings.fieldFilters,
    problems,
    warn,
    settings.filterNames?.fieldFilters,
  );
  problems.throwIfAny();
  return {
    redactor: redactionRules.length === 0 ? undefined : new Redactor(redactionRules),
    exportFilter,
    fieldRules: fieldRules.length === 0 ? undefined : fieldRules,
    aggregator: aggregation && new Aggregator(aggregation, clock()),
    rateLimiter: exportRateLimit < 0 ? undefined : new RateLimiter(exportRateLimit, clock()),
    cgroupLimiter: cgroupRate && new CgroupLimiter(cgroupRate),
    waitingRoom: enrichment && new WaitingRoom(enrichment, settings.onInternalError),
    wanted,
  };
}
