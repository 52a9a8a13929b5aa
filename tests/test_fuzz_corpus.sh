#!/usr/bin/env bash
# Replay every fuzz target's corpus (fuzz/corpus/<target>/).
set -u
passed=0 failed=0
for program in "$SITU_BUILD"/fuzz/fuzz_*; do
    case "$program" in *.d | *'*') continue ;; esac
    name=$(basename "$program")
    corpus=fuzz/corpus/${name#fuzz_}
    [ -d "$corpus" ] || { echo "no corpus for $name"; failed=$((failed + 1)); continue; }
    if line=$("$program" "$corpus" 2>&1); then
        n=$(echo "$line" | tail -n 1 | sed -E 's/.*: ([0-9]+) passed.*/\1/')
        passed=$((passed + n))
    else
        echo "$line" | tail -n 20
        echo "FAIL $name"
        failed=$((failed + 1))
    fi
done
echo "fuzz_corpus: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
