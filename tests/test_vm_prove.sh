#!/usr/bin/env bash
# `situ prove`, `verify`, `vkey`, `inspect`, `info` as their users meet them: example guests proven at full parameters, every way to
# name the program, wrong proofs and wrong usage with the line that each gets.
set -u
situ=${SITU_BUILD:-build/release-clang-14}/situ
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0

check() { # NAME COMMAND...: the command must succeed
    local name=$1
    shift
    if "$@" >"$tmp/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL vm_prove/$name"
        tail -n 5 "$tmp/log"
    fi
}
refuses() { # NAME STATUS TEXT COMMAND...: exit status, and the one line on standard error has TEXT
    local name=$1 status=$2 text=$3
    shift 3
    "$@" >"$tmp/stdout" 2>"$tmp/log"
    local got=$?
    if [ $got -eq "$status" ] && grep -qF -- "$text" "$tmp/log" && [ "$(wc -l <"$tmp/log")" -eq 1 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL vm_prove/$name: status $got, expected $status and '$text'"
        tail -n 5 "$tmp/log"
    fi
}

if [ ! -e build/guest/merkle.elf ]; then
    echo "vm_prove: 0 passed, 0 failed, 1 skipped"
    exit 0
fi
data=guest/examples/data quick=--insecure-test-parameters

# --- every example guest ---------------------------------------------------------------------------------------------

holds() { "$situ" prove "build/guest/${1%%.*}.elf" --input "$data/$1.in" --check; }
proves() { # GUEST or GUEST.INPUT, OPTION...
    local name=$1 elf=build/guest/${1%%.*}.elf
    shift
    "$situ" prove "$elf" --input "$data/$name.in" -o "$tmp/$name.proof" "$@" &&
        "$situ" verify "$tmp/$name.proof" --program "$elf" --output "$tmp/out" && cmp "$tmp/out" "$data/$name.out"
}
small="ec.small hashmap.small keccak_chain.small keccak_chain.small-software output.small"
for guest in json merkle script reverse shapes sort blake3 keccak256 $small; do check "$guest-holds" holds "$guest"; done
for guest in merkle script reverse shapes blake3 keccak256 $small; do check "$guest-proven" proves "$guest"; done
for blowup in 4 8 16; do check "blowup-$blowup" proves reverse --blowup $blowup; done
check one-thread proves merkle --threads 1

# --- every way to name the program -----------------------------------------------------------------------------------

proof=$tmp/merkle.proof elf=build/guest/merkle.elf
check vkey "$situ" vkey $elf -o "$tmp/merkle.vkey"
check by-vkey "$situ" verify "$proof" --vkey "$tmp/merkle.vkey"
digest=$("$situ" vkey $elf --json | sed 's/.*"vkey_digest":"\([0-9a-f]*\)".*/\1/')
check by-digest "$situ" verify "$proof" --vkey-digest "$digest"
check json sh -c "'$situ' verify '$proof' --vkey-digest $digest --json | grep -q '\"verified\":true'"
check stripped sh -c "riscv64-unknown-elf-strip -o '$tmp/stripped.elf' $elf && '$situ' verify '$proof' --program '$tmp/stripped.elf'"
refuses other-program 1 "another program" "$situ" verify "$proof" --program build/guest/script.elf
refuses other-digest 1 "another program" "$situ" verify "$proof" --vkey-digest "$(printf '%064d' 7)"
"$situ" vkey $elf -o "$tmp/blowup8.vkey" --blowup 8 >/dev/null
refuses other-parameters 1 "another version or parameters" "$situ" verify "$proof" --vkey "$tmp/blowup8.vkey"
refuses no-key-file 1 "no verifying key" "$situ" verify "$proof" --vkey "$proof"
refuses short-digest 2 "64 hexadecimal digits" "$situ" verify "$proof" --vkey-digest 1234
refuses no-program 2 "of what program?" "$situ" verify "$proof"

# --- exit codes ------------------------------------------------------------------------------------------------------

cat >"$tmp/code.S" <<'END'
.globl _start
_start: li a0, 300
        li a7, 93
        ecall
END
check compile riscv64-unknown-elf-gcc -march=rv64im -mabi=lp64 -nostdlib -Wl,-Ttext=0x10000 -o "$tmp/code.elf" "$tmp/code.S"
check exit-code-proven "$situ" prove "$tmp/code.elf" -o "$tmp/code.proof"
refuses exit-code 1 "exit code 300, expected 0" "$situ" verify "$tmp/code.proof" --program "$tmp/code.elf"
refuses exit-code-44 1 "exit code 300, expected 44" "$situ" verify "$tmp/code.proof" --program "$tmp/code.elf" --expect-exit-code 44
check exit-code-expected "$situ" verify "$tmp/code.proof" --program "$tmp/code.elf" --expect-exit-code 300

# --- test parameters -------------------------------------------------------------------------------------------------

check quick "$situ" prove "$tmp/code.elf" -o "$tmp/quick.proof" $quick
refuses quick-refused 1 "insecure-test-parameters" "$situ" verify "$tmp/quick.proof" --program "$tmp/code.elf" --expect-exit-code 300
check quick-says-so sh -c "'$situ' verify '$tmp/quick.proof' --program '$tmp/code.elf' --expect-exit-code 300 $quick | grep -q INSECURE"

# --- damaged files ---------------------------------------------------------------------------------------------------

head -c 100000 "$proof" >"$tmp/short"
refuses truncated 1 "total length" "$situ" verify "$tmp/short" --program $elf
refuses no-proof 1 "magic" "$situ" verify $elf --program $elf
: >"$tmp/empty"
refuses empty 1 "file too short" "$situ" verify "$tmp/empty" --program $elf
refuses missing 1 "No such file" "$situ" verify "$tmp/nowhere" --program $elf
cp "$proof" "$tmp/flipped"
printf '\x55' | dd of="$tmp/flipped" bs=1 seek=500000 conv=notrunc 2>/dev/null
refuses flipped 1 "REFUSED" "$situ" verify "$tmp/flipped" --program $elf

# --- what cannot be proven -------------------------------------------------------------------------------------------

printf '.globl _start\n_start: ebreak\n' >"$tmp/trap.S"
riscv64-unknown-elf-gcc -march=rv64im -mabi=lp64 -nostdlib -Wl,-Ttext=0x10000 -o "$tmp/trap.elf" "$tmp/trap.S"
refuses trap 1 "such a run has no proof" "$situ" prove "$tmp/trap.elf" -o "$tmp/none.proof"
printf 30000000 >"$tmp/long.in"
refuses too-long 1 "one proof holds at most" "$situ" prove build/guest/fibonacci.elf --input "$tmp/long.in" -o "$tmp/none.proof"
refuses memory 1 "--max-memory allows" "$situ" prove $elf --input $data/merkle.in -o "$tmp/none.proof" --max-memory 1M
check nothing-written sh -c "! ls '$tmp' | grep -q none"
refuses no-output-file 1 "No such file" "$situ" prove "$tmp/code.elf" -o "$tmp/no/such/place" --quiet
refuses usage-output 2 "where to?" "$situ" prove $elf
refuses usage-option 2 "no option --frob" "$situ" prove $elf --frob
refuses usage-blowup 2 "--blowup wants" "$situ" prove $elf -o x --blowup 3
refuses usage-memory 2 "--max-memory wants" "$situ" prove $elf -o x --max-memory much
for command in prove verify vkey inspect info; do check "help-$command" sh -c "'$situ' $command --help | grep -q '^Usage: situ $command'"; done

# --- reports ---------------------------------------------------------------------------------------------------------

check prove-json sh -c "'$situ' prove $elf --input $data/merkle.in -o '$tmp/j.proof' $quick --json | python3 -c 'import json,sys; r = json.load(sys.stdin); assert r[\"cycles\"] > 0 and r[\"insecure\"]'"
check no-progress-in-a-pipe sh -c "'$situ' prove $elf --input $data/merkle.in -o '$tmp/j.proof' $quick --quiet 2>&1 | wc -c | grep -qx 0"
check inspect sh -c "'$situ' inspect '$proof' | grep -q '^security     128.00 bits, proven'"
check inspect-json sh -c "'$situ' inspect '$proof' --json | python3 -c 'import json,sys; r = json.load(sys.stdin); assert r[\"security\"][\"total\"] >= 128 and len(r[\"tables\"]) > 10'"
check info "$situ" info
check info-json sh -c "'$situ' info --json | python3 -c 'import json,sys; assert json.load(sys.stdin)[\"threads\"] > 0'"
for level in scalar avx2; do
    check "same-proof-$level" sh -c "SITU_CPU=$level '$situ' prove $elf --input $data/merkle.in -o '$tmp/$level.proof' $quick --quiet && cmp '$tmp/$level.proof' '$tmp/j.proof'"
done

echo "vm_prove: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
