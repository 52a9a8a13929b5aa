#!/usr/bin/env bash
# The examples of docs/ run, and say what they should.
set -u
passed=0 failed=0
expect() { # name, expected text, command...
    local name=$1 text=$2
    shift 2
    if output=$("$@" 2>&1) && [[ $output == *"$text"* ]]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        printf 'FAIL %s: %s\n' "$name" "$output"
    fi
}
# F(4096) and the chain modulo 2130706433, by another program.
read -r fib chain < <(awk 'function mulmod(a, b,   r) { r = 0; while (b > 0) { if (b % 2) r = (r + a) % p; a = a * 2 % p; b = int(b / 2) } return r }
    BEGIN { p = 2130706433; a = 0; b = 1; x = 12345; for (i = 0; i < 4096; i++) { c = (a + b) % p; a = b; b = c; x = (mulmod(mulmod(x, x), x) + 7) % p } print a, x }')
expect two_chains "F(4096) = $fib and hash chain(12345) = $chain modulo p" "$SITU_BUILD/examples/two_chains" 12345
lines=$(cat examples/two_chains/main.c | grep -c .)
[ "$lines" -le 60 ] && passed=$((passed + 1)) || { failed=$((failed + 1)); echo "FAIL the example has $lines lines, promised 60"; }
echo "examples: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
