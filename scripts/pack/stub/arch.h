/*
 * What differs between the two architectures: system calls and the two entry points.
 * Register use follows the System V psABI supplements and Linux's syscall(2).
 */
#ifndef TETRAD_STUB_ARCH_H
#define TETRAD_STUB_ARCH_H

#if defined(__x86_64__)

enum {
	SYS_write = 1,
	SYS_close = 3,
	SYS_fstat = 5,
	SYS_mmap = 9,
	SYS_mprotect = 10,
	SYS_munmap = 11,
	SYS_fcntl = 72,
	SYS_exit_group = 231,
	SYS_openat = 257,
	SYS_memfd_create = 319,
};

static inline long syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/*
 * stub_start: where the kernel enters. The stack pointer is at argc; the loader must find it there again, and
 * rdx zero, as the kernel leaves it.
 * stub_resume: where the loader believes the program starts. rdx is the loader's exit function, which the
 * program's own start code hands to atexit; it must survive, like the stack pointer.
 */
__asm__(".section .text.entry,\"ax\",@progbits\n"
	".globl stub_start\n"
	"stub_start:\n"
	"	xorl %ebp, %ebp\n"
	"	movq %rsp, %rbx\n"
	"	movq %rsp, %rdi\n"
	"	andq $-16, %rsp\n"
	"	call prepare\n"
	"	movq %rbx, %rsp\n"
	"	xorl %edx, %edx\n"
	"	jmp *%rax\n"
	".globl stub_resume\n"
	"stub_resume:\n"
	"	movq %rsp, %rdi\n"
	"	pushq %rdx\n"
	"	subq $8, %rsp\n"
	"	call finish\n"
	"	addq $8, %rsp\n"
	"	popq %rdx\n"
	"	jmp *%rax\n");

#elif defined(__aarch64__)

enum {
	SYS_fcntl = 25,
	SYS_openat = 56,
	SYS_close = 57,
	SYS_write = 64,
	SYS_fstat = 80,
	SYS_exit_group = 94,
	SYS_munmap = 215,
	SYS_mmap = 222,
	SYS_mprotect = 226,
	SYS_memfd_create = 279,
};

static inline long syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

/* As above; the stack pointer is always aligned here, and the loader's exit function comes in x0. */
__asm__(".section .text.entry,\"ax\",@progbits\n"
	".globl stub_start\n"
	"stub_start:\n"
	"	mov x29, xzr\n"
	"	mov x30, xzr\n"
	"	mov x0, sp\n"
	"	bl prepare\n"
	"	mov x16, x0\n"
	"	mov x0, xzr\n"
	"	mov x30, xzr\n"
	"	br x16\n"
	".globl stub_resume\n"
	"stub_resume:\n"
	"	mov x9, x0\n"
	"	mov x0, sp\n"
	"	stp x9, x30, [sp, #-16]!\n"
	"	bl finish\n"
	"	mov x16, x0\n"
	"	ldp x0, x30, [sp], #16\n"
	"	br x16\n");

#else
#error "No stub for this architecture"
#endif

#endif
