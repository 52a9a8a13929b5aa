#!/usr/bin/env bash
# Example guests, here and under qemu-riscv64, against outputs computed by other means; the kit outside this tree; what `situ run`
# says.
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
        echo "FAIL vm_guest/$name"
        tail -n 5 "$tmp/log"
    fi
}

if ! command -v riscv64-unknown-elf-gcc >/dev/null || ! command -v qemu-riscv64 >/dev/null; then
    echo "vm_guest: 0 passed, 0 failed, 1 skipped"
    exit 0
fi

# --- examples --------------------------------------------------------------------------------------------------------

# Inputs are named GUEST or GUEST.WHICH.
runs_here() { "$situ" run "build/guest/${1%%.*}.elf" --input "$data/$1.in" --output "$tmp/out" --quiet && cmp "$tmp/out" "$data/$1.out"; }
runs_in_qemu() { qemu-riscv64 "build/guest/${1%%.*}.elf" <"$data/$1.in" >"$tmp/out" && cmp "$tmp/out" "$data/$1.out"; }
data=guest/examples/data
for expected in "$data"/*.out; do
    name=$(basename "$expected" .out)
    check "$name" runs_here "$name"
    check "$name-in-qemu" runs_in_qemu "$name"
done

# Stripping a file does not change what it does.
riscv64-unknown-elf-strip -o "$tmp/stripped.elf" build/guest/merkle.elf
check stripped "$situ" run "$tmp/stripped.elf" --input "$data/merkle.in" --quiet

# A wrong Merkle path is refused by the guest, with exit code 1.
sed 's/a/b/' "$data/merkle.in" >"$tmp/wrong.in"
status_is() { # STATUS COMMAND...
    local want=$1
    shift
    "$@"
    local got=$?
    [ "$got" -eq "$want" ] || { echo "status $got, expected $want"; return 1; }
}
check merkle-wrong-path status_is 1 "$situ" run build/guest/merkle.elf --input "$tmp/wrong.in" --quiet

# So are scalars that are none: other characters, no end of line, too many digits, no digit.
for text in '12x\n' '12' "$(printf '%065d' 1)\n" '2\n\n'; do
    printf "$text" >"$tmp/scalar"
    check "ec-refuses-$text" status_is 1 "$situ" run build/guest/ec.elf --input "$tmp/scalar" --quiet
done

# --- the kit, installed ----------------------------------------------------------------------------------------------

check install make -s install-guest PREFIX="$tmp/usr" DESTDIR=
cat >"$tmp/hello.c" <<'END'
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <situ/guest.h>
#include <zkvm_accelerators.h>

static _Thread_local int own = 5;
static _Thread_local long zero;
_Thread_local char large[100];
static int initialised = 77, uninitialised[100];
__attribute__((constructor)) static void before_main(void) { uninitialised[3] = 8; }

static void hex(const uint8_t *bytes, int n)
{
    for (int i = 0; i < n; i++) printf("%02x", bytes[i]);
    printf("\n");
}

static void hashes(void)
{
    zkvm_sha256_hash h;
    zkvm_blake2f_state s = {{0}};
    zkvm_blake2f_message m = {{0}};
    zkvm_blake2f_offset t = {{0}};
    zkvm_keccak256((const uint8_t *)"", 0, &h), hex(h.data, 32);
    zkvm_sha256((const uint8_t *)"abc", 3, &h), hex(h.data, 32);
    zkvm_ripemd160((const uint8_t *)"abc", 3, &h), hex(h.data, 32);
    /* EIP-152, test vector 5: BLAKE2b-512 of "abc" */
    const uint64_t iv[8] = {0x6a09e667f3bcc908 ^ 0x01010040, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                            0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
    memcpy(s.data, iv, 64);
    memcpy(m.data, "abc", 3);
    t.data[0] = 3;
    assert(zkvm_blake2f(12, &s, &m, &t, 2) == ZKVM_EFAIL);
    assert(zkvm_blake2f(12, &s, &m, &t, 1) == ZKVM_EOK), hex(s.data, 64);
}

int main(int argc, char **argv)
{
    const uint8_t *input;
    size_t n_bytes;
    (void)argc, (void)argv;
    read_input(&input, &n_bytes);
    errno = 3;
    zero += own;
    own = 9;
    large[99] = 1;
    printf("%d %ld %d %d %d %d %d\n", own, zero, errno, large[99], initialised, uninitialised[3], (int)((uintptr_t)input % 16));
    char *p = malloc(100000);
    memset(p, 'x', 100000);
    write_output((const uint8_t *)p, 3);
    printf("\n");
    hashes();
    fprintf(stderr, "only for people\n");
    if (n_bytes == 1) abort();
    if (n_bytes == 2) assert(!"reached");
    if (n_bytes == 3) return 7;
    if (n_bytes == 4) *(volatile int *)0 = 1;
    if (n_bytes == 5) *(volatile int *)&main = 1;
    if (n_bytes == 6) ((void (*)(void))(uintptr_t)0x12346)();
    if (n_bytes == 7) __asm__ volatile(".word 0");
    return 0;
}
END
sed -e 's/.*/&/' >"$tmp/hello.out" <<'END'
9 5 3 1 77 8 0
xxx
c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470
ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
0000000000000000000000008eb208f7e05d987a9b044a8e98c6b087f15a0bfc
ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923
END
kit="--specs=$tmp/usr/lib/situ/guest.specs -march=rv64im -mabi=lp64 -O2"
check compile riscv64-unknown-elf-gcc $kit "$tmp/hello.c" -o "$tmp/hello.elf"
hello() { "$situ" run "$tmp/hello.elf" --output "$tmp/out" --quiet && cmp "$tmp/out" "$tmp/hello.out"; }
check hello hello
hello_in_qemu() { qemu-riscv64 "$tmp/hello.elf" </dev/null >"$tmp/out" 2>"$tmp/err" && cmp "$tmp/out" "$tmp/hello.out"; }
check hello-in-qemu hello_in_qemu

# lld links it too.
lld() {
    riscv64-unknown-elf-gcc $kit -c "$tmp/hello.c" -o "$tmp/hello.o" &&
        ld.lld -T "$tmp/usr/lib/situ/guest.ld" -static --gc-sections -z max-page-size=4096 -o "$tmp/lld.elf" \
            "$tmp/usr/lib/situ/start.o" "$tmp/hello.o" -L"$tmp/usr/lib/situ" \
            -L/usr/lib/picolibc/riscv64-unknown-elf/lib/release/rv64im/lp64 --start-group -lc -lsitu-guest \
            "$(riscv64-unknown-elf-gcc -march=rv64im -mabi=lp64 -print-libgcc-file-name)" --end-group &&
        "$situ" run "$tmp/lld.elf" --output "$tmp/out" --quiet && cmp "$tmp/out" "$tmp/hello.out"
}
check lld lld

# A guest without a C library.
cat >"$tmp/bare.c" <<'END'
#include <situ/guest.h>
int main(void) { write_output((const uint8_t *)"bare", 4); return 3; }
END
bare() {
    riscv64-unknown-elf-gcc $kit -nodefaultlibs "$tmp/bare.c" -lsitu-guest -o "$tmp/bare.elf" &&
        status_is 3 "$situ" run "$tmp/bare.elf" --output "$tmp/out" --quiet && [ "$(cat "$tmp/out")" = bare ]
}
check bare bare

# --- ends and traps --------------------------------------------------------------------------------------------------

says() { # STATUS TEXT ARGUMENT...: `situ run` exits so, with this text on standard error or output
    local want=$1 text=$2
    shift 2
    "$situ" run "$@" >"$tmp/all" 2>&1
    local got=$?
    cat "$tmp/all"
    [ "$got" -eq "$want" ] && grep -qF -- "$text" "$tmp/all"
}
n() { head -c "$1" /dev/zero >"$tmp/n$1"; echo "$tmp/n$1"; }
check debug-text says 0 "only for people" "$tmp/hello.elf"
check abort says 134 "exit code    134" "$tmp/hello.elf" --input "$(n 1)"
check assert says 134 'assertion "!"reached"" failed' "$tmp/hello.elf" --input "$(n 2)"
check exit-code says 7 "exit code    7" "$tmp/hello.elf" --input "$(n 3)"
check null says 1 "trap: write to unmapped memory at 0x0, at pc" "$tmp/hello.elf" --input "$(n 4)"
check function says 1 " in main+0x" "$tmp/hello.elf" --input "$(n 4)"
check backtrace says 1 "called from" "$tmp/hello.elf" --input "$(n 4)"
check caller says 1 " in _start+0x" "$tmp/hello.elf" --input "$(n 4)"
check read-only says 1 "trap: write to read-only memory at 0x1" "$tmp/hello.elf" --input "$(n 5)"
check odd-jump says 1 "trap: jump to 0x12346, which is no multiple of 4" "$tmp/hello.elf" --input "$(n 6)"
check illegal says 1 "trap: illegal instruction 0x00000000" "$tmp/hello.elf" --input "$(n 7)"
check json says 0 '"stop":"halt","exit_code":0' "$tmp/hello.elf" --json
check json-trap says 1 '"trap":"write to unmapped memory at 0x0"' "$tmp/hello.elf" --input "$(n 4)" --json
check json-is-json sh -c "'$situ' run '$tmp/hello.elf' --json 2>/dev/null | node -e 'JSON.parse(require(\"fs\").readFileSync(0))'"
check limit says 1 "stopped after" build/guest/fibonacci.elf --input "$data/fibonacci.in" --max-cycles 100000
check no-output-when-trapped sh -c "rm -f '$tmp/none'; ! '$situ' run '$tmp/hello.elf' --input '$(n 4)' --output '$tmp/none' && [ ! -e '$tmp/none' ]"
check stdin sh -c "'$situ' run build/guest/sha256.elf --input - <'$data/sha256.in' | grep -q '$(cat $data/sha256.out)'"

cat >"$tmp/deep.c" <<'END'
#include <situ/guest.h>
__attribute__((noinline)) int deep(volatile char *p, int n) { volatile char frame[4096]; frame[0] = *p; return n + deep(frame, n + 1) + frame[1]; }
int main(void) { volatile char c = 1; return deep(&c, 0); }
END
riscv64-unknown-elf-gcc $kit -w "$tmp/deep.c" -o "$tmp/deep.elf"
check stack-overflow says 1 "the stack has overflowed" "$tmp/deep.elf"
riscv64-unknown-elf-gcc -march=rv64imac -mabi=lp64 -O2 -nostdlib -static -Wl,-e,main,-Ttext=0x10000 -x c - \
    -o "$tmp/compressed.elf" <<<'int main(void) { return 1; }' 2>/dev/null
check compressed says 1 "build with -march=rv64im -mabi=lp64" "$tmp/compressed.elf"

# --- wrong usage -----------------------------------------------------------------------------------------------------

check help says 0 "Examples:"  --help
check no-program says 2 "which program?"
check no-option says 2 "no option --frobnicate" x.elf --frobnicate
check no-value says 2 "a value is missing after --input" x.elf --input
check no-number says 2 "wants a number, not -3" x.elf --max-cycles -3
check two-programs says 2 "more than one program: y" x y
check no-file says 1 "x.elf: No such file or directory" x.elf
check no-input says 1 "nothing: No such file or directory" "$tmp/hello.elf" --input "$tmp/nothing"
check directory says 1 "Is a directory" "$tmp"
check no-elf says 1 "no ELF file" "$tmp/hello.c"
check no-place says 1 "No such file or directory" "$tmp/hello.elf" --output "$tmp/no/such/place"

echo "vm_guest: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
