#!/usr/bin/env bash
# Install what is missing to build and test Situ on Debian 12.  Does nothing, quickly, when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

# package : a file or command that shows it is there
needs=(
    "clang:clang"
    "gcc:gcc"
    "make:make"
    "git:git"
    "xz-utils:xz"
    "gcc-riscv64-unknown-elf:riscv64-unknown-elf-gcc"
    "picolibc-riscv64-unknown-elf:/usr/lib/picolibc/riscv64-unknown-elf"
    "qemu-user:qemu-riscv64"
    "lld:ld.lld"
    "libclang-rt-14-dev:/usr/lib/llvm-14/lib/clang"
    "nodejs:node"
    "python3:python3"
    "libdw-dev:/usr/include/elfutils/libdw.h"
    "npm:npm"
    "openssl:openssl"
)

is_there() { case "$1" in /*) [ -e "$1" ] ;; *) command -v "$1" >/dev/null 2>&1 ;; esac; }

missing=()
for need in "${needs[@]}"; do
    is_there "${need#*:}" || missing+=("${need%%:*}")
done
if [ ${#missing[@]} -gt 0 ]; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "setup: install these yourself, apt-get is not here: ${missing[*]}" >&2
        exit 1
    fi
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo"
    echo "setup: installing ${missing[*]}"
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# Parts with needs of their own (sources from npm, say) bring a set-up script.
for part in tools/setup.d/*.sh; do
    [ -e "$part" ] && "$part"
done
exit 0
