// The thread of src/os/readable-watch.ts. x9 holds the address of its data, which system calls leave alone.
        .text
thread: adr     x9, thread + 0x10000
        mov     x0, #2                  // SIG_SETMASK
        add     x1, x9, #24
        mov     x2, #0
        mov     x3, #8
        mov     x8, #135                // rt_sigprocmask
        svc     #0
rest:   ldr     w0, [x9, #8]            // until it is asked to watch
        add     x1, x9, #32
        mov     x2, #8
        mov     x8, #63                 // read
        svc     #0
        cmn     x0, #4                  // -EINTR
        b.eq    rest
        cmp     x0, #8
        b.ne    end
        ldr     w10, [x9, #20]
        cbnz    w10, end
watch:  mov     x0, x9                  // until one of the two descriptors can be read
        mov     x1, #2
        mov     x2, #0
        mov     x3, #0
        mov     x8, #73                 // ppoll
        svc     #0
        cmn     x0, #4
        b.eq    watch
        ldr     w0, [x9, #16]
        add     x1, x9, #32
        mov     x2, #1
        mov     x8, #64                 // write
        svc     #0
        b       rest
end:    mov     x0, #0
        ret
