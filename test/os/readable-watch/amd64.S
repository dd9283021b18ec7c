# The thread of src/os/readable-watch.ts. r9 holds the address of its data, which system calls leave alone.
        .intel_syntax noprefix
        .text
thread: lea     r9, [rip + data]
        mov     edi, 2                  # SIG_SETMASK
        lea     rsi, [r9 + 24]
        xor     edx, edx
        mov     r10d, 8
        mov     eax, 14                 # rt_sigprocmask
        syscall
rest:   mov     edi, [r9 + 8]           # until it is asked to watch
        lea     rsi, [r9 + 32]
        mov     edx, 8
        xor     eax, eax                # read
        syscall
        cmp     rax, -4                 # -EINTR
        je      rest
        cmp     rax, 8
        jne     end
        cmp     dword ptr [r9 + 20], 0
        jne     end
watch:  mov     rdi, r9                 # until one of the two descriptors can be read
        mov     esi, 2
        xor     edx, edx
        xor     r10d, r10d
        mov     eax, 271                # ppoll
        syscall
        cmp     rax, -4
        je      watch
        mov     edi, [r9 + 16]
        lea     rsi, [r9 + 32]
        mov     edx, 1
        mov     eax, 1                  # write
        syscall
        jmp     rest
end:    xor     eax, eax
        ret
        .set    data, thread + 0x10000
