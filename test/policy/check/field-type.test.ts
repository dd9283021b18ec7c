import { expect, test } from "bun:test";
import { parseTracepointFormat, readTracepointFormat } from "../../../src/kernel/tracepoint/index.ts";
import { misfitOfField, typeOfField } from "../../../src/policy/check/field-type.ts";

const FORMAT = `name: made_up
ID: 4711
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:unsigned char common_flags;	offset:2;	size:1;	signed:0;
	field:unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:int dfd;	offset:8;	size:8;	signed:0;
	field:const char * filename;	offset:16;	size:8;	signed:0;
	field:char comm[16];	offset:24;	size:16;	signed:0;
	field:unsigned long args[6];	offset:40;	size:48;	signed:0;
	field:__data_loc char[] name;	offset:88;	size:4;	signed:0;
	field:pid_t pid;	offset:92;	size:4;	signed:1;
	field:u64 addr;	offset:96;	size:8;	signed:0;

print fmt: "dfd: %d", REC->dfd
`;

test("parseTracepointFormat() reads the number and the fields", () => {
  const { id, fields } = parseTracepointFormat(FORMAT);
  expect(id).toBe(4711);
  expect(fields.map(({ name, type }) => `${type} | ${name}`).slice(4)).toEqual([
    "int | dfd",
    "const char * | filename",
    "char[16] | comm",
    "unsigned long[6] | args",
    "__data_loc char[] | name",
    "pid_t | pid",
    "u64 | addr",
  ]);
  expect(fields[9]).toEqual({ name: "pid", type: "pid_t", offset: 92, size: 4, isSigned: true });
  expect(() => parseTracepointFormat("nothing")).toThrow(SyntaxError);
});

test("readTracepointFormat() knows what is absent from what nobody may read", () => {
  expect(readTracepointFormat("../..", "x")).toBe("absent");
  expect(readTracepointFormat("sched", "x", "/nonexistent")).toBe("unreadable");
});

test("typeOfField() finds types by themselves where the field says all", () => {
  const types = parseTracepointFormat(FORMAT).fields.map(typeOfField);
  expect(types.slice(4)).toEqual(["int32", undefined, "string", "const_buf", "data_loc", "int32", "uint64"]);
});

test("misfitOfField() refuses types that a field cannot be", () => {
  const fields = parseTracepointFormat(FORMAT).fields;
  const field = (name: string) => fields.find((each) => each.name === name)!;
  expect(misfitOfField("string", field("filename"))).toBeUndefined();
  expect(misfitOfField("int64", field("dfd"))).toBeUndefined();
  expect(misfitOfField("int64", field("pid"))).toBe("at least 8 bytes");
  expect(misfitOfField("int", field("comm"))).toBe("a number");
  expect(misfitOfField("data_loc", field("filename"))).toBe("a field that begins with __data_loc");
  expect(misfitOfField("string", field("pid"))).toBe("a pointer to a text, or an array of characters");
  expect(misfitOfField("sock", field("pid"))).toBe("a pointer");
});
