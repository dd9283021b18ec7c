import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import {
  BTF_KIND,
  Btf,
  BtfWriter,
  KernelTypes,
  readKernelBtf,
  readModuleBtf,
  VMLINUX_BTF,
} from "../../../src/kernel/btf/index.ts";

/**
 * struct file { int fd; };
 * int open_it(const struct file *file, unsigned long count, char *const name, ...);
 * void nothing(void);
 */
function sample(): Uint8Array {
  const b = new BtfWriter();
  const int = b.int("int", 4, true);
  const long = b.int("unsigned long", 8);
  const char = b.int("char", 1);
  const file = b.struct("file", 4, [{ name: "fd", type: int, bitOffset: 0 }]);
  const constFile = b.pointer(b.const(file));
  const name = b.const(b.pointer(char));
  const parameters = [
    { name: "file", type: constFile },
    { name: "count", type: long },
    { name: "name", type: name },
    { name: "", type: 0 },
  ];
  b.function("open_it", b.prototype(parameters, int));
  b.function("nothing", b.prototype([]));
  return b.build();
}

describe("function()", () => {
  const types = new KernelTypes(new Btf(sample()));

  test("gives parameters and what is returned, by name", () => {
    const found = types.function("open_it")!;
    expect(found.isVariadic).toBe(true);
    expect(found.parameters).toMatchObject([
      { name: "file", type: { text: "const struct file *", size: 8, isPointer: true, struct: "file" } },
      { name: "count", type: { text: "unsigned long", size: 8, isPointer: false, isSigned: false } },
      { name: "name", type: { text: "char *const", isPointer: true } },
    ]);
    expect(found.returnType).toMatchObject({ text: "int", size: 4, isSigned: true });
    expect("struct" in found.parameters[1]!.type).toBe(false);
  });

  test("knows functions that take and return nothing, and those that there are not", () => {
    expect(types.function("nothing")).toMatchObject({
      parameters: [],
      isVariadic: false,
      returnType: { text: "void", size: 0 },
    });
    expect(types.function("gone")).toBeUndefined();
    expect(types.function("file")).toBeUndefined();
  });
});

describe("a module's types", () => {
  const kernel = new Btf(sample());
  const writer = new BtfWriter({ typeCount: kernel.size, stringsLength: kernel.stringsLength });
  const file = kernel.find(BTF_KIND.STRUCT, "file")!;
  // The strings begin with "inode", and "file" is the kernel's.
  const inode = writer.struct("inode", 8, [{ name: "first", type: writer.pointer(file), bitOffset: 0 }]);
  writer.function("open_that", writer.prototype([{ name: "inode", type: writer.pointer(inode) }], file));
  const module = new Btf(writer.build(), kernel);
  const types = new KernelTypes(module);

  test("add to the kernel's: ids and names go on behind them", () => {
    expect(module.find(BTF_KIND.STRUCT, "inode")).toBeGreaterThanOrEqual(kernel.size);
    expect(module.find(BTF_KIND.STRUCT, "file")).toBe(file);
    expect(module.name(file)).toBe("file");
    expect(kernel.find(BTF_KIND.STRUCT, "inode")).toBeUndefined();
    expect(types.member("inode", "first.fd")).toMatchObject({ hops: [0], offset: 0, size: 4 });
  });

  test("have functions of both", () => {
    expect(types.function("open_that")).toMatchObject({
      parameters: [{ name: "inode", type: { text: "struct inode *", struct: "inode" } }],
      returnType: { text: "struct file" },
    });
    expect(types.function("open_it")?.id).toBeLessThan(kernel.size);
  });

  test("refuse an id that neither has", () => {
    expect(() => module.kind(module.size)).toThrow(
      `Cannot read BTF type ${module.size}: there are ${module.size}`,
    );
  });
});

describe.skipIf(!existsSync(VMLINUX_BTF))("the running kernel", () => {
  const kernel = readKernelBtf();
  const types = new KernelTypes(kernel);

  test("has functions with parameters", () => {
    const found = types.function("security_file_open")!;
    expect(found.parameters).toMatchObject([
      { name: "file", type: { text: "struct file *", struct: "file" } },
    ]);
    expect(found.returnType).toMatchObject({ text: "int", size: 4, isSigned: true });
  });

  const modules = readdirSync("/sys/kernel/btf").filter((name) => name !== "vmlinux");
  test.skipIf(modules.length === 0)("has modules, whose types are read", () => {
    for (const name of modules) expect(readModuleBtf(name, kernel).size).toBeGreaterThan(kernel.size);
  });

  test("says that a module is not there, and takes no path for a name", () => {
    expect(() => readModuleBtf("no_such_module", kernel)).toThrow(
      'Cannot read the types of module "no_such_module"',
    );
    expect(() => readModuleBtf("../../etc/passwd", kernel)).toThrow(RangeError);
  });
});
