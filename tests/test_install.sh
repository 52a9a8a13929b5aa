#!/usr/bin/env bash
# What `make install` leaves is enough for a program outside this tree: tables compiled with the installed airc, linked with the
# installed library, found through pkg-config's file.
set -u
out=$(mktemp -d) tree=$PWD
trap 'rm -rf "$out"' EXIT
passed=0 failed=0
check() { if [ "$2" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL $1"; tail -n 5 "$out/log"; fi; }

profile=$(basename "$SITU_BUILD"); profile=${profile%%-*}
make -s install CC="$CC" PROFILE="$profile" PREFIX="$out/usr" >"$out/log" 2>&1
check "make install" $?
cp examples/two_chains/* "$out" && cd "$out" || exit 1
mkdir -p gen/two_chains
./usr/bin/airc two_chains.air -I usr/share/situ/air -o gen/two_chains >log 2>&1
check "installed airc" $?
flags=$(sed -n "s|\${prefix}|$out/usr|g; s/^Cflags: //p" usr/lib/pkgconfig/situ.pc)
libs=$(sed -n "s|\${prefix}|$out/usr|g; s/^Libs: //p" usr/lib/pkgconfig/situ.pc)
sources="main.c gen/two_chains/two_chains_meta.c gen/two_chains/two_chains_verify.c gen/two_chains/two_chains_check.c"
for level in scalar avx2 avx512; do
    case $level in
    avx2) march="-mavx2 -mbmi2 -DSITU_SIMD_AVX2" ;;
    avx512) march="-mavx2 -mbmi2 -mavx512f -mavx512bw -mavx512cd -mavx512dq -mavx512vl -DSITU_SIMD_AVX512" ;;
    *) march="" ;;
    esac
    $CC -std=gnu11 -O2 $flags -I. $march -DSITU_SIMD=$level -c gen/two_chains/two_chains_packed.simd.c -o $level.o >>log 2>&1
    check "tables for $level" $?
done
extra=""
[ "$profile" = verify ] && extra="-fsanitize=address,undefined"
$CC -std=gnu11 -O2 $extra $flags -I. $sources ./*.o $libs -o two_chains >>log 2>&1
check "program outside the tree" $?
ASAN_OPTIONS=detect_leaks=0 ./two_chains 12345 2>>log | grep -q '^proven: F(4096)'
check "it proves" $?
if [ -e usr/lib/libsitu_ckzg.a ]; then
    printf '#include <situ/compat/ckzg.h>\n#include <stdio.h>\nint main(void) { KZGSettings s; FILE *f = fopen("/dev/null", "r"); return load_trusted_setup_file(&s, f, 0) == C_KZG_OK; }\n' >ckzg.c
    $CC -O1 $extra -Iusr/include ckzg.c -Lusr/lib -lsitu_ckzg $libs -o ckzg_user >>log 2>&1 && ./ckzg_user >>log 2>&1
    check "a program written for c-kzg, against the installed library" $?
fi
if command -v riscv64-unknown-elf-gcc >/dev/null 2>&1; then
    cmp usr/share/situ/verifier.elf "$tree/build/guest/verifier.elf" >>log 2>&1
    check "verifier guest" $?
fi
for header in usr/include/situ/*.h; do
    $CC -fsyntax-only -Wall -Werror -Iusr/include -x c "$header" >>log 2>&1 && $CC -fsyntax-only -Wall -Werror -Iusr/include -x c++ "$header" >>log 2>&1
    check "header alone, C and C++: $(basename "$header")" $?
done
echo "install: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
