#!/usr/bin/env bash
# Does some test notice when a table loses a constraint, a type or a lookup?
#
#     tools/mutate_air.sh [file.air ...]          of src/vm/tables; all files of instructions when none is named
#
# One statement at a time is disarmed in a copy of the tables: a constraint is multiplied by 0, a bit or u<n> becomes a field
# element, a lookup is asked for 0 times.  The copy is compiled, the row evaluator and its tables' shapes are linked in front of
# the library, and the family's tests and the attacker (test_vm_attack) run against it.  Prints a line for each mutant: `refused`
# by the compiler of tables, `killed` by a test, or `SURVIVED`.  Not part of `make check`: 10 to 30 s a mutant.
#
# The prover's evaluators of many rows are the library's still, so whoever proves fails for any mutant.  Tests that fail for one that
# says the same as before do not count.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${SITU_BUILD:-build/release-clang-14}
scratch=$(mktemp -d /tmp/mutate_air.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
work=$scratch/mutant
tests=(test_vm_arith test_vm_bits test_vm_muldiv test_vm_load_store_lies test_vm_field_lies test_vm_ecall test_vm_accel test_vm_review
    test_vm_attack)
make -s "$build/libsitu.a" "${tests[@]/#/$build/tests/}" || exit 1
cp "$build/libsitu.a" "$build/obj/tests/harness/harness.o" "$scratch"
for test in "${tests[@]}"; do cp "$build/obj/tests/$test.o" "$scratch" || exit 1; done
cc=${CC:-clang-14}
flags="-Isrc -Iinclude -I. -I$build/gen -I$build -D_GNU_SOURCE -std=gnu11 -O0 -w"

tests_of() {
    case $1 in
    arith.air | compare.air | jump.air) echo test_vm_arith ;;
    logic.air | shift.air) echo test_vm_bits ;;
    multiply.air | divide.air) echo test_vm_muldiv ;;
    load_store.air | narrow.air | misaligned.air) echo test_vm_load_store_lies ;;
    field.air) echo test_vm_field_lies test_vm_review ;;
    memory.air) echo test_vm_review ;;
    ecall.air) echo test_vm_ecall test_vm_review ;;
    keccak.air | blake3.air) echo test_vm_accel test_vm_review ;;
    esac
}

# Numbers of the lines where a statement begins that can be disarmed.
targets() {
    awk '/^ *constrain / || /^ *(column|let) .*: *(bit|u[0-9]+)( |$)/ && !/inherited/ || /^ *receive (range|byte)\(/ { print NR }' "$1"
}

# disarm FILE LINE: the file, with the statement at that line disarmed.
disarm() {
    awk -v at="$2" '
        function finish(  i, left, right, tail) {
            if (text ~ /^ *constrain /) {
                sub(/^ *constrain /, "", text)
                i = index(text, " = "); left = substr(text, 1, i - 1); right = substr(text, i + 3); tail = ""
                if (match(right, / when | under | modular | "/)) { tail = substr(right, RSTART); right = substr(right, 1, RSTART - 1) }
                print "constrain 0 * (" left ") = 0 * (" right ")" tail
            } else if (text ~ /^ *receive /) {
                tail = ""
                if (match(text, / "[a-z_]*" *$/)) { tail = substr(text, RSTART); text = substr(text, 1, RSTART - 1) }
                if (match(text, / times .*/)) text = substr(text, 1, RSTART) "times 0 * (" substr(text, RSTART + 7) ")"
                else text = text " times 0"
                print text tail
            } else if (text ~ /^ *column /) {
                sub(/: *(bit|u[0-9]+)/, ": field \"disarmed\"", text); print text
            } else {
                sub(/ *: *(bit|u[0-9]+) =/, " =", text); print text
            }
            text = ""
        }
        NR == at { sub(/ +#.*$/, ""); text = $0; next }
        text != "" && !/^ *(constrain|receive|send|provide|let|use|for|if|else|end|column|const)( |$)/ && !/^ *(#|$)/ {
            sub(/ +#.*$/, ""); text = text " " $0; next }
        text != "" { finish() }
        { print }
        END { if (text != "") finish() }' "$1"
}

declare -A count=([refused]=0 [killed]=0 [SURVIVED]=0)
report() {
    count[$1]=$((count[$1] + 1))
    printf '%-8s %s:%s  %s  %s\n' "$1" "$file" "$line" "$(sed -n "${line}p" "src/vm/tables/$file" | sed 's/^ *//; s/  *#.*//' | cut -c1-90)" "$2"
}

# The tables in $work/tables, as objects that take the place of the library's.
compile() {
    mkdir -p "$work/vm"
    "$build/airc" "$work/tables/vm.air" -I src/air -o "$work/vm" 2>"$work/log" || return 1
    for part in check meta verify; do $cc $flags -c "$work/vm/vm_$part.c" -o "$work/$part.o" || exit 1; done
}

# Does a program notice?  It is linked with the mutant's objects.
noticed() { # test, arguments
    local test=$1 scale=1 status
    [ $# -gt 1 ] && scale=4
    shift
    $cc -pthread -o "$work/$test" "$scratch/$test.o" "$scratch/harness.o" "$work"/*.o "$scratch/libsitu.a" -lm || return 0
    TEST_RUNS_SCALE=$scale timeout 120 "$work/$test" "$@" >"$work/log.all" 2>&1
    status=$?
    grep -v -x -F -f "$scratch/control" "$work/log.all" >"$work/log"
    [ $status -eq 124 ] || grep -q '^FAIL ' "$work/log" || { [ $status -ne 0 ] && ! grep -q '^FAIL ' "$work/log.all"; }
}

# The control: a constraint twice.
mkdir -p "$work" && cp -r src/vm/tables "$work/tables"
sed 's/constrain skip \* address = 0/constrain 2 * skip * address = 0/' src/vm/tables/memory.air >"$work/tables/memory.air"
cmp -s src/vm/tables/memory.air "$work/tables/memory.air" && { echo "mutate_air: no control" >&2; exit 1; }
compile || { cat "$work/log" >&2; exit 1; }
echo nothing >"$scratch/control"
for test in "${tests[@]}"; do
    [ "$test" = test_vm_attack ] || noticed "$test" || true
    [ "$test" = test_vm_attack ] || grep '^FAIL ' "$work/log.all" >>"$scratch/control"
done

[ $# -gt 0 ] || set -- arith.air compare.air logic.air shift.air multiply.air divide.air load_store.air narrow.air misaligned.air jump.air \
    field.air
for file in "$@"; do
    for line in $(targets "src/vm/tables/$file"); do
        rm -rf "$work"
        mkdir -p "$work" && cp -r src/vm/tables "$work/tables"
        disarm "src/vm/tables/$file" "$line" >"$work/tables/$file"
        if ! compile; then
            report refused "$(head -1 "$work/log" | sed 's/^[^ ]* //' | cut -c1-80)"
            continue
        fi
        fate=SURVIVED
        for test in $(tests_of "$file"); do
            if noticed "$test"; then fate=killed && break; fi
        done
        if [ $fate = SURVIVED ] && noticed test_vm_attack no_forgeries; then fate=killed; fi
        if [ $fate = killed ]; then
            report killed "$(grep -o "FAIL.*" "$work/log" | head -1)"
        else
            report SURVIVED ""
        fi
    done
done
echo "mutate_air: ${count[refused]} refused, ${count[killed]} killed, ${count[SURVIVED]} survived"
[ "${count[SURVIVED]}" -eq 0 ]
