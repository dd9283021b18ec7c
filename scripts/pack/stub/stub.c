/*
 * The code that runs before the dynamic loader in a self-contained executable.
 *
 * A dynamically linked program names its loader in PT_INTERP, and the kernel opens that path. Here the packer
 * has taken PT_INTERP away, so that the kernel takes the file for a static program and enters `stub_start`.
 * Loader and libraries lie in a read-only segment of the same file. The way from there:
 *
 *   prepare  checks the file, copies each library into a sealed memfd, maps the loader from its memfd as the
 *            kernel would have, and makes the auxiliary vector say what it says after a normal exec
 *   ld.so    loads the program's DT_NEEDED. For the time being these point at `names`, where prepare has written
 *            "/proc/self/./fd/N": the loader opens a name with a slash as a path
 *   finish   runs where the loader expects the program's entry point: puts everything back, closes the memfds,
 *            gives the libraries their names, and goes on to the program's real entry point
 *
 * Nothing goes through the environment, so no child can see any of this, a user's own LD_PRELOAD works, and
 * so does an executable with file capabilities (AT_SECURE makes the loader ignore LD_PRELOAD).
 *
 * No libc, no writable data but `names`, no bss, no relocations: see stub.ld.
 */
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>

#include "arch.h"
#include "stub.h"

/* Exit codes: see docs/packaging.md. They are those of tetrad itself. */
enum { EXIT_DAMAGED = 1, EXIT_UNSUPPORTED = 3 };

enum { PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 };
enum { MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20 };
enum { MFD_CLOEXEC = 1, MFD_ALLOW_SEALING = 2, MFD_NOEXEC_SEAL = 8 };
/*
 * F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE. Not F_SEAL_WRITE: to be sure that no page is
 * pinned it waits for every CPU to drain its lists, two milliseconds and more.
 */
enum { F_ADD_SEALS = 1033, SEALS = 0x17 };
enum { AT_FDCWD = -100, O_CLOEXEC = 02000000, O_PATH = 010000000 };
/* Offset of st_size in the kernel's struct stat, and room for the whole of it, on either architecture. */
enum { STAT_SIZE_OFFSET = 48, STAT_BYTES = 144 };
enum { EINTR = 4, ENOSYS = 38 };

/* Filled in by the packer; in assembly, so that no compiler can rely on what is in it here. */
__asm__(".section .table,\"a\"\n"
	".globl stub_table\n"
	"stub_table:\n"
	"	.quad " STUB_MAGIC "\n"
	"	.zero " STUB_TABLE_REST "\n"
	".previous\n");
extern const struct stub_table stub_table __attribute__((visibility("hidden")));

/* What DT_NEEDED points at while the loader works, one row a library; filled in by prepare(). */
__attribute__((section(".names"), visibility("hidden")))
char stub_names[STUB_MAX_LIBRARIES][STUB_NAME_BYTES] = { "" };

static const char fd_path[] = "/proc/self/./fd/";

static inline int is_error(long result)
{
	return (unsigned long)result > -4096UL;
}

static size_t length(const char *text)
{
	size_t n = 0;
	while (text[n] != '\0')
		n++;
	return n;
}

/* Appends `value` in decimal at `out`; returns the end. */
static char *decimal(char *out, unsigned value)
{
	char digits[10];
	int n = 0;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	while (n > 0)
		*out++ = digits[--n];
	return out;
}

static void say(const char *text)
{
	syscall6(SYS_write, 2, (long)text, (long)length(text), 0, 0, 0);
}

/* One line on stderr, then the end. `result` is a negated errno, or 0 where there is none to show. */
static __attribute__((noreturn)) void fail(int code, const char *why, long result)
{
	char number[16];

	say("tetrad: Cannot start: ");
	say(why);
	if (result != 0) {
		say(" (errno ");
		*decimal(number, (unsigned)-result) = '\0';
		say(number);
		say(")");
	}
	say("\n");
	for (;;)
		syscall6(SYS_exit_group, code, 0, 0, 0, 0, 0);
}

/*
 * Two running sums over 64-bit words, so that order counts too. It guards against a damaged download, not
 * against an attacker, and costs a fifth of a millisecond for 3 MB.
 */
static uint64_t checksum(const void *start, size_t bytes)
{
	const uint64_t *word = start;
	uint64_t a = 1, b = 0;

	for (size_t n = bytes / 8; n != 0; n--) {
		a += *word++;
		b += a;
	}
	return a ^ (b << 32 | b >> 32);
}

/*
 * A truncated file would otherwise die by SIGBUS at the first page that is gone. Opening /proc/self/exe also
 * says whether /proc is there, which the program cannot do without; O_PATH needs no right to read.
 */
static void check_file(const struct stub_table *table)
{
	_Alignas(8) char status[STAT_BYTES];
	long fd = syscall6(SYS_openat, AT_FDCWD, (long)"/proc/self/exe", O_PATH | O_CLOEXEC, 0, 0, 0);

	if (is_error(fd))
		fail(EXIT_UNSUPPORTED, "/proc is not mounted here, and it is needed", fd);
	long result = syscall6(SYS_fstat, fd, (long)status, 0, 0, 0, 0);
	if (is_error(result))
		fail(EXIT_UNSUPPORTED, "the size of the executable file cannot be read", result);
	syscall6(SYS_close, fd, 0, 0, 0, 0, 0);
	if (*(const uint64_t *)(status + STAT_SIZE_OFFSET) < table->file_size)
		fail(EXIT_DAMAGED, "the executable file is truncated", 0);
	if (checksum(table, offsetof(struct stub_table, checksum)) != table->checksum)
		fail(EXIT_DAMAGED, "the executable file is damaged: the checksum of its table differs", 0);
	for (uint32_t i = 0; i < table->library_count; i++) {
		const struct stub_library *library = &table->library[i];
		if (checksum((const void *)library->address, library->size) != library->checksum)
			fail(EXIT_DAMAGED, "the executable file is damaged: the checksum of a library differs", 0);
	}
}

/* A sealed memfd that holds the library. Close-on-exec: a preloaded library's constructor may start children. */
static int copy_to_memfd(const struct stub_library *library)
{
	/* vm.memfd_noexec=2 refuses a memfd without MFD_NOEXEC_SEAL; kernels before 6.3 refuse one with it. */
	long fd = syscall6(SYS_memfd_create, (long)library->name,
			   MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL, 0, 0, 0, 0);
	if (is_error(fd))
		fd = syscall6(SYS_memfd_create, (long)library->name, MFD_CLOEXEC | MFD_ALLOW_SEALING,
			      0, 0, 0, 0);
	if (fd == -ENOSYS)
		fail(EXIT_UNSUPPORTED, "the kernel has no memfd_create, needs Linux 3.17 or newer", 0);
	if (is_error(fd))
		fail(EXIT_UNSUPPORTED, "memfd_create is refused", fd);

	for (size_t done = 0; done < library->size;) {
		long n = syscall6(SYS_write, fd, (long)(library->address + done),
				  (long)(library->size - done), 0, 0, 0);
		if (n == -EINTR)
			continue;
		if (is_error(n))
			fail(EXIT_UNSUPPORTED, "a library cannot be copied to memory", n);
		done += (size_t)n;
	}
	/* Best effort, needs Linux 5.1: an unsealed copy runs as well. */
	syscall6(SYS_fcntl, fd, F_ADD_SEALS, SEALS, 0, 0, 0);
	return (int)fd;
}

static long map(uintptr_t address, size_t bytes, int protection, int flags, int fd, uint64_t offset)
{
	long result = syscall6(SYS_mmap, (long)address, (long)bytes, protection, flags, fd, (long)offset);
	if (is_error(result))
		fail(EXIT_UNSUPPORTED, "the dynamic loader cannot be mapped", result);
	return result;
}

static int protection_of(uint32_t flags)
{
	return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
	       (flags & PF_X ? PROT_EXEC : 0);
}

/*
 * Maps the loader as binfmt_elf does: one reservation at an address of the kernel's choice (so randomised as
 * ever), each segment over its part of it. `image` is the loader's file. Returns the load address.
 */
static uintptr_t map_loader(const Elf64_Ehdr *image, int fd, uintptr_t page)
{
	const Elf64_Phdr *header = (const void *)((const char *)image + image->e_phoff);
	const Elf64_Phdr *end = header + image->e_phnum;
	uintptr_t top = 0, align = page;

	for (const Elf64_Phdr *p = header; p < end; p++) {
		if (p->p_type != PT_LOAD)
			continue;
		top = (p->p_vaddr + p->p_memsz + page - 1) & -page;
		if (p->p_align > align)
			align = p->p_align;
	}

	/* mmap(2) aligns to pages only: reserve more, then give back both ends. */
	uintptr_t slack = align - page;
	uintptr_t reserved = (uintptr_t)map(0, top + slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t base = (reserved + slack) & -align;
	if (base != reserved)
		syscall6(SYS_munmap, (long)reserved, (long)(base - reserved), 0, 0, 0, 0);
	if (base - reserved != slack)
		syscall6(SYS_munmap, (long)(base + top), (long)(slack - (base - reserved)), 0, 0, 0, 0);

	for (const Elf64_Phdr *p = header; p < end; p++) {
		if (p->p_type != PT_LOAD)
			continue;
		uintptr_t start = (base + p->p_vaddr) & -page;
		uintptr_t file_end = base + p->p_vaddr + p->p_filesz;
		uintptr_t file_page_end = (file_end + page - 1) & -page;
		uintptr_t memory_end = (base + p->p_vaddr + p->p_memsz + page - 1) & -page;
		int protection = protection_of(p->p_flags);

		map(start, file_page_end - start, protection, MAP_PRIVATE | MAP_FIXED, fd, p->p_offset & -page);
		if (!(p->p_flags & PF_W))
			continue;
		/*
		 * To the page's end, not only to p_memsz: the loader's first allocations come from the rest
		 * of this page, and it relies on them being zero.
		 */
		for (volatile char *byte = (char *)file_end; byte < (char *)file_page_end; byte++)
			*byte = 0;
		if (memory_end > file_page_end)
			map(file_page_end, memory_end - file_page_end, protection,
			    MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0);
	}
	return base;
}

/* `stack` is as the kernel left it: argc, argv, NULL, environment, NULL, auxiliary vector. */
static Elf64_auxv_t *auxiliary_vector(uintptr_t *stack)
{
	uintptr_t *word = stack + 1 + stack[0] + 1;
	while (*word != 0)
		word++;
	return (Elf64_auxv_t *)(word + 1);
}

static uintptr_t auxiliary_value(const Elf64_auxv_t *entry, uint64_t type)
{
	for (; entry->a_type != AT_NULL; entry++)
		if (entry->a_type == type)
			return entry->a_un.a_val;
	return 0;
}

static void set_auxiliary_value(Elf64_auxv_t *entry, uint64_t type, uintptr_t value)
{
	for (; entry->a_type != AT_NULL; entry++)
		if (entry->a_type == type)
			entry->a_un.a_val = value;
}

extern char stub_resume[] __attribute__((visibility("hidden")));

/*
 * Lets DT_NEEDED, and the file names in the version requirements, point at `names`, or back at the program's
 * own strings. Both are offsets from its string table, and the loader checks no bounds. The version
 * requirements have to follow, since the loader finds a version's library by comparing names.
 */
static void redirect_libraries(const struct stub_table *table, uintptr_t page, int loading)
{
	uintptr_t start = table->versions_address & -page;
	size_t bytes = table->versions_address + table->versions_size - start;

	long result = syscall6(SYS_mprotect, (long)start, (long)bytes, PROT_READ | PROT_WRITE, 0, 0, 0);
	if (is_error(result))
		fail(EXIT_UNSUPPORTED, "the names of the libraries cannot be written", result);
	for (uint64_t i = 0; i < table->patch_count; i++) {
		const struct stub_patch *patch = &table->patch[i];
		uint64_t value = loading ? patch->during : patch->after;
		if (i < table->needed_count)
			*(uint64_t *)patch->address = value;
		else
			*(uint32_t *)patch->address = (uint32_t)value;
	}
	syscall6(SYS_mprotect, (long)start, (long)bytes, PROT_READ, 0, 0, 0);
}

/* First half: returns the loader's entry point. */
__attribute__((used, visibility("hidden"))) uintptr_t prepare(uintptr_t *stack)
{
	const struct stub_table *table = &stub_table;
	Elf64_auxv_t *auxiliary = auxiliary_vector(stack);

	check_file(table);

	int fd = -1;
	for (uint32_t i = table->library_count; i-- != 0;) {
		fd = copy_to_memfd(&table->library[i]);
		char *out = stub_names[i];
		for (const char *from = fd_path; *from != '\0';)
			*out++ = *from++;
		*decimal(out, (unsigned)fd) = '\0';
	}

	/* The loader is the table's first entry, so `fd` is its memfd. */
	const Elf64_Ehdr *image = (const void *)table->library[0].address;
	uintptr_t page = auxiliary_value(auxiliary, AT_PAGESZ);
	uintptr_t base = map_loader(image, fd, page);
	uintptr_t entry = base + image->e_entry;

	redirect_libraries(table, page, 1);
	syscall6(SYS_munmap, (long)table->payload_address, (long)table->payload_size, 0, 0, 0, 0);

	/* The loader asserts that the program has a PT_INTERP: this copy of the headers has one. */
	set_auxiliary_value(auxiliary, AT_PHDR, table->headers_address);
	set_auxiliary_value(auxiliary, AT_PHNUM, table->headers_count);
	set_auxiliary_value(auxiliary, AT_BASE, base);
	set_auxiliary_value(auxiliary, AT_ENTRY, (uintptr_t)stub_resume);
	return entry;
}

static int same(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/*
 * Debuggers, dladdr(3) and dl_iterate_phdr(3) show l_name: put the library's SONAME where the path of a
 * descriptor that is gone would stand. The loader's copy of our string is as long as STUB_NAME_BYTES only by
 * the path's own length, so the packer takes no SONAME longer than "/proc/self/./fd/N".
 */
static void name_libraries(const struct stub_table *table)
{
	const struct r_debug *debug = *(const struct r_debug *const *)table->debug_address;
	if (debug == NULL)
		return;
	for (const struct link_map *object = debug->r_map; object != NULL; object = object->l_next) {
		for (uint32_t i = 1; i < table->library_count; i++) {
			if (!same(object->l_name, stub_names[i]))
				continue;
			char *out = object->l_name;
			for (const char *from = table->library[i].name; *from != '\0';)
				*out++ = *from++;
			*out = '\0';
			break;
		}
	}
}

/* Second half: returns the program's own entry point. */
__attribute__((used, visibility("hidden"))) uintptr_t finish(uintptr_t *stack)
{
	const struct stub_table *table = &stub_table;

	name_libraries(table);
	for (uint32_t i = 0; i < table->library_count; i++) {
		unsigned fd = 0;
		for (const char *digit = stub_names[i] + sizeof(fd_path) - 1; *digit != '\0'; digit++)
			fd = fd * 10 + (unsigned)(*digit - '0');
		syscall6(SYS_close, fd, 0, 0, 0, 0, 0);
	}
	Elf64_auxv_t *auxiliary = auxiliary_vector(stack);
	redirect_libraries(table, auxiliary_value(auxiliary, AT_PAGESZ), 0);
	syscall6(SYS_munmap, (long)stub_names, sizeof(stub_names), 0, 0, 0, 0);
	set_auxiliary_value(auxiliary, AT_ENTRY, table->entry);
	return table->entry;
}
