#!/usr/bin/env bash
# Makes the roots of test/pack/userland.test.ts in .tmp/userland, from Debian's packages, once:
#   bullseye  the oldest Debian that its mirrors still carry (glibc 2.31), unpacked by debootstrap, not configured
#   musl      no glibc at all: musl's loader and a program that is linked with it
# Needs root, debootstrap, gcc and musl-tools.
set -euo pipefail
cd "$(dirname "$0")/../../.."
roots=.tmp/userland
mkdir -p "$roots"

if [ ! -x "$roots/bullseye/bin/bash" ]; then
  rm -rf "$roots/bullseye"
  debootstrap --variant=minbase --foreign bullseye "$roots/bullseye" >/dev/null
  # In a container debootstrap links it to the host's.
  rm -rf "$roots/bullseye/proc"
fi

if [ ! -x "$roots/musl/bin/child" ]; then
  rm -rf "$roots/musl"
  mkdir -p "$roots/musl/bin" "$roots/musl/lib"
  musl-gcc -Os -o "$roots/musl/bin/child" test/pack/userland/child.c
  # The loader of musl is its libc.
  cp -L /lib/ld-musl-*.so.1 "$roots/musl/lib/"
fi
