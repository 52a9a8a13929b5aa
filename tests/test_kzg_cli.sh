#!/usr/bin/env bash
# `situ kzg` on files: every command, and that bad input writes nothing.
set -u
cd "$(dirname "$0")/.."
situ=$PWD/${SITU_BUILD:-build/release-clang-14}/situ
text=$PWD/deps/c-kzg/trusted_setup.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
passed=0 failed=0

# check WHAT STATUS PATTERN COMMAND...: exit status, and a pattern in standard error ("" for none).
check() {
    local what=$1 status=$2 pattern=$3
    shift 3
    "$@" >out 2>err
    local got=$?
    if [ $got -ne "$status" ] || { [ -n "$pattern" ] && ! grep -q -- "$pattern" err; } || { [ "$status" -ne 0 ] && [ "$(wc -l <err)" -ne 1 ]; }; then
        echo "FAIL $what: status $got, expected $status; $(head -c 300 err)"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
}
absent() {
    if [ -e "$1" ]; then
        echo "FAIL $1 was written"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
}

for i in 1 2 3; do
    for _ in $(seq 4096); do printf '\0%031d' "$((RANDOM * i))"; done >$i.blob
done
{ printf 0x; od -An -v -tx1 1.blob | tr -d ' \n'; echo; } >1.hex

check "set-up" 0 "" "$situ" kzg setup "$text" -o cache
export SITU_KZG_SETUP=$work/cache
check "commit" 0 "" "$situ" kzg commit 1.blob 1.hex
[ "$(cut -d' ' -f1 out | uniq | wc -l)" -eq 1 ] && passed=$((passed + 1)) || { echo "FAIL raw and hex differ"; failed=$((failed + 1)); }
check "prove" 0 "" "$situ" kzg prove 1.blob 2.blob 3.blob -o list
check "verify" 0 "" "$situ" kzg verify list
check "prove at a point" 0 "" "$situ" kzg prove --z 0x$(printf '%064d' 5) 1.blob -o at
check "verify at a point" 0 "" "$situ" kzg verify at
sed '2s/2.blob/3.blob/' list >wrong
check "wrong blob" 1 "line 2: the proof does not hold" "$situ" kzg verify wrong
sed '2s/ 0x./ 0xf/' list >wrong
check "bad proof" 1 "line 2: the proof is not the compressed form" "$situ" kzg verify wrong
sed '3s/^0x./0xf/' list >wrong
check "bad commitment" 1 "line 3: the commitment is not the compressed form" "$situ" kzg verify wrong
echo >wrong
check "nothing to verify" 1 "nothing to verify" "$situ" kzg verify wrong
awk '{ print $1, $2, $3, "0x" substr("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 1, 64), $5 }' at >wrong
check "value too large" 1 "line 1: the value is not below" "$situ" kzg verify wrong
awk '{ print $1, $2, "0x" substr($3, 3, 63) "6", $4, $5 }' at >wrong
check "another point" 1 "line 1: the proof does not hold" "$situ" kzg verify wrong
check "point too large" 1 "--z: not below" "$situ" kzg prove --z $(printf 'f%.0s' $(seq 64)) 1.blob
check "short point" 1 "--z: expected 32 bytes" "$situ" kzg prove --z 5 1.blob
echo "0x00 0x00 1.blob" >wrong
check "short commitment" 1 "line 1: expected a commitment" "$situ" kzg verify wrong
check "cells" 0 "" "$situ" kzg cells 1.blob -o cells --threads 2
check "verify cells" 0 "" "$situ" kzg verify --cells --commitment "$(cut -d' ' -f1 list | head -n 1)" cells
check "verify cells of another" 1 "line 1: the cell does not belong" "$situ" kzg verify --cells --commitment "$(cut -d' ' -f1 list | tail -n 1)" cells
sed -n '3~2p' cells >half
{ head -n 1 cells; cat half; } >some
sed '5s/ 0x\(.*\) 0x./ 0x\1 0xf/' cells >wrong
check "bad proof of a cell" 1 "line 5: the proof is" "$situ" kzg verify --cells --commitment "$(cut -d' ' -f1 list | head -n 1)" wrong
sed '9s/ 0x../ 0x01/' cells >wrong
check "damaged cell" 1 "line 9: the cell does not belong" "$situ" kzg verify --cells --commitment "$(cut -d' ' -f1 list | head -n 1)" wrong
check "no commitment" 2 "wants --commitment" "$situ" kzg verify --cells cells
check "a commitment that is none" 1 "--commitment: not the compressed" "$situ" kzg verify --cells --commitment 0x$(printf '0%.0s' $(seq 96)) cells
check "a commitment for nothing" 2 "is for --cells" "$situ" kzg verify --commitment 0x00 list
check "recover" 0 "" "$situ" kzg recover some -o again
cmp -s cells again && passed=$((passed + 1)) || { echo "FAIL recovered cells differ"; failed=$((failed + 1)); }
sed '7s/ 0x../ 0xff/' some >wrong
check "cell too large" 1 "line 7: field element 0 of the cell is not below" "$situ" kzg recover wrong -o none
sed '7s/ 0x../ 0xzz/' some >wrong
check "no hexadecimal" 1 "line 7: expected a cell" "$situ" kzg recover wrong -o none
sed '7s/^[0-9]*/128/' some >wrong
check "no such cell" 1 "line 7: expected a cell index" "$situ" kzg recover wrong -o none
check "recovery from a list" 1 "line 1: expected a cell index" "$situ" kzg recover list -o none
absent none
head -n 63 some >few
check "too few cells" 1 "at least 64" "$situ" kzg recover few -o none
absent none
{ cat some; tail -n 1 some; } >twice
check "a cell twice" 1 "each cell once" "$situ" kzg recover twice -o none
{ tail -n 1 some; cat some; } >unordered
check "unordered cells" 1 "ascending" "$situ" kzg recover unordered -o none
absent none
head -c 131071 1.blob >short
check "short blob" 1 "expected a blob of 131072 bytes" "$situ" kzg commit short -o none
{ printf '\377%.0s' $(seq 32); tail -c +33 1.blob; } >large
check "field element too large" 1 "large: field element 0 .*not below the group order" "$situ" kzg commit 1.blob large -o none
absent none
head -c 5000 cache >damaged
check "damaged cache" 1 "damaged cache" "$situ" kzg commit --setup damaged 1.blob
head -c 5000 "$text" >cut
check "cut set-up" 1 "at byte 5000" "$situ" kzg setup cut -o none
absent none
check "no file" 1 "No such file" "$situ" kzg commit nothing
check "no set-up" 1 "no set-up" env -u SITU_KZG_SETUP "$situ" kzg commit 1.blob
check "no such command" 2 "no command" "$situ" kzg frobnicate
check "no such option" 2 "commit has no option --frobnicate" "$situ" kzg commit --frobnicate 1.blob
check "an option of another" 2 "recover has no option --z" "$situ" kzg recover --z 5 some
check "a value is missing" 2 "missing after --z" "$situ" kzg prove 1.blob --z
check "no file named" 2 "no file" "$situ" kzg commit
check "two files" 2 "one file only" "$situ" kzg cells 1.blob 2.blob
check "no threads" 2 "expected 1 to 1024" "$situ" kzg commit 1.blob --threads 0
check "set-up to nowhere" 2 "-o FILE is missing" "$situ" kzg setup "$text"
check "a folder" 1 "Is a directory" "$situ" kzg commit .
check "no place" 1 "nowhere/out: No such file" "$situ" kzg commit 1.blob -o nowhere/out
sed '3s/^a0/bf/' "$text" >changed
check "changed point" 1 "at byte 8: expected a point of the subgroup" "$situ" kzg setup changed -o none
{ sed -n '1,2p' "$text"; sed -n 4p "$text"; sed -n 3p "$text"; tail -n +5 "$text"; } >swapped
check "exchanged points" 1 "no powers of one secret" "$situ" kzg setup swapped -o none
absent none
check "help of a command" 0 "" "$situ" kzg commit --help
check "help" 0 "" "$situ" kzg --help

echo "test_kzg_cli: $passed passed, $failed failed"
[ $failed -eq 0 ]
