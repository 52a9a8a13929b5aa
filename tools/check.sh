#!/usr/bin/env bash
# Run test programs and add up their closing lines `NAME: N passed, N failed[, N skipped]`.
#
#     tools/check.sh PROGRAM...
#
# A program without a closing line, or with a failing exit status, counts as a failure.
set -u
passed=0 failed=0 skipped=0
for program in "$@"; do
    start=$(date +%s)
    output=$("$program" 2>&1)
    status=$?
    seconds=$(($(date +%s) - start))
    line=$(printf '%s\n' "$output" | grep -E '^[^ ]+: [0-9]+ passed, [0-9]+ failed' | tail -n 1)
    if [ -z "$line" ]; then
        printf '%s\n' "$output" | tail -n 30
        echo "FAIL $program: no closing line (exit status $status)"
        failed=$((failed + 1))
        continue
    fi
    printf '%s\n' "$output" | grep -vE '^[^ ]+: [0-9]+ passed, [0-9]+ failed' | tail -n 60
    echo "$line (${seconds} s)"
    p=$(echo "$line" | sed -E 's/.*: ([0-9]+) passed.*/\1/')
    f=$(echo "$line" | sed -E 's/.* ([0-9]+) failed.*/\1/')
    s=$(echo "$line" | sed -nE 's/.* ([0-9]+) skipped.*/\1/p')
    [ "$status" -ne 0 ] && [ "$f" -eq 0 ] && f=1
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
done
[ "$skipped" -gt 0 ] && echo "skipped: $skipped"
echo "total: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
