/* As amd64.S, for AArch64. x0 and the stack pointer belong to the program. */
	.text
	.globl start
start:
	mov x19, x0
	mov x9, #1
	stp x9, xzr, [sp, #-32]!
	stp xzr, xzr, [sp, #16]
	ldr x20, table+16
	mov x21, #0
next_signal:
	add x21, x21, #1
	tbz x20, #0, no_signal
	mov x0, x21
	mov x1, sp
	mov x2, #0
	mov x3, #8
	mov x8, #134 /* rt_sigaction */
	svc #0
no_signal:
	lsr x20, x20, #1
	cbnz x20, next_signal

	mov x0, sp
	mov x1, #32
	mov x8, #17 /* getcwd */
	svc #0
	cmn w0, #2
	b.ne somewhere
	adr x0, nowhere
	mov x8, #49 /* chdir */
	svc #0
somewhere:
	add sp, sp, #32
	mov x0, x19

	ldr x9, [sp]
	add x10, sp, #16
	add x10, x10, x9, lsl #3
next_variable:
	ldr x11, [x10]
	cbz x11, done
	adr x12, table+24
next_rule:
	ldrb w13, [x12]
	cbz w13, remove
	mov x14, x11
compare:
	ldrb w13, [x12]
	cmp w13, #'*'
	b.eq keep
	cbz w13, rule_ended
	ldrb w15, [x14], #1
	cmp w13, w15
	b.ne skip_rule
	add x12, x12, #1
	b compare
rule_ended:
	ldrb w15, [x14]
	cmp w15, #'='
	b.eq keep
skip_rule:
	ldrb w13, [x12], #1
	cbnz w13, skip_rule
	b next_rule
remove:
	adr x13, table+8
	str x13, [x10]
keep:
	add x10, x10, #8
	b next_variable
done:
	ldr x16, table
	br x16
nowhere:
	.asciz "/proc/self/task"
	.balign 8
table:
