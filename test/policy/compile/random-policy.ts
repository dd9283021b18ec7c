/**
 * @module Random hooks that meet at one place, as documents say them: every type that the place may have, every operator on
 * it, every condition on the process, every action.
 */
import fc from "fast-check";
import { type FeatureName, haveFeature } from "../../../src/kernel/feature/index.ts";
import { ARGUMENT_TYPES, type ArgumentTypeName } from "../../../src/policy/argument-type.ts";
import { operatorsOf } from "../../../src/policy/document/meaning/operand/operators.ts";
import type { ValueOperator } from "../../../src/policy/document/schema/selector.ts";
import { NAMESPACE_NAMES } from "../../../src/policy/policy.ts";
import { RunningKernel } from "../../../src/source/sensor/policy/kernel.ts";

/** A value as JSON has it. */
export type Json = string | number | boolean | readonly Json[] | { readonly [name: string]: Json };
type JsonObject = { readonly [name: string]: Json };

/** A place, and what its arguments may be. */
interface Place {
  readonly section: "kprobes" | "fentries" | "lsmhooks" | "tracepoints" | "uprobes" | "usdts";
  readonly hook: JsonObject;
  readonly indices: readonly number[];
  readonly types: readonly ArgumentTypeName[];
  /** Which of them are pointers to the verifier: it knows that they are no numbers. */
  readonly pointers?: readonly number[];
  /** Ways to members, and the types that they have. */
  readonly ways: readonly {
    readonly index: number;
    readonly resolve: string;
    readonly type: ArgumentTypeName;
  }[];
  readonly hasReturn: boolean;
}

const ALL_TYPES = (Object.keys(ARGUMENT_TYPES) as ArgumentTypeName[]).filter(
  (type) => !("isInternal" in ARGUMENT_TYPES[type]),
);
/** Numbers, and what is found by one. */
const NUMBERS = ALL_TYPES.filter(
  (type) => ARGUMENT_TYPES[type].operands === "integer" || ["fd", "capability", "bpf_cmd"].includes(type),
);
/** Only records of tracepoints have them. */
const OF_RECORDS: readonly ArgumentTypeName[] = ["const_buf", "data_loc"];
/** A kernel without modules has no such type. */
const OF_MODULES: readonly ArgumentTypeName[] = ["load_info", "module"];
const TYPES = ALL_TYPES.filter((type) => !OF_RECORDS.includes(type) && !OF_MODULES.includes(type));
/** What programs have in their own memory. */
const PROGRAM_TYPES = TYPES.filter(
  (type) =>
    (ARGUMENT_TYPES[type].operands === "integer" && type !== "syscall64") ||
    ["string", "char_buf", "char_iovec", "sockaddr", "sockaddr_un", "fd", "nop"].includes(type),
);
const FIELD_TYPES = TYPES.filter((type) => ARGUMENT_TYPES[type].isOfTracepoints);
const INDICES = [0, 1, 2, 3, 4];

const WAYS_OF_FILE = [
  { index: 0, resolve: "f_path.dentry.d_name.name", type: "string" },
  { index: 0, resolve: "f_inode.i_ino", type: "uint64" },
  { index: 0, resolve: "f_cred.uid.val", type: "uint32" },
] as const;

const PLACES: readonly Place[] = [
  {
    section: "kprobes",
    hook: { call: "security_file_permission", syscall: false },
    indices: INDICES,
    types: TYPES,
    ways: WAYS_OF_FILE,
    hasReturn: true,
  },
  {
    section: "fentries",
    hook: { call: "security_file_permission", syscall: false },
    indices: [0, 1],
    types: TYPES,
    pointers: [0],
    ways: WAYS_OF_FILE,
    hasReturn: true,
  },
  {
    section: "fentries",
    hook: { call: "sys_openat" },
    indices: INDICES,
    types: TYPES,
    ways: [],
    hasReturn: true,
  },
  {
    section: "lsmhooks",
    hook: { hook: "file_permission" },
    indices: [0, 1],
    types: TYPES,
    pointers: [0],
    ways: WAYS_OF_FILE,
    hasReturn: false,
  },
  {
    section: "lsmhooks",
    hook: { hook: "file_open" },
    indices: [0],
    types: TYPES,
    pointers: [0],
    ways: WAYS_OF_FILE,
    hasReturn: false,
  },
  ...["sys_write", "sys_openat"].map(
    (call): Place => ({
      section: "kprobes",
      hook: { call },
      indices: INDICES,
      types: TYPES,
      ways: [],
      hasReturn: true,
    }),
  ),
  {
    section: "tracepoints",
    hook: { subsystem: "sched", event: "sched_process_exec", raw: true },
    indices: [0, 1, 2],
    types: TYPES,
    ways: [
      { index: 0, resolve: "comm", type: "string" },
      { index: 0, resolve: "real_parent.tgid", type: "int" },
    ],
    hasReturn: false,
  },
  {
    section: "tracepoints",
    hook: { subsystem: "syscalls", event: "sys_enter_unlinkat" },
    indices: [4, 5, 6, 7],
    types: FIELD_TYPES,
    ways: [],
    hasReturn: false,
  },
  {
    section: "uprobes",
    hook: { path: "/bin/sh", symbols: ["main"] },
    indices: INDICES,
    types: PROGRAM_TYPES,
    ways: [],
    hasReturn: true,
  },
  {
    section: "usdts",
    hook: { path: "/bin/sh", provider: "some", name: "probe" },
    indices: INDICES,
    types: PROGRAM_TYPES,
    ways: [],
    hasReturn: false,
  },
];

const NAME = fc.string({ unit: fc.constantFrom("a", "b", "c", "é", "-"), minLength: 1, maxLength: 12 });
const PATH = fc.array(NAME, { minLength: 1, maxLength: 5 }).map((names) => `/${names.join("/")}`);
const GLOB = fc.tuple(PATH, PATH).map(([one, other]) => `${one}*${other}`);
const SMALL = fc.integer({ min: 1, max: 100 });
const RANGE = fc.tuple(SMALL, SMALL).map(([one, other]) => `${Math.min(one, other)}:${Math.max(one, other)}`);
const NETWORK = fc.oneof(
  fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([address, bits]) => `${address}/${bits}`),
  fc
    .tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }))
    // fast-check writes some with an IPv4 address at the end and more than one run of zeroes before it.
    .map(([, bits]) => `fe80:1:2::3/${bits}`),
  fc.constantFrom("127.0.0.1", "::1"),
);

const some = <T>(value: fc.Arbitrary<T>, most = 6) =>
  fc.uniqueArray(value, { minLength: 1, maxLength: most });
const TEXTS: Readonly<Record<"file" | "string", fc.Arbitrary<string>>> = {
  file: fc.oneof({ arbitrary: PATH, weight: 4 }, { arbitrary: GLOB, weight: 1 }),
  string: NAME,
};

/** What an operator is compared with. */
function valuesOf(operator: ValueOperator, type: ArgumentTypeName): fc.Arbitrary<readonly string[]> {
  const isPath = ARGUMENT_TYPES[type].operands === "file" || type === "dentry" || type === "linux_binprm";
  switch (operator) {
    case "InRange":
    case "NotInRange":
      return some(fc.oneof(RANGE, SMALL.map(String)));
    case "SubString":
    case "SubStringIgnCase":
      return some(NAME);
    case "Prefix":
    case "NotPrefix":
    case "Postfix":
    case "NotPostfix":
      return some(TEXTS[isPath ? "file" : "string"], 12);
    case "FileType":
    case "NotFileType":
      return some(fc.constantFrom("reg", "dir", "lnk", "chr", "blk", "fifo", "sock"));
    case "SAddr":
    case "NotSAddr":
    case "DAddr":
    case "NotDAddr":
      return some(NETWORK);
    case "SPort":
    case "NotSPort":
    case "DPort":
    case "NotDPort":
      return some(fc.oneof(RANGE, SMALL.map(String)));
    case "SPortPriv":
    case "NotSportPriv":
    case "DPortPriv":
    case "NotDPortPriv":
      return fc.constant([]);
    case "Protocol":
      return some(fc.constantFrom("IPPROTO_TCP", "IPPROTO_UDP", "IPPROTO_ICMP"));
    case "Family":
      return some(
        type === "sockaddr_un" ? fc.constant("AF_UNIX") : fc.constantFrom("AF_INET", "AF_INET6", "AF_UNIX"),
      );
    case "State":
      return some(fc.constantFrom("TCP_ESTABLISHED", "TCP_SYN_SENT", "TCP_CLOSE"));
    default:
      break;
  }
  const { operands } = ARGUMENT_TYPES[type];
  if (operands === "integer" || operands === "capabilities") {
    return some(SMALL.map(String), operator.endsWith("InMap") ? 40 : operator.length === 2 ? 1 : 6);
  }
  return some(TEXTS[isPath ? "file" : "string"], 12);
}

/** Operators that take one argument. */
function plainOperators(type: ArgumentTypeName): readonly ValueOperator[] {
  return operatorsOf(type).filter((name) => name !== "CelExpr" && name !== "CapabilitiesGained");
}

/** `arg0 == 5`, of an integer of 32 or 64 bits. */
function expression(position: number, type: ArgumentTypeName): fc.Arbitrary<string> {
  const { size, isSigned } = ARGUMENT_TYPES[type] as { readonly size: number; readonly isSigned: boolean };
  const value = (number: number) =>
    size === 8 ? `${number}${isSigned ? "" : "u"}` : `${isSigned ? "int32" : "uint32"}(${number})`;
  const comparison = fc
    .tuple(fc.constantFrom("==", "!=", "<", ">="), SMALL)
    .map(([operator, number]) => `arg${position} ${operator} ${value(number)}`);
  return fc
    .array(comparison, { minLength: 1, maxLength: 3 })
    .map((all) => all.map((each) => `(${each})`).join(" || "));
}

function filterOf(argument: JsonObject, position: number): fc.Arbitrary<JsonObject> | undefined {
  const type = argument.type as ArgumentTypeName;
  const operators = plainOperators(type);
  if (operators.length === 0 || argument.returnCopy === true) return undefined;
  const plain = fc
    .constantFrom(...operators)
    .chain((operator) =>
      valuesOf(operator, type).map((values): JsonObject => ({ args: [position], operator, values })),
    );
  if (!operatorsOf(type).includes("CelExpr")) return plain;
  const cel = expression(position, type).map(
    (text): JsonObject => ({ args: [position], operator: "CelExpr", values: [text] }),
  );
  return fc.oneof({ arbitrary: plain, weight: 6 }, { arbitrary: cel, weight: 1 });
}

function argumentOf(place: Place): fc.Arbitrary<JsonObject> {
  const plain = fc
    .tuple(fc.constantFrom(...place.indices), fc.constantFrom(...place.types), fc.boolean(), fc.boolean())
    .filter(([index, type]) => !(place.pointers?.includes(index) && NUMBERS.includes(type)))
    .map(([index, type, isLong, isFilled]): JsonObject => {
      const isBuffer = type === "char_buf" || type === "char_iovec";
      return {
        index,
        type,
        ...(isBuffer ? { sizeArgIndex: place.indices[1]! + 1 } : {}),
        ...(isLong && (type === "char_buf" || type === "iov_iter") ? { maxData: true } : {}),
        ...(isFilled && place.hasReturn && type === "char_buf" ? { returnCopy: true } : {}),
      };
    });
  if (place.ways.length === 0) return plain;
  return fc.oneof({ arbitrary: plain, weight: 4 }, { arbitrary: fc.constantFrom(...place.ways), weight: 1 });
}

const IN = fc.constantFrom("In", "NotIn");
const BINARIES = fc.oneof(
  fc.record({ operator: IN, values: some(PATH), followChildren: fc.boolean() }),
  fc.record({
    operator: fc.constantFrom("In", "NotIn", "Prefix", "NotPrefix", "Postfix", "NotPostfix"),
    values: some(TEXTS.file),
  }),
);
const CAPABILITIES = fc.record({
  type: fc.constantFrom("Effective", "Inheritable", "Permitted"),
  operator: IN,
  isNamespaceCapability: fc.boolean(),
  values: some(fc.constantFrom("CAP_SYS_ADMIN", "CAP_NET_RAW", "CAP_CHOWN")),
});
/** Conditions on the process are recorded of every process: of each kind there are so many that all can be at once. */
const OF_EACH_KIND = 16;
const lists = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.constantFrom(...fc.sample(value, OF_EACH_KIND)), { minLength: 1, maxLength: 2 });

/** Conditions on the process. */
const OF_PROCESS = {
  matchBinaries: lists(BINARIES),
  matchParentBinaries: lists(BINARIES),
  matchPIDs: lists(
    fc.record({
      operator: IN,
      values: some(fc.integer({ min: 1, max: 1 << 20 })),
      isNamespacePID: fc.boolean(),
      followForks: fc.boolean(),
    }),
  ),
  matchNamespaces: lists(
    fc.record({
      namespace: fc.constantFrom(...NAMESPACE_NAMES),
      operator: IN,
      values: some(fc.constantFrom("host_ns", "4026531835", "1")),
    }),
  ),
  matchNamespaceChanges: lists(
    fc.record({ operator: IN, values: some(fc.constantFrom(...NAMESPACE_NAMES)) }),
  ),
  matchCapabilities: lists(CAPABILITIES),
  matchCapabilityChanges: lists(CAPABILITIES),
  matchCmdArgs: lists(
    fc.record({
      index: fc.integer({ min: 0, max: 5 }),
      operator: fc.constantFrom("Equal", "Prefix", "Postfix"),
      values: some(NAME),
    }),
  ),
};

const STACKS = ["kernelStackTrace", "userStackTrace"];

/** What only kprobes and tracepoints have. */
const OTHERS: readonly JsonObject[] = [
  { action: "NotifyEnforcer", argError: -13, argSig: 10 },
  { action: "CleanupEnforcerNotification" },
  { action: "GetUrl", argUrl: "http://127.0.0.1/" },
];

/** Whether this kernel gives digests of files to programs. */
const HAS_HASHES =
  new RunningKernel("").types.enumerator("bpf_func_id", "BPF_FUNC_ima_inode_hash") !== undefined;

function actionsOf(place: Place): fc.Arbitrary<readonly JsonObject[]> {
  const { section } = place;
  const hasHashes = HAS_HASHES && place.hook.hook === "file_open";
  const hasStacks = section === "kprobes" || section === "fentries";
  const post = fc
    .record(
      {
        action: fc.constant("Post"),
        rateLimit: fc.constantFrom("60s", "5m"),
        kernelStackTrace: fc.constant(true),
        userStackTrace: fc.constant(true),
        imaHash: fc.constant(true),
      },
      { requiredKeys: ["action"] },
    )
    .map((each): JsonObject => {
      const left = [...(hasStacks ? [] : STACKS), ...(hasHashes ? [] : ["imaHash"])];
      return Object.fromEntries(Object.entries(each).filter(([name]) => !left.includes(name)));
    });
  const isOverridden =
    section === "lsmhooks" || (section === "kprobes" && String(place.hook.call).startsWith("security_"));
  const override = isOverridden ? [{ action: "Override", argError: -13 }] : [];
  const signals = section === "fentries" ? [] : [{ action: "Sigkill" }, { action: "Signal", argSig: 10 }];
  const others: readonly JsonObject[] = [
    { action: "NoPost" },
    ...signals,
    ...(section === "kprobes" || section === "tracepoints" ? OTHERS : []),
    ...override,
  ];
  return fc.uniqueArray(fc.oneof(post, fc.constantFrom(...others)), {
    minLength: 1,
    maxLength: 3,
    selector: ({ action }) => action as string,
  });
}

const RETURNED = fc.constantFrom<ArgumentTypeName>("int", "int64", "uint32", "uint64");

/** At most two of the conditions on the process. */
function processConditions(): fc.Arbitrary<JsonObject> {
  const names = Object.keys(OF_PROCESS) as (keyof typeof OF_PROCESS)[];
  return fc
    .uniqueArray(fc.constantFrom(...names), { maxLength: 2 })
    .chain(
      (chosen) =>
        fc.record(
          Object.fromEntries(chosen.map((name) => [name, OF_PROCESS[name]])),
        ) as fc.Arbitrary<JsonObject>,
    );
}

function selectorOf(
  place: Place,
  args: readonly JsonObject[],
  returned: ArgumentTypeName | undefined,
): fc.Arbitrary<JsonObject> {
  const filters = args.flatMap((argument, position) => filterOf(argument, position) ?? []);
  const matchArgs =
    filters.length === 0
      ? fc.constant({})
      : fc
          .array(fc.oneof(...filters), { maxLength: 4 })
          .map((all) => (all.length === 0 ? {} : { matchArgs: all }));
  const matchReturnArgs =
    returned === undefined
      ? fc.constant({})
      : fc.option(
          fc
            .constantFrom<ValueOperator>("Equal", "NotEqual", "GT", "InRange")
            .chain((operator) => valuesOf(operator, returned).map((values) => ({ operator, values })))
            .map((filter) => ({ matchReturnArgs: [{ index: 0, ...filter }] })),
          { nil: {} },
        );
  const matchReturnActions =
    returned === undefined
      ? fc.constant({})
      : fc.option(fc.constant({ matchReturnActions: [{ action: "Post", kernelStackTrace: true }] }), {
          nil: {},
        });
  const matchActions = fc.option(
    actionsOf(place).map((actions) => ({ matchActions: actions })),
    { nil: {} },
  );
  return fc
    .tuple(matchArgs, processConditions(), matchReturnArgs, matchActions, matchReturnActions)
    .map((parts) => Object.assign({}, ...parts) as JsonObject);
}

function hookOf(place: Place, pool: readonly JsonObject[]): fc.Arbitrary<JsonObject> {
  return fc
    .tuple(
      fc.subarray([...pool]),
      place.hasReturn ? fc.option(RETURNED, { nil: undefined }) : fc.constant(undefined),
      fc.constantFrom<readonly JsonObject[]>(
        [],
        [{ index: 0, type: "int", source: "current_task", resolve: "pid" }],
        [{ index: 0, type: "string", source: "current_task", resolve: "comm" }],
      ),
    )
    .chain(([args, returned, data]) =>
      fc.array(selectorOf(place, args, returned), { maxLength: 4 }).map((selectors): JsonObject => {
        const hasData = ["kprobes", "fentries", "uprobes"].includes(place.section);
        const isWithData = hasData && args.length + data.length <= 5 && data.length > 0;
        return {
          ...place.hook,
          ...(args.length === 0 ? {} : { args }),
          ...(isWithData ? { data } : {}),
          ...(returned === undefined ? {} : { return: true, returnArg: { index: 0, type: returned } }),
          ...(selectors.length === 0 ? {} : { selectors }),
        };
      }),
    );
}

/** Whom actions may notify. */
const ENFORCERS: Json = [{ calls: ["security_file_open"] }];

/** What sections take that not every kernel has. */
const NEEDS: Readonly<Partial<Record<Place["section"], FeatureName>>> = {
  fentries: "fentry",
  lsmhooks: "lsm",
};

/** Those that this kernel has. */
const PLACES_HERE = PLACES.filter(({ section }) => {
  const feature = NEEDS[section];
  return feature === undefined || haveFeature(feature).answer === "yes";
});

/** What meets at a place: the specs of one to three policies, each with one hook. */
export const MEETING_SPECS: fc.Arbitrary<readonly JsonObject[]> = fc
  .constantFrom(...PLACES_HERE)
  .chain((place) =>
    fc
      .array(argumentOf(place), { minLength: 1, maxLength: 5 })
      .chain((pool) => fc.array(hookOf(place, pool), { minLength: 1, maxLength: 3 }))
      .map((hooks) =>
        hooks.map(
          (hook): JsonObject => ({
            ...(place.section === "kprobes" || place.section === "tracepoints"
              ? { enforcers: ENFORCERS }
              : {}),
            [place.section]: [hook],
          }),
        ),
      ),
  );
