/* As amd64.S, for AArch64. x0 and the stack pointer belong to the program. */
	.text
	.globl start
start:
	ldr x9, [sp]
	add x10, sp, #16
	add x10, x10, x9, lsl #3
next_variable:
	ldr x11, [x10]
	cbz x11, done
	adr x12, table+16
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
	.balign 8
table:
