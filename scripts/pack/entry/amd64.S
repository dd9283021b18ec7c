/*
 * Runs where the program's entry point was, once the dynamic loader is done: signals that would end the program before
 * it handles them are ignored, a working directory that has been deleted, which the runtime would not start in, is changed
 * for one in which nobody can make a file, each environment variable that no rule names is replaced, then the program starts.
 * code.ts holds these instructions as bytes; a test assembles this file and compares. The packer appends the table:
 *
 *	table	+0	address of the program's own entry point
 *		+8	what replaces a variable, 8 bytes
 *		+16	the signals to ignore: bit 0 is signal 1
 *		+24	the rules, each ended by NUL: a name, or the beginning of one and '*'; an empty rule ends them
 *
 * The kernel leaves argc at the stack pointer, then argv, NULL, the environment, NULL. The environment keeps its
 * length, since musl looks for the auxiliary vector behind it. rdx and the stack pointer belong to the program.
 */
	.text
	.globl start
start:
	/* struct sigaction of the kernel: handler SIG_IGN, flags, restorer, mask */
	pushq %rdx
	pushq $0
	pushq $0
	pushq $0
	pushq $1
	movq table+16(%rip), %rbx
	xorl %edi, %edi
next_signal:
	incl %edi
	shrq %rbx
	jnc no_signal
	movq %rsp, %rsi
	xorl %edx, %edx
	movl $8, %r10d
	movl $13, %eax /* rt_sigaction */
	syscall
no_signal:
	testq %rbx, %rbx
	jnz next_signal

	movq %rsp, %rdi
	movl $32, %esi
	movl $79, %eax /* getcwd: ENOENT where it is no more, else ERANGE at worst */
	syscall
	cmpl $-2, %eax
	jne somewhere
	leaq nowhere(%rip), %rdi
	movl $80, %eax /* chdir */
	syscall
somewhere:
	addq $32, %rsp
	popq %rdx

	movq (%rsp), %rcx
	leaq 16(%rsp,%rcx,8), %rsi
next_variable:
	movq (%rsi), %rax
	testq %rax, %rax
	jz done
	leaq table+24(%rip), %rdi
next_rule:
	cmpb $0, (%rdi)
	je remove
	movq %rax, %rcx
compare:
	movb (%rdi), %bl
	cmpb $'*', %bl
	je keep
	testb %bl, %bl
	jz rule_ended
	cmpb (%rcx), %bl
	jne skip_rule
	incq %rdi
	incq %rcx
	jmp compare
rule_ended:
	cmpb $'=', (%rcx)
	je keep
skip_rule:
	cmpb $0, (%rdi)
	leaq 1(%rdi), %rdi
	jne skip_rule
	jmp next_rule
remove:
	leaq table+8(%rip), %rbx
	movq %rbx, (%rsi)
keep:
	addq $8, %rsi
	jmp next_variable
done:
	jmp *table(%rip)
nowhere:
	.asciz "/proc/self/task"
	.balign 8
table:
