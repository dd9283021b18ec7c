/*
 * What the packer writes into the stub. layout.ts holds the same offsets; every address is one at run time.
 */
#ifndef TETRAD_STUB_H
#define TETRAD_STUB_H

#include <stdint.h>

/* "tetrad-1", and the bytes of struct stub_table after it: text, since an assembler reads them. */
#define STUB_MAGIC "0x312d646172746574"
#define STUB_TABLE_REST "1416"
enum { STUB_MAX_LIBRARIES = 8, STUB_NAME_BYTES = 32 };

struct stub_library {
	/* Where the library's file lies in the payload segment, its size in bytes, a multiple of 8. */
	uint64_t address;
	uint64_t size;
	uint64_t checksum;
	/* SONAME. */
	char name[STUB_NAME_BYTES];
};

struct stub_table {
	uint64_t magic;
	/* Size of the whole executable file. */
	uint64_t file_size;
	/* The program's own entry point. */
	uint64_t entry;
	/* Program headers for the loader: the original ones, PT_INTERP included. */
	uint64_t headers_address;
	uint64_t headers_count;
	/* The value of the program's DT_DEBUG, where the loader leaves its list of objects. */
	uint64_t debug_address;
	/* The segment that holds the libraries; unmapped once they are copied. */
	uint64_t payload_address;
	uint64_t payload_size;
	uint64_t library_count;
	/* The loader first. */
	struct stub_library library[STUB_MAX_LIBRARIES];
	/* Over everything above. */
	uint64_t checksum;
	/* The program headers that headers_address points at. */
	unsigned char headers[56 * 16];
};

_Static_assert(sizeof(struct stub_table) == 8 + 1416, "STUB_TABLE_REST is wrong");

#endif
