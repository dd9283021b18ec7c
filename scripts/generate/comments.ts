/** @module What the .proto files say in comments of events' messages, fields and enums: descriptions in JSON Schemas. */
import type { DescEnum, DescFile, DescMessage, FileRegistry } from "@bufbuild/protobuf";

/** Where the generated file goes, from the top of the project. */
export const COMMENTS_PATH = "src/event/description/generated/comments.ts";

/** What events are: only what it leads to is described in JSON. */
const ROOT = "tetragon.GetEventsResponse";

/** Numbers in the paths of descriptor.proto (https://protobuf.dev/reference/protobuf/google.protobuf): which list it is. */
const MESSAGES_OF_FILE = 4;
const ENUMS_OF_FILE = 5;
const FIELDS = 2;
const MESSAGES_OF_MESSAGE = 3;
const ENUMS_OF_MESSAGE = 4;

/** The generated file: a table of comments by full names. */
export function renderComments(registry: FileRegistry): string {
  const wanted = typesOfEvents(registry);
  const rows: string[] = [];
  for (const file of registry.files) {
    if (file.proto.package.startsWith("google.")) continue;
    for (const [name, comment] of commentsOf(file, wanted))
      rows.push(`  ${JSON.stringify(name)}: ${JSON.stringify(comment)},`);
  }
  return [
    '// Generated from the comments of proto/ by scripts/generate/comments.ts: edit there, then run "npm run generate".',
    "",
    "/** What is said of messages, fields and enums of events, by full name: `tetragon.Process.pid`. */",
    "export const COMMENTS: Readonly<Record<string, string>> = {",
    ...rows.sort(),
    "};",
    "",
  ].join("\n");
}

function typesOfEvents(registry: FileRegistry): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [registry.getMessage(ROOT)];
  for (let message = waiting.pop(); message !== undefined; message = waiting.pop()) {
    if (found.has(message.typeName)) continue;
    found.add(message.typeName);
    for (const { message: inner, enum: table } of message.fields) {
      if (inner !== undefined) waiting.push(inner);
      if (table !== undefined) found.add(table.typeName);
    }
  }
  return found;
}

function* commentsOf(
  file: DescFile,
  wanted: ReadonlySet<string>,
): Generator<[name: string, comment: string]> {
  const comments = new Map(
    (file.proto.sourceCodeInfo?.location ?? []).map(({ path, leadingComments }) => [
      path.join("."),
      leadingComments.trim().replaceAll(/\s*\n\s*/g, " "),
    ]),
  );
  for (const [path, type] of typesOf(file)) {
    if (!wanted.has(type.typeName)) continue;
    const names: [name: string, path: string][] = [[type.typeName, path]];
    if (type.kind === "message")
      for (const [i, { name }] of type.fields.entries())
        names.push([`${type.typeName}.${name}`, `${path}.${FIELDS}.${i}`]);
    for (const [name, place] of names) {
      const comment = comments.get(place);
      if (comment !== undefined && comment !== "") yield [name, comment];
    }
  }
}

/** All types of a file, each with its path. */
function* typesOf({ enums, messages }: DescFile): Generator<[path: string, type: DescEnum | DescMessage]> {
  for (const [i, type] of enums.entries()) yield [`${ENUMS_OF_FILE}.${i}`, type];
  for (const [i, message] of messages.entries()) yield* within(message, `${MESSAGES_OF_FILE}.${i}`);
}

function* within(
  message: DescMessage,
  path: string,
): Generator<[path: string, type: DescEnum | DescMessage]> {
  yield [path, message];
  for (const [i, type] of message.nestedEnums.entries()) yield [`${path}.${ENUMS_OF_MESSAGE}.${i}`, type];
  for (const [i, inner] of message.nestedMessages.entries())
    yield* within(inner, `${path}.${MESSAGES_OF_MESSAGE}.${i}`);
}
