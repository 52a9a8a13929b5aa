#!/usr/bin/env bash
# `situ profile` on example guests and on one that knows its numbers: figures, formats, comparison, and the page in a browser.
set -u
situ=${SITU_BUILD:-build/release-clang-14}/situ
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0 skipped=0

check() { # NAME COMMAND...: the command must succeed
    local name=$1
    shift
    if "$@" >"$tmp/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL profile/$name"
        tail -n 5 "$tmp/log"
    fi
}

says() { # STATUS PATTERN COMMAND...: exit status, and a pattern in stdout and stderr together
    local status=$1 pattern=$2 text got
    shift 2
    text=$("$@" 2>&1)
    got=$?
    [ "$got" -eq "$status" ] && grep -qE -- "$pattern" <<<"$text" && return 0
    echo "status $got (expected $status), or no '$pattern' in:"
    head -n 5 <<<"$text"
    return 1
}

skip() {
    echo "profile: $1"
    skipped=$((skipped + 1))
}

if ! command -v riscv64-unknown-elf-gcc >/dev/null || ! command -v python3 >/dev/null; then
    echo "profile: skipped: needs riscv64-unknown-elf-gcc and python3"
    echo "profile: 0 passed, 0 failed, 1 skipped"
    exit 0
fi

# --- any guest: every sum is the run's -------------------------------------------------------------------------------

profile() { # NAME ELF ARG...: all formats, and the plain run beside them
    local name=$1 elf=$2
    shift 2
    "$situ" profile "$elf" "$@" --json "$tmp/$name.json" --folded "$tmp/$name.folded" --svg "$tmp/$name.svg" \
        --html "$tmp/$name.html" >"$tmp/$name.txt" || return 1
}
agrees() { # NAME ELF INPUT...
    local name=$1 elf=$2
    shift 2
    profile "$name" "$elf" "$@" || return 1
    "$situ" run "$elf" "$@" --json >"$tmp/$name.run"
    python3 tests/profile/check.py sums "$tmp/$name.json" "$tmp/$name.run" "$tmp/$name.folded" "$tmp/$name.svg"
}
for name in merkle sort json shapes reverse blake3; do
    check "sums-$name" agrees "$name" "build/guest/$name.elf" --input "guest/examples/data/$name.in"
done

# C++ functions have their own names where debugging data can be read.
names_shapes() {
    grep -q '"has_lines":false' "$tmp/shapes.json" || { grep -q '"name":"box::area","inlined":false' "$tmp/shapes.json" &&
        ! grep -q '"name":"_ZN' "$tmp/shapes.json"; }
}
check names-shapes names_shapes

# --- a guest that knows its numbers ----------------------------------------------------------------------------------

compile() {
    riscv64-unknown-elf-gcc --specs=build/guest/guest.specs -march=rv64im -mabi=lp64 -O2 -Wall -Werror -ffunction-sections \
        -Wl,--gc-sections "$@"
}
check compile compile -g tests/profile/steps.c -o "$tmp/steps.elf"
check sums-steps agrees steps "$tmp/steps.elf"
check named-steps profile steps "$tmp/steps.elf" --step '2=deep & <wide>'
check known-numbers python3 tests/profile/check.py steps "$tmp/steps.json"
check text says 0 '^step 1 \(time 2\): [0-9]+ cycles, .* of the run$' cat "$tmp/steps.txt"
check text-functions says 0 '^ +[0-9.]+ % +[0-9,]+ +[0-9.]+ % +[0-9.]+ %  many( |$)' cat "$tmp/steps.txt"
check top says 0 'and [0-9]+ more$' "$situ" profile "$tmp/steps.elf" --top 3

# What the proof commits to is what the profile says.
proof_cells() {
    local cells
    cells=$("$situ" prove "$tmp/steps.elf" -o "$tmp/steps.proof" --insecure-test-parameters --json | grep -oE '"cells":[0-9]+')
    grep -F "\"padded_${cells#\"}}" "$tmp/steps.json"
}
check proof-cells proof_cells

# Without symbols, and without debugging data.
riscv64-unknown-elf-strip -o "$tmp/stripped.elf" "$tmp/steps.elf"
check sums-stripped agrees stripped "$tmp/stripped.elf"
check stripped python3 tests/profile/check.py stripped "$tmp/stripped.json" "$tmp/steps.json"
riscv64-unknown-elf-strip --strip-debug -o "$tmp/undebugged.elf" "$tmp/steps.elf"
check sums-undebugged agrees undebugged "$tmp/undebugged.elf"
check no-lines says 0 '^lines +none: (compile|this build)' cat "$tmp/undebugged.txt"

# More steps than are told apart, and calls deeper than the call graph: the sums still hold.
check compile-more compile -g -DMARKERS=300 -DDEPTH=2000 tests/profile/steps.c -o "$tmp/more.elf"
check sums-more agrees more "$tmp/more.elf"
check more-cut says 0 'the call graph is cut' cat "$tmp/more.txt"
check more-steps says 0 '^and 224 more steps' cat "$tmp/more.txt"

# --- comparison ------------------------------------------------------------------------------------------------------

compare=tools/profile_compare.py
check compile-slower compile -g -DTURNS_MORE tests/profile/steps.c -o "$tmp/slower.elf"
check sums-slower agrees slower "$tmp/slower.elf"
check compare-same says 0 'functions, own cycles: no change' python3 $compare "$tmp/steps.json" "$tmp/steps.json" --fail-above 0
check compare-function says 0 '\+[0-9.]+ %  leaf$' python3 $compare "$tmp/steps.json" "$tmp/slower.json"
check compare-step says 0 '\+[0-9.]+ %  step 1$' python3 $compare "$tmp/steps.json" "$tmp/slower.json"
check compare-fails says 1 'cycles grew by' python3 $compare "$tmp/steps.json" "$tmp/slower.json" --fail-above 5
check compare-shrinks says 0 'cycles$' python3 $compare "$tmp/slower.json" "$tmp/steps.json" --fail-above 5
check compare-json says 0 '^\{"totals": ' python3 $compare "$tmp/steps.json" "$tmp/slower.json" --json
check compare-no-profile says 2 'no profile of version 1' python3 $compare "$tmp/steps.run" "$tmp/steps.json"
check compare-no-file says 2 'No such file' python3 $compare "$tmp/none" "$tmp/steps.json"

# --- ends that are no halt, and wrong usage --------------------------------------------------------------------------

cat >"$tmp/trap.S" <<'END'
    .globl _start
    .type _start, @function
_start:
    li t0, 1000
1:  addi t0, t0, -1
    bnez t0, 1b
    ld a0, 0(zero)
END
check compile-trap riscv64-unknown-elf-gcc -nostdlib -static -march=rv64im -mabi=lp64 -Wl,-Ttext=0x10000 -o "$tmp/trap.elf" "$tmp/trap.S"
check trap says 1 'situ: trap: .* after 2001 cycles' "$situ" profile "$tmp/trap.elf"
check trap-reported says 1 '2,001' "$situ" profile "$tmp/trap.elf"
check limit says 0 'stopped after [0-9]+ cycles' "$situ" profile build/guest/fibonacci.elf \
    --input guest/examples/data/fibonacci.in --max-cycles 10000
check json-to-stdout says 0 '^\{"format":"situ-profile"' "$situ" profile "$tmp/steps.elf" --json - --quiet
check help says 0 'Examples:' "$situ" profile --help
check no-program says 2 'which program' "$situ" profile
check no-option says 2 'no option --nothing' "$situ" profile --nothing
check no-value says 2 'a value is missing after --json' "$situ" profile "$tmp/steps.elf" --json
check bad-step says 2 "wants N=NAME, not 5" "$situ" profile "$tmp/steps.elf" --step 5
check bad-top says 2 '--top wants a number, not 0' "$situ" profile "$tmp/steps.elf" --top 0
check no-file says 1 'situ: .*none' "$situ" profile "$tmp/none"
check no-elf says 1 'no ELF file' "$situ" profile "$tmp/steps.json"
check no-folder says 1 'situ: .*nowhere' "$situ" profile "$tmp/steps.elf" --quiet --html "$tmp/nowhere/x.html"

# --- the page, in a browser ------------------------------------------------------------------------------------------

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -z "$browser" ] || ! command -v node >/dev/null; then
    skip "the page is not opened: chromium and node are not both here"
else
    node tests/profile/browser.js "$browser" "$tmp/steps.html" >"$tmp/browser"
    status=$?
    grep -v '^ok ' "$tmp/browser"
    passed=$((passed + $(grep -c '^ok ' "$tmp/browser")))
    failed=$((failed + $(grep -c '^FAIL ' "$tmp/browser")))
    [ "$status" -eq 0 ] || [ "$(grep -c '^FAIL ' "$tmp/browser")" -gt 0 ] || failed=$((failed + 1))
fi

echo "profile: $passed passed, $failed failed$([ "$skipped" -gt 0 ] && echo ", $skipped skipped")"
[ "$failed" -eq 0 ]
