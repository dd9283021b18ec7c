/** An environment that is nobody's: people, their pets, and colours. */
import {
  type Environment,
  enumReader,
  listReader,
  type MessageField,
  type MessageType,
  messageReader,
  type Reader,
  SCALAR_READERS,
  stringMapReader,
  wrapperReader,
} from "../../../src/lib/cel/index.ts";

const COLOURS = { GREY: 0, RED: 1, BLUE: 2 };

const plain = (reader: Reader): MessageField => ({ ...reader, hasPresence: false });

const pet: MessageType = {
  name: "demo.Pet",
  fields: new Map([
    ["name", plain(SCALAR_READERS.string)],
    ["colour", plain(enumReader(new Map(Object.entries(COLOURS))))],
  ]),
};

const person: MessageType = {
  name: "demo.Person",
  fields: new Map([
    ["name", plain(SCALAR_READERS.string)],
    ["age", plain(SCALAR_READERS.uint32)],
    ["balance", plain(SCALAR_READERS.int64)],
    ["is_member", plain(SCALAR_READERS.bool)],
    ["photo", plain(SCALAR_READERS.bytes)],
    ["born", plain(SCALAR_READERS.timestamp)],
    ["shoe_size", plain(wrapperReader(SCALAR_READERS.uint32))],
    ["pet", plain(messageReader(pet))],
    ["pets", plain(listReader(messageReader(pet)))],
    ["tags", plain(stringMapReader(SCALAR_READERS.string))],
    ["nickname", { ...SCALAR_READERS.string, hasPresence: true }],
  ]),
};

export const demo: Environment = {
  variables: new Map([
    ["person", person],
    ["friend", person],
  ]),
  messages: new Map([pet, person].map((message) => [message.name, message])),
  constants: new Map(
    Object.entries(COLOURS).map(([name, number]) => [`demo.Colour.${name}`, BigInt(number)]),
  ),
  container: "demo",
};
