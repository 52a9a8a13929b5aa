#!/usr/bin/env bash
# The verifier's part of src/hash compiles freestanding for the guest, needs nothing but itself, memcpy and memset, and
# no function of it takes more than 2.5 KiB of stack.
set -u
cc=riscv64-unknown-elf-gcc
passed=0 failed=0
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
finish() { echo "test_hash_freestanding: $passed passed, $failed failed${1:+, $1 skipped}"; [ "$failed" -eq 0 ]; exit $?; }
command -v $cc >/dev/null || { echo "  skipped: $cc is not here"; finish 1; }
check() { if [ -z "$2" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "  FAIL $1: $2"; fi; }

for file in blake3 blake3_compress transcript merkle_verify keccak; do
    errors=$($cc -march=rv64im -mabi=lp64 -mcmodel=medany -O2 -std=gnu11 -ffreestanding -nostdlib -fstack-usage \
        -Wall -Wextra -Werror -Isrc -Iinclude -c "src/hash/$file.c" -o "$out/$file.o" 2>&1)
    check "$file compiles" "$errors"
    check "$file: stack" "$(awk '$2 > 2560 {print $1, $2}' "$out/$file.su")"
done
riscv64-unknown-elf-nm "$out"/*.o | awk '$1 == "U" {print $2}' | sort -u >"$out/wanted"
riscv64-unknown-elf-nm "$out"/*.o | awk 'NF == 3 {print $3}' | sort -u >"$out/defined"
check "undefined symbols" "$(grep -vxF -f "$out/defined" "$out/wanted" | grep -vxE 'memcpy|memset' | tr '\n' ' ')"
finish
