#!/usr/bin/env bash
# The verifier compiles for the guest (rv64im, no C library), needs nothing from outside but what a freestanding compiler
# always needs (memcpy, memset, a panic), and its stack stays under 16 KiB.
set -u
passed=0 failed=0
check() { if [ "$2" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL $1"; fi; }

cc=riscv64-unknown-elf-gcc
if ! command -v $cc >/dev/null 2>&1; then
    echo "freestanding: 0 passed, 0 failed, 1 skipped"
    exit 0
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
sources="base/freestanding field/kb field/k6 field/points fri/fri hash/blake3 hash/blake3_compress hash/merkle_verify
         hash/transcript stark/layout stark/protocol stark/security_table stark/verify"
for s in $sources; do
    $cc -O2 -march=rv64im -mabi=lp64 -mcmodel=medany -ffreestanding -fno-builtin -nostdlib -std=gnu11 -Wall -Wextra -Wvla -Werror \
        -fstack-usage -DSITU_FREESTANDING -Isrc -Iinclude -c "src/$s.c" -o "$out/$(basename "$s").o"
    check "compiles: $s" $?
done
riscv64-unknown-elf-ld -e situ_stark_verify --unresolved-symbols=report-all "$out"/*.o -o "$out/all" 2>"$out/undefined"
check "no undefined symbol: $(head -n 3 "$out/undefined")" $?
riscv64-unknown-elf-nm "$out/all" | grep -q ' T situ_stark_verify'
check "has the verifier" $?

# Nothing recurses and no frame is dynamic, so the sum of all frames bounds every path.
grep -v 'static$' "$out"/*.su && check "frames are static" 1 || check "frames are static" 0
stack=$(cat "$out"/*.su | awk -F'\t' '{ sum += $2 } END { print sum }')
[ "$stack" -le 16384 ]
check "stack under 16 KiB: all frames together have $stack bytes" $?
echo "freestanding: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
