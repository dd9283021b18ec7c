// Handler of SIGBUS: see src/os/mapping-guard.ts. x0, x1 and x2 are the handler's arguments and stay for the next one.
        .text
handler:
        ldr     x9, [x1, #16]           // si_addr
        adr     x10, handler + 0x10000
        add     x12, x10, #16
        mov     w11, #64
again:  ldp     x13, x14, [x12], #16
        cmp     x9, x13
        b.lo    next
        cmp     x9, x14
        b.lo    hit
next:   subs    w11, w11, #1
        b.ne    again
        ldr     x10, [x10]
        br      x10
hit:    mov     x0, x13
        sub     x1, x14, x13
        mov     x2, #3                  // PROT_READ | PROT_WRITE
        mov     x3, #0x32               // MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS
        mov     x4, #-1
        mov     x5, #0
        mov     x8, #222                // mmap
        svc     #0
        ret
