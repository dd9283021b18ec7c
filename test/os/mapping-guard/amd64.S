# Handler of SIGBUS: see src/os/mapping-guard.ts. rdi, rsi and rdx are the handler's arguments and stay for the next one.
        .intel_syntax noprefix
        .text
handler:
        mov     rax, [rsi + 16]         # si_addr
        lea     rcx, [rip + data + 16]
        mov     r8d, 64
again:  cmp     rax, [rcx]
        jb      next
        cmp     rax, [rcx + 8]
        jb      hit
next:   add     rcx, 16
        dec     r8d
        jnz     again
        jmp     [rip + data]
hit:    mov     rdi, [rcx]
        mov     rsi, [rcx + 8]
        sub     rsi, rdi
        mov     edx, 3                  # PROT_READ | PROT_WRITE
        mov     r10d, 0x32              # MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS
        mov     r8, -1
        xor     r9d, r9d
        mov     eax, 9                  # mmap
        syscall
        ret
        .set    data, handler + 0x10000
