#!/usr/bin/env bash
# `situ security`: figures, formats, exit statuses.
set -u
situ=$SITU_BUILD/situ
passed=0 failed=0

check() { # check NAME STATUS PATTERN ARG...: exit status and a pattern in stdout and stderr together
    local name=$1 status=$2 pattern=$3 text got
    shift 3
    text=$("$situ" security "$@" 2>&1)
    got=$?
    if [ "$got" -eq "$status" ] && grep -qE -- "$pattern" <<<"$text"; then
        passed=$((passed + 1))
    else
        echo "FAIL $name: status $got (expected $status), no match for '$pattern' in:"
        echo "$text" | head -n 20
        failed=$((failed + 1))
    fi
}

check default 0 'total: the least +128\.00 bits, proven'
check field 0 'log2 \|K\| = 185\.932108'
check published-batching 0 'batching +128\.5[0-9] bits' --rows 2^21 --columns 200 --powers --multiplicity 41
check published-queries 0 'queries +128\.0[0-9] bits' --rows 2^21 --columns 200 --powers --multiplicity 41
check blowup-8 0 '74 queries, 20 bits' --blowup 8
check heights 0 'fold 1: 2\^20 to 2\^17 ' --rows 1048576,2^17
check unique 0 'regime: unique decoding' --queries 20 --grinding 0 --multiplicity 3
check weak 1 'situ: security: .* bits, 128 required' --queries 100 --require 128
check strong 0 'total' --require 128
check refused-note 0 'the verifier refuses them' --queries 100
check table 0 '^16 +55 +20 +2\^20 +20 +queries, 128\.0[0-9] bits$' --table
check json 0 '^\{"blowup":4,.*"total":128\.0000,"accepted":true\}$' --blowup 4 --json
check help 0 'Examples:' --help
check bad-option 2 'no option --nothing' --nothing
check missing-value 2 'a value is missing after --rows' --rows
check bad-rows 2 'powers of two' --rows 1000
check trailing-comma 2 'powers of two' --rows 2^20,
check bad-blowup 2 'not 3' --blowup 3
check bad-number 2 'not a value in range: 5x' --queries 5x
check too-large 2 'at most 2\^24' --blowup 8 --rows 2^22
if command -v python3 >/dev/null; then
    if "$situ" security --json | python3 -c 'import json, sys; assert json.load(sys.stdin)["rounds"]'; then
        passed=$((passed + 1))
    else
        echo "FAIL json does not parse"
        failed=$((failed + 1))
    fi
fi
echo "test_cli_security: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
