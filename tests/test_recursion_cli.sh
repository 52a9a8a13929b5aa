#!/usr/bin/env bash
# `situ recurse`, and the verifier guest run on what it makes; test_recursion.c has everything hostile.
set -u
situ=${SITU_BUILD:-build/release-clang-14}/situ
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0
if [ ! -e build/guest/verifier.elf ]; then
    echo "recursion_cli: 0 passed, 0 failed, 1 skipped"
    exit 0
fi

check() { # NAME STATUS TEXT COMMAND...: ends with STATUS and says TEXT
    local name=$1 status=$2 text=$3
    shift 3
    "$@" >"$tmp/log" 2>&1
    local got=$?
    if [ "$got" -eq "$status" ] && { [ -z "$text" ] || grep -qF -- "$text" "$tmp/log"; }; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL recursion_cli/$name: status $got, expected $status and: $text"
        tail -n 5 "$tmp/log"
    fi
}

inner=build/guest/reverse.elf
printf 'some text' >"$tmp/in"
insecure=--insecure-test-parameters
check prove 0 "" "$situ" prove "$inner" --input "$tmp/in" -o "$tmp/inner.proof" --blowup 8 $insecure
check refuses-insecure 1 "made with --insecure-test-parameters" "$situ" recurse "$tmp/inner.proof" -o "$tmp/blob"
check recurse 0 "blob  " "$situ" recurse "$tmp/inner.proof" -o "$tmp/blob" $insecure
check to-stdout 0 "blob" sh -c "'$situ' recurse '$tmp/inner.proof' -o - $insecure | cmp - '$tmp/blob' && echo blob"

# `situ prove --recursion-blob` writes the same bytes.
check prove-blob 0 "blob         $tmp/direct" "$situ" prove "$inner" --input "$tmp/in" -o "$tmp/direct" --recursion-blob --blowup 8 $insecure
check blob-in-a-pipe 0 "same" sh -c "'$situ' prove '$inner' --input '$tmp/in' -o - --recursion-blob --blowup 8 $insecure 2>/dev/null | cmp - '$tmp/direct' && echo same"
check same-blob 0 "" cmp "$tmp/direct" "$tmp/blob"
check blob-json 0 '"recursion_blob":true' "$situ" prove "$inner" --input "$tmp/in" -o "$tmp/direct" --recursion-blob --blowup 8 $insecure --json
check proof-json 0 '"recursion_blob":false' "$situ" prove "$inner" --input "$tmp/in" -o "$tmp/json.proof" $insecure --json
check no-blob-of-a-check 2 "--check makes no proof, so no --recursion-blob" "$situ" prove "$inner" --input "$tmp/in" --check -o "$tmp/none" --recursion-blob
check blob-is-no-proof 1 "magic" "$situ" verify "$tmp/direct" --program "$inner" $insecure
check prove-help 0 "run.blob --recursion-blob" "$situ" prove --help

check run 0 "" "$situ" run build/guest/verifier-insecure.elf --input "$tmp/blob" --output "$tmp/out" --quiet

# What comes out: the digest that `situ vkey` computes from the program alone, exit code, output.
"$situ" vkey "$inner" --blowup 8 $insecure | sed -n 's/^key *//p' >"$tmp/expected"
printf '0000000000000000%s\n' "$(printf 'txet emos' | od -An -tx1 | tr -d ' \n')" >>"$tmp/expected"
od -An -v -tx1 "$tmp/out" | tr -d ' \n' | sed 's/^.\{64\}/&\n/' >"$tmp/got"
echo >>"$tmp/got"
check digest 0 "" cmp "$tmp/expected" "$tmp/got"

# Decoding, all that comes before the marker of step 2: reading where the proof's parts lie takes no copy and no hash.
check decoding 0 "" sh -c "'$situ' profile build/guest/verifier-insecure.elf --input '$tmp/blob' --json - --quiet | python3 -c '
import json, sys
starts = [s[\"start\"] for s in json.load(sys.stdin)[\"steps\"] if s[\"number\"] == 2]
assert len(starts) == 1 and 0 < starts[0] <= 171, starts'"

# The third of the chain: that run proven, at full parameters, and verified on the host, with the same output.
outer=build/guest/verifier-insecure.elf
check prove-outer 0 "" "$situ" prove "$outer" --input "$tmp/blob" -o "$tmp/outer.proof"
check verify-outer 0 "" "$situ" verify "$tmp/outer.proof" --program "$outer" --output "$tmp/outer.out"
check same-output 0 "" cmp "$tmp/out" "$tmp/outer.out"

check verifier-refuses-insecure 26 "" "$situ" run build/guest/verifier.elf --input "$tmp/blob" --quiet
check says-why 20 "verifier: " sh -c "head -c 30000 '$tmp/blob' | '$situ' run build/guest/verifier-insecure.elf --input -"
check no-blob 10 "" "$situ" run build/guest/verifier.elf --input "$tmp/in" --quiet

head -c 5000 "$tmp/inner.proof" >"$tmp/cut.proof"
check cut-proof 1 "REFUSED: malformed data: total length, at byte 16" "$situ" recurse "$tmp/cut.proof" -o "$tmp/none" $insecure
check no-proof 1 "REFUSED: malformed data: file too short" "$situ" recurse "$tmp/in" -o "$tmp/none"
check nothing-written 1 "" test -e "$tmp/none"
check help 0 "Examples:" "$situ" recurse --help
check which-proof 2 "which proof?" "$situ" recurse
check where-to 2 "where to? -o FILE" "$situ" recurse x
check two-proofs 2 "more than one proof: y" "$situ" recurse x y -o z
check no-option 2 "no option --frobnicate" "$situ" recurse --frobnicate
check no-value 2 "a value is missing after -o" "$situ" recurse x -o
check no-file 1 "No such file" "$situ" recurse "$tmp/nothing" -o "$tmp/none"

echo "recursion_cli: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
