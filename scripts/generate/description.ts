/**
 * @module The description of Tetragon's messages: TypeScript made of the .proto files, one file for each.
 *
 * The compiler is `buf`, which comes from npm with its executable: what it refuses is not protobuf. Its output is the
 * standard descriptor set, which `@bufbuild/protobuf` reads.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import {
  createFileRegistry,
  type DescEnum,
  type DescField,
  type DescFile,
  type DescMessage,
  type DescService,
  type FileRegistry,
  fromBinary,
  ScalarType,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { COMMENTS_PATH, renderComments } from "./comments.ts";

const ROOT = join(import.meta.dir, "../..");
/** Where the .proto files are. */
export const PROTO_DIRECTORY = join(ROOT, "proto");
/** Where the generated files go, from the top of the project. */
const TARGET = "src/event/description/generated";
const DESCRIPTOR = "../descriptor.ts";
/** What is described. The rest of the API are calls, not events. */
const PACKAGE = "tetragon";

/** The scalars that descriptors have. */
const SCALARS: ReadonlyMap<ScalarType, string> = new Map([
  [ScalarType.BOOL, "bool"],
  [ScalarType.STRING, "string"],
  [ScalarType.BYTES, "bytes"],
  [ScalarType.INT32, "int32"],
  [ScalarType.INT64, "int64"],
  [ScalarType.UINT32, "uint32"],
  [ScalarType.UINT64, "uint64"],
]);

/** Messages of google.protobuf by what descriptors call them. */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  "google.protobuf.Timestamp": "timestamp",
  "google.protobuf.Duration": "duration",
  "google.protobuf.FieldMask": "field_mask",
  "google.protobuf.Any": "any",
};

/** What the JSON of a kind is in TypeScript. */
const JSON_TYPES: Readonly<Record<string, string>> = {
  bool: "boolean",
  int32: "number | string",
  int64: "number | string",
  uint32: "number | string",
  uint64: "number | string",
  any: "{ [key: string]: unknown }",
};

/**
 * Compiles .proto files.
 * @throws Error with the compiler's findings when it refuses them.
 */
export function compileProto(directory: string = PROTO_DIRECTORY): FileRegistry {
  const buf = join(ROOT, "node_modules/.bin/buf");
  const { status, stdout, stderr } = spawnSync(buf, ["build", directory, "-o", "-#format=binpb"]);
  if (status !== 0) throw new Error(`Cannot compile ${directory}:\n${stderr.toString().trim()}`);
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, stdout));
}

/**
 * The generated files by path, from the top of the project; `undefined` for one whose .proto file is gone.
 * @param registry What was compiled. @default the project's own .proto files
 */
export function renderDescription(
  registry: FileRegistry = compileProto(),
): Record<string, string | undefined> {
  const present = readdirSync(join(ROOT, TARGET)).map((name) => [`${TARGET}/${name}`, undefined]);
  const files: Record<string, string | undefined> = Object.fromEntries(present);
  for (const file of registry.files) {
    if (file.proto.package !== PACKAGE) continue;
    files[`${TARGET}/${basename(file.name)}.ts`] = new FileWriter(file).render();
  }
  files[COMMENTS_PATH] = renderComments(registry);
  return files;
}

type Named = DescEnum | DescMessage;

/** `tetragon.GetInfoResponse.Probe` is `GetInfoResponse_Probe`. */
function localName({ typeName, file }: Named): string {
  return typeName.slice(file.proto.package.length + 1).replaceAll(".", "_");
}

/** The declaration of enum values; its descriptor has another name. */
function descriptorName(type: Named): string {
  return type.kind === "enum" ? `${localName(type)}Enum` : localName(type);
}

class FileWriter {
  readonly #file: DescFile;
  /** Names used of each other generated file. */
  readonly #imports = new Map<string, Set<string>>();
  readonly #comments: ReadonlyMap<string, string>;

  constructor(file: DescFile) {
    this.#file = file;
    const locations = file.proto.sourceCodeInfo?.location ?? [];
    this.#comments = new Map(
      locations.map(({ path, leadingComments }) => [path.join("."), leadingComments.trim()]),
    );
  }

  render(): string {
    const { enums, messages, services } = this.#file;
    const parts = [
      ...enums.map((type, i) => this.#enum(type, `5.${i}`)),
      ...messages.flatMap((message, i) => this.#messages(message, `4.${i}`)),
      ...services.map((service, i) => this.#service(service, `6.${i}`)),
    ];
    const source = `proto/${this.#file.name}.proto`;
    return [
      `// Generated from ${source} by scripts/generate/description.ts: edit there, then run "npm run generate".`,
      ...[...this.#imports]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([path, names]) => `import { ${[...names].sort().join(", ")} } from "${path}";`),
      "",
      parts.join("\n\n"),
      "",
    ].join("\n");
  }

  #import(path: string, name: string): string {
    const names = this.#imports.get(path) ?? new Set();
    this.#imports.set(path, names.add(name));
    return name.replace(/^type /, "");
  }

  /** The name of something that this or another file declares. */
  #use(type: Named, name: string): string {
    if (type.file.name === this.#file.name) return name;
    return this.#import(`./${basename(type.file.name)}.ts`, name);
  }

  #comment(path: string, fallback: string): string {
    const text = this.#comments.get(path)?.replaceAll(/\s*\n\s*/g, " ");
    return `/** ${text === undefined || text === "" ? fallback : text} */`;
  }

  #enum(type: DescEnum, path: string): string {
    const name = localName(type);
    const descriptor = this.#import(DESCRIPTOR, "EnumDescriptor");
    return [
      this.#comment(path, `\`${type.typeName}\`.`),
      `export const ${name} = {`,
      ...type.values.map((value) => `  ${value.name}: ${value.number},`),
      "} as const;",
      `export const ${descriptorName(type)} = /* @__PURE__ */ new ${descriptor}("${type.typeName}", ${name});`,
    ].join("\n");
  }

  #messages(message: DescMessage, path: string): string[] {
    const nested = message.nestedMessages.flatMap((inner, i) => this.#messages(inner, `${path}.3.${i}`));
    const enums = message.nestedEnums.map((inner, i) => this.#enum(inner, `${path}.4.${i}`));
    return [...enums, ...nested, this.#message(message, path)];
  }

  #message(message: DescMessage, path: string): string {
    const name = localName(message);
    const comment = this.#comment(path, `\`${message.typeName}\`.`);
    const descriptor = this.#import(DESCRIPTOR, "MessageDescriptor");
    const members = message.fields.map(
      (field) => `  ${field.name}?: ${this.#jsonType(field)} | null | undefined;`,
    );
    const declaration = `export const ${name} = /* @__PURE__ */ new ${descriptor}<${name}>("${message.typeName}", () => [`;
    if (members.length === 0) return `${comment}\nexport type ${name} = object;\n${declaration}]);`;
    return [
      comment,
      `export type ${name} = {`,
      ...members,
      "};",
      declaration,
      ...message.fields.map((field) => `  ${this.#field(field)},`),
      "]);",
    ].join("\n");
  }

  #field(field: DescField): string {
    const { repeated, map, wrapped } = shapeOf(field);
    const options = [
      repeated ? "repeated: true" : "",
      map === undefined ? "" : `map: "${map}"`,
      wrapped ? "wrapped: true" : "",
      field.oneof === undefined ? "" : `oneof: "${field.oneof.name}"`,
      field.deprecated ? "deprecated: true" : "",
    ].filter((option) => option !== "");
    const type = typeOf(field);
    const declared = typeof type === "string" ? `"${type}"` : this.#use(type, descriptorName(type));
    const last = options.length === 0 ? "" : `, { ${options.join(", ")} }`;
    return `${this.#import(DESCRIPTOR, "field")}("${field.name}", ${field.number}, ${declared}${last})`;
  }

  #jsonType(field: DescField): string {
    const type = typeOf(field);
    const { repeated, map } = shapeOf(field);
    let json: string;
    if (typeof type === "string") json = JSON_TYPES[type] ?? "string";
    else if (type.kind === "message") json = this.#use(type, localName(type));
    else json = `${this.#import(DESCRIPTOR, "type EnumValue")}<typeof ${this.#use(type, localName(type))}>`;
    if (map !== undefined) return `Record<string, ${json}>`;
    return repeated ? `(${json})[]`.replace(/^\((\w+)\)/, "$1") : json;
  }

  #service(service: DescService, path: string): string {
    const descriptor = this.#import(DESCRIPTOR, "type ServiceDescriptor");
    return [
      this.#comment(path, `\`${service.typeName}\`.`),
      `export const ${service.name}: ${descriptor} = {`,
      `  name: "${service.typeName}",`,
      "  methods: [",
      ...service.methods.map(({ name, input, output, methodKind }) => {
        if (methodKind !== "unary" && methodKind !== "server_streaming") {
          throw new Error(`Cannot generate ${service.typeName}.${name}: descriptors lack ${methodKind}`);
        }
        const types = `input: ${this.#use(input, localName(input))}, output: ${this.#use(output, localName(output))}`;
        return `    { name: "${name}", ${types}, isServerStreaming: ${methodKind === "server_streaming"} },`;
      }),
      "  ],",
      "};",
    ].join("\n");
  }
}

/** How many values a field has, and whether they are wrapped. */
function shapeOf(field: DescField): { repeated: boolean; map: string | undefined; wrapped: boolean } {
  return {
    repeated: field.fieldKind === "list",
    map: field.fieldKind === "map" ? scalarName(field.mapKey, field) : undefined,
    wrapped: wrappedScalar(field) !== undefined,
  };
}

/** The type of one value of a field: a kind, or a type that has a name. */
function typeOf(field: DescField): string | Named {
  if (field.enum !== undefined) return field.enum;
  if (field.scalar !== undefined) return scalarName(field.scalar, field);
  const message = field.message!;
  const wrapped = wrappedScalar(field);
  if (wrapped !== undefined) return scalarName(wrapped, field);
  const known = WELL_KNOWN[message.typeName];
  if (known !== undefined) return known;
  if (message.typeName.startsWith("google.")) throw lacking(message.typeName, field);
  return message;
}

/** What a message like `google.protobuf.UInt32Value` wraps. */
function wrappedScalar({ message }: DescField): ScalarType | undefined {
  const isWrapper = message !== undefined && /^google\.protobuf\.\w+Value$/.test(message.typeName);
  return isWrapper && message.fields.length === 1 ? message.fields[0]!.scalar : undefined;
}

function scalarName(scalar: ScalarType, field: DescField): string {
  const name = SCALARS.get(scalar);
  if (name === undefined) throw lacking(ScalarType[scalar].toLowerCase(), field);
  return name;
}

function lacking(type: string, field: DescField): Error {
  return new Error(
    `Cannot generate field ${field.parent.typeName}.${field.name}: src/event/description/descriptor.ts lacks the type ${type}`,
  );
}
