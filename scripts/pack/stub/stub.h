/*
 * What the packer writes into the stub. layout.ts holds the same offsets; every address is one at run time.
 */
#ifndef TETRAD_STUB_H
#define TETRAD_STUB_H

#include <stdint.h>

/* "tetrad-1", and the bytes of struct stub_table after it: text, since an assembler reads them. */
#define STUB_MAGIC "0x312d646172746574"
#define STUB_TABLE_REST "1832"
enum { STUB_MAX_LIBRARIES = 8, STUB_NAME_BYTES = 32 };

struct stub_library {
	/* Where the library's file lies in the payload segment, its size in bytes, a multiple of 8. */
	uint64_t address;
	uint64_t size;
	uint64_t checksum;
	/* SONAME. */
	char name[STUB_NAME_BYTES];
};

/* A word of the program's that the loader must see changed while it loads, as it is after and before. */
struct stub_patch {
	uint64_t address;
	uint64_t during;
	uint64_t after;
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
	/* The program's version requirements lie in a read-only segment: made writable while they are changed. */
	uint64_t versions_address;
	uint64_t versions_size;
	uint64_t library_count;
	/* First the values of DT_NEEDED, 64 bits each, then the file names of version requirements, 32 bits. */
	uint64_t needed_count;
	uint64_t patch_count;
	struct stub_patch patch[2 * STUB_MAX_LIBRARIES];
	/* The loader first. */
	struct stub_library library[STUB_MAX_LIBRARIES];
	/* Over everything above. */
	uint64_t checksum;
	/* The program headers that headers_address points at. */
	unsigned char headers[56 * 16];
};

_Static_assert(sizeof(struct stub_table) == 8 + 1832, "STUB_TABLE_REST is wrong");

#endif
