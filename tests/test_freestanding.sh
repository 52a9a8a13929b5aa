#!/usr/bin/env bash
# The verifier, of runs too, compiles for the guest (rv64im, no C library), needs nothing from outside but what a freestanding compiler
# always needs (memcpy, memset, a panic), and its stack is bounded.
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
sources="base/freestanding field/kb field/k6 field/k6_mul field/points fri/fold fri/fri hash/blake3 hash/blake3_compress hash/merkle_verify
         hash/transcript stark/layout stark/protocol stark/security_table stark/verify
         stark/verify_constraints stark/verify_queries stark/weigh vm/zkvm_verify vm/statement"
build=${SITU_BUILD:-build/release-clang-14}
compile() {
    $cc -O2 -march=rv64im -mabi=lp64 -mcmodel=medany -ffreestanding -fno-builtin -nostdlib -std=gnu11 -Wall -Wextra -Wvla -Werror \
        -fstack-usage -DSITU_FREESTANDING -Isrc -Iinclude -I"$build" -I"$build/gen" -c "$1" -o "$out/$(basename "$1" .c).o"
}
for s in $sources; do
    compile "src/$s.c"
    check "compiles: $s" $?
done
compile "$build/gen/vm/vm_verify.c"
check "compiles: the machine's constraints" $?
riscv64-unknown-elf-ld -e situ_zkvm_verify --unresolved-symbols=report-all "$out"/*.o -o "$out/all" 2>"$out/undefined"
status=$?
check "no undefined symbol: $(head -n 3 "$out/undefined")" $status
riscv64-unknown-elf-nm "$out/all" | grep -q ' T situ_zkvm_verify'
check "has the verifier" $?

# Nothing recurses and no frame is dynamic, so the sum of all frames bounds every path; of a system's evaluators one is active at a
# time, and at most one helper beside it in its file.
grep -v 'static$' "$out"/*.su && check "frames are static" 1 || check "frames are static" 0
frames() { awk -F'\t' '{ sum += $2 } END { print sum }'; }
bounded() { # WHAT FRAMES LIMIT
    [ "$2" -le "$3" ]
    check "$1 under $3 bytes: all frames together have $2 bytes" $?
}
mkdir "$out/machine"
mv "$out"/{zkvm_verify,statement,vm_verify}.su "$out/machine"
bounded "stack of the STARK verifier without evaluators" "$(cat "$out"/*.su | frames)" 20480
bounded "stack of the machine's part" "$(cat "$out/machine"/{zkvm_verify,statement}.su | frames)" 8192
bounded "stack of an evaluator" "$(sort -t$'\t' -k2 -n -r "$out/machine/vm_verify.su" | head -n 2 | frames)" 20480
echo "freestanding: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
