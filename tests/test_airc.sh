#!/usr/bin/env bash
# The AIR compiler from outside: what it refuses, and with which words; what it leaves behind; what a guest would link.
set -u
name=test_airc
airc=${SITU_BUILD:-build/release-clang-14}/airc
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0

check() { # what, condition's exit status
  if [ "$2" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL $name: $1"; fi
}

# Each file's first line holds what follows the file's name in the one line of the message.
for f in tests/air/refuse/*.air; do
  want="$f$(sed -n '1s/^# expect: //p' "$f")"
  got=$("$airc" "$f" -I src/air -o "$dir/out" 2>&1)
  status=$?
  [ $status -eq 1 ] && [ "$got" = "$want" ] && [ ! -e "$dir/out" ]
  check "$f: exit $status, said: $got" $?
done

# Files that stay the same keep their dates.
"$airc" tests/air/chain.air -I src/air -o "$dir/chain"
check "chain compiles" $?
touch -d '2001-01-01' "$dir"/chain/*
"$airc" tests/air/chain.air -I src/air -o "$dir/chain"
[ -z "$(find "$dir/chain" -newermt 2002-01-01 -type f)" ]
check "unchanged files are left alone" $?
[ -z "$(find "$dir" -name '*.part')" ]
check "no partial files" $?

# A change that matters changes the digest; a comment or a constraint's name does not.
digest() { "$airc" "$1" -I src/air -o "$dir/digest" && grep -A1 'digest = ' "$dir"/digest/*_verify.c; }
base=$(digest tests/air/chain.air)
sed 's/"picks"/"other"   # a remark/' tests/air/chain.air > "$dir/named.air"
[ "$(digest "$dir/named.air")" = "$base" ]
check "names leave the digest alone" $?
for edit in 's/quarter : u14/quarter : u13/' 's/active = total/total = active/' 's/65537/65539/' 's/instances 2/instances 3/' \
            's/rounds : u16/rounds : u15/' 's/times active "left"/times total "left"/'; do
  sed "$edit" tests/air/chain.air > "$dir/edited.air"
  edited=$(digest "$dir/edited.air")
  [ -n "$edited" ] && [ "$edited" != "$base" ]
  check "digest after $edit" $?
done

# The price list.
cost=$("$airc" tests/air/chain.air -I src/air --cost --mix chain=3,range=1)
echo "$cost" | grep -qE '^chain +0 +5 +2 +1 +3 +11 \| +11 +5 +3 \| +16 +18 +12 +41$'
check "cost of chain: $cost" $?
echo "$cost" | grep -q '^mix: 49.8 cells a row$'
check "cost of a mix: $cost" $?
"$airc" tests/air/chain.air -I src/air --cost --blowup 4 | grep -qE '^chain .* \| +11 +5 +2 \|'
check "larger groups at blowup 4" $?

# Usage errors.
for args in "" "tests/air/chain.air" "tests/air/chain.air --cost --blowup 3" "a.air b.air --check" "nowhere.air --check" \
            "tests/air/chain.air -I src/air --cost --mix nothing=1" "tests/air/chain.air -I src/air -o /dev/null/x"; do
  # shellcheck disable=SC2086
  said=$("$airc" $args 2>&1 >/dev/null)
  [ $? -ne 0 ] && [ -n "$said" ]
  check "airc $args" $?
done

# What the verifier links: for the guest's target, without a library, with small frames.
if command -v clang-14 >/dev/null && clang-14 --print-targets | grep -q riscv64; then
  for s in chain sample; do
    "$airc" "tests/air/$s.air" -I src/air -o "$dir/$s" &&
      clang-14 --target=riscv64-unknown-none-elf -march=rv64im -mabi=lp64 -ffreestanding -nostdlib -O2 -std=gnu11 -Isrc -Iinclude \
        -Wframe-larger-than=8192 -Werror -c "$dir/$s/${s}_verify.c" -o "$dir/$s.o"
    check "$s for the guest" $?
    left=$(nm -u "$dir/$s.o" 2>/dev/null | awk '{print $2}' | grep -vE '^(k6_[a-z0-9_]+|mem(cpy|set|move))$')
    [ -z "$left" ]
    check "$s needs $left" $?
  done
else
  echo "$name: no riscv64 compiler here, the guest's view is skipped"
fi

echo "$name: $passed passed, $failed failed"
[ $failed -eq 0 ]
