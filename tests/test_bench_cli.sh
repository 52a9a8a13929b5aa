#!/usr/bin/env bash
# `situ bench`: tables, JSON that a parser takes, and what is said about wrong options.
set -u
cd "$(dirname "$0")/.."
situ=$PWD/${SITU_BUILD:-build/release-clang-14}/situ
setup=$PWD/deps/c-kzg/trusted_setup.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
passed=0 failed=0

# check WHAT STATUS PATTERN COMMAND...: exit status, and a pattern in what it wrote (one line of errors if it failed).
check() {
    local what=$1 status=$2 pattern=$3
    shift 3
    "$@" >out 2>err
    local got=$?
    if [ $got -ne "$status" ] || ! cat out err | grep -Eq -- "$pattern" || { [ "$status" -ne 0 ] && [ "$(wc -l <err)" -ne 1 ]; }; then
        echo "FAIL $what: status $got, expected $status; $(cat out err | head -c 300)"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
}
# json FIELD...: out is one JSON object that has them, with as many results as expected.
json() {
    if python3 - "$@" <<'PY'; then passed=$((passed + 1)); else echo "FAIL json: $*; $(head -c 300 out)"; failed=$((failed + 1)); fi
import json, sys
o = json.load(open("out"))
n, fields = int(sys.argv[1]), sys.argv[2:]
assert len(o["results"]) == n and o["threads"] == 1 and o["runs"] == 1
for r in o["results"]:
    for f in fields: assert r[f], f
    for f in ("prepared", "affine", "blst", "seconds"): assert r.get(f, 1) > 0, f
PY
}

check "help" 0 "^Usage: situ bench msm.kzg" "$situ" bench --help
check "a table" 0 "^ +300 .*x" "$situ" bench msm --points 1,300 --runs 2 --threads 1
check "two threads" 0 "2 threads, medians of 3" "$situ" bench msm --points 2^9 --runs 3 --threads 2
for level in scalar avx2 avx512; do
    check "json at $level" 0 '"bench":"msm"' env SITU_CPU=$level "$situ" bench msm --points 7,2^8 --runs 1 --threads 1 --json
    json 2 points prepared affine blst scratch_bytes
done
check "kzg" 0 '"bench":"kzg"' "$situ" bench kzg --setup "$setup" --runs 1 --threads 1 --json
json 6 function seconds
check "nothing to measure" 2 "expected msm or kzg, found nothing" "$situ" bench
check "something else" 2 "expected msm or kzg, found stark" "$situ" bench stark
check "no such option" 2 "no option --size" "$situ" bench msm --size 3
check "no value" 2 "missing after --points" "$situ" bench msm --points
check "no points" 2 "expected 1 to 2\^24, found 0,5" "$situ" bench msm --points 0,5
check "too many points" 2 "expected 1 to 2\^24, found 2\^25" "$situ" bench msm --points 2^25
check "an empty size" 2 "expected 1 to 2\^24" "$situ" bench msm --points 4,,5
check "no runs" 2 "expected 1 to 1000, found 0" "$situ" bench msm --runs 0
check "threads" 2 "expected 1 to 1024, found x" "$situ" bench msm --threads x
check "no set-up" 1 "no set-up" env -u SITU_KZG_SETUP "$situ" bench kzg
check "no such set-up" 1 "nowhere: No such file" "$situ" bench kzg --setup nowhere

echo "test_bench_cli: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
