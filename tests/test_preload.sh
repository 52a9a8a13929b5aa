#!/usr/bin/env bash
# Real programs under LD_PRELOAD=libsitu-malloc.so.
#
#   SITU_LONG_TESTS=1   the long version: redis, stress-ng, more of each; installs from Debian what is missing
#
# Each program's result must equal that without the library, or its own check must pass.
set -u
build=$(cd "${SITU_BUILD:-build/release-clang-14}" 2>/dev/null && pwd)
lib=$build/libsitu-malloc.so
passed=0 failed=0 skipped=0
if [ ! -e "$lib" ]; then
    echo "test_preload: 0 passed, 0 failed, 1 skipped (no $lib in this profile)"
    exit 0
fi
long=${SITU_LONG_TESTS:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc=${CC:-cc}

if [ -n "$long" ] && command -v apt-get >/dev/null; then
    missing=()
    for need in redis-server:redis-server stress-ng:stress-ng sqlite3:sqlite3 python3:python3 nodejs:node g++:g++; do
        command -v "${need#*:}" >/dev/null || missing+=("${need%%:*}")
    done
    [ ${#missing[@]} -eq 0 ] || apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1
fi

# under COMMAND...: run with the library.
under() { LD_PRELOAD=$lib timeout "${limit:-300}" "$@"; }

skip() { # NAME REASON
    echo "skipped: $1 ($2)"
    skipped=$((skipped + 1))
}

# try NAME COMMAND...: one test; skipped if the first word of NAME is no command here, or with a status of 77 and the
# reason as the last line of its output.
try() {
    local name=$1 program=${1%% *} status=0
    shift
    command -v "$program" >/dev/null || { skip "$name" "$program is not installed"; return; }
    "$@" >"$work/log" 2>&1 || status=$?
    case $status in
    0) passed=$((passed + 1)) ;;
    77) skip "$name" "$(tail -n 1 "$work/log")" ;;
    *)
        echo "FAIL $name (exit status $status)"
        tail -n 15 "$work/log"
        failed=$((failed + 1))
        ;;
    esac
}

# --- what the library itself must do --------------------------------------------------------------------------------

exports_exactly_malloc() {
    nm -D --defined-only "$lib" | awk '{print $3}' | sort >"$work/exports"
    grep -q '^malloc$' "$work/exports" && ! grep -vE '^(malloc|calloc|realloc|reallocarray|free|free_sized|free_aligned_sized|cfree|posix_memalign|aligned_alloc|memalign|valloc|pvalloc|malloc_usable_size|malloc_trim|mallopt|mallinfo|mallinfo2|malloc_stats|malloc_info)$' "$work/exports"
}
prints_statistics() {
    SITU_STATS=1 LD_PRELOAD=$lib "$(real python3)" -c 'a = [bytes(1 << 20) for i in range(9)]' 2>&1 | grep -E 'large requests +[1-9]'
}
# A version manager's shim is a shell script: find the program behind it.
real() { if [ "$1" = python3 ]; then python3 -c 'import sys; print(sys.executable)'; else command -v "$1"; fi; }

rules() { "$cc" -O1 -g -fno-builtin -pthread -o "$work/rules" tests/preload/rules.c && under "$work/rules"; }
rules_without() { SITU_OFF=$1 under "$work/rules"; }
rules_static() {
    "$cc" -O1 -g -fno-builtin -pthread -o "$work/rules_static" tests/preload/rules.c "$build/libsitu-malloc.a" -ldl &&
        timeout 300 "$work/rules_static"
}
rules_limited() { (ulimit -v "$1" && under "$work/rules" limited); }
# The machine's own setting, for a few seconds: in the long version only.
rules_strict() {
    local setting=/proc/sys/vm/overcommit_memory was status=0
    was=$(cat $setting) && echo 2 2>/dev/null >$setting || { echo "$setting cannot be set here"; return 77; }
    under "$work/rules" || status=$?
    echo "$was" >$setting
    return $status
}
# Control groups, version 2, as a mount namespace shows them: the limit is the parent's.
cgroup_v2() {
    local group=$work/cgroup/parent/child
    mkdir -p "$group"
    echo max | tee "$group/memory.max" >"$group/memory.high"
    echo 1073741824 >"$work/cgroup/parent/memory.max"
    echo 'anon 1000' >"$group/memory.stat"
    echo '0::/parent/child' >"$work/cgroup/of_process"
    unshare -m true 2>/dev/null || { echo "no mount namespace can be made here"; return 77; }
    work=$work lib=$lib unshare -m bash -c 'mount --bind "$work/cgroup" /sys/fs/cgroup &&
        mount --bind "$work/cgroup/of_process" /proc/$$/cgroup || { echo "no bind mounts here"; exit 77; }
        LD_PRELOAD=$lib SITU_STATS=1 exec perl -e "my \$x = q(a) x (4 << 20)"' >"$work/stats" 2>&1
    local status=$?
    cat "$work/stats"
    [ $status -eq 0 ] || return $status
    grep -q 'of at most 128 MiB' "$work/stats"
}
bad_alloc() { g++ -O1 -o "$work/bad_alloc" tests/preload/bad_alloc.cc && under "$work/bad_alloc"; }
fork_storm() {
    "$cc" -O1 -g -pthread -o "$work/fork_storm" tests/preload/fork_storm.c &&
        limit=3000 under "$work/fork_storm" "$1" # eight busy threads: a loaded machine needs 0.1 s a fork
}

# --- programs -------------------------------------------------------------------------------------------------------

# A test that fails without the library as well says nothing about it.
python_tests() {
    local run=("$(real python3)" -m test -q --timeout 120 "$1")
    "${run[0]}" -c "import test.$1" || { echo "this Python has no test.$1"; return 77; }
    under "${run[@]}" && return
    "${run[@]}" && return 1
    echo "it fails without the library too"
    return 77
}
python_data() {
    under "$(real python3)" -c '
import array, hashlib, threading, os
def work(seed):
    data = bytearray()
    for i in range(60):
        data += bytes([seed + i & 255]) * (i * 5000)
    a = array.array("Q", range(seed, seed + 200000))
    a.extend(a)
    return hashlib.sha256(bytes(data) + a.tobytes()).hexdigest()
alone = [work(s) for s in range(4)]
got = [None] * 4
def run(s): got[s] = work(s)
threads = [threading.Thread(target=run, args=(s,)) for s in range(4)]
[t.start() for t in threads]
pid = os.fork()
if pid == 0:
    os._exit(0 if work(1) == alone[1] else 1)
[t.join() for t in threads]
assert got == alone
assert os.waitpid(pid, 0)[1] == 0
'
}
git_work() {
    rm -rf "$work/clone"
    under git clone -q --no-local . "$work/clone" && under git -C "$work/clone" fsck --full &&
        under git -C "$work/clone" gc -q --prune=now && under git -C "$work/clone" log -p --stat >"$work/log_under" &&
        git -C "$work/clone" log -p --stat >"$work/log_without" && cmp "$work/log_under" "$work/log_without"
}
compile_with() {
    "$1" -O2 -D_GNU_SOURCE -Isrc -Iinclude -c src/mem/lane.c -o "$work/without.o" &&
        under "$1" -O2 -D_GNU_SOURCE -Isrc -Iinclude -c src/mem/lane.c -o "$work/under.o" &&
        cmp "$work/without.o" "$work/under.o"
}
compile_cxx() {
    printf '#include <map>\n#include <string>\n#include <regex>\nint main() { std::map<std::string, int> m; return std::regex_match("a", std::regex("a")) + (int)m.size() - 1; }\n' >"$work/t.cc"
    under g++ -O1 -c "$work/t.cc" -o "$work/t.o"
}
node_work() {
    under node -e '
const { Worker, isMainThread, parentPort } = require("worker_threads");
const crypto = require("crypto");
const code = `const { parentPort } = require("worker_threads");
let s = 0; for (let i = 0; i < 40; i++) { const b = Buffer.alloc(1 << 20 | i, i); s += b[i] + b[b.length - 1]; }
parentPort.postMessage(s);`;
let done = 0;
for (let w = 0; w < 3; w++) new Worker(code, { eval: true }).on("message", s => { if (s !== 1560) process.exit(3); if (++done === 3) process.stdout.write("done"); });
const list = []; for (let i = 0; i < 50; i++) list.push(Buffer.concat([Buffer.alloc(i * 70000, 1), Buffer.from("x")]));
if (list.some((b, i) => b.length !== i * 70000 + 1 || b[b.length - 1] !== 120)) process.exit(2);
' | grep -q done
}
sqlite_work() {
    rm -f "$work/db"
    [ "$(under sqlite3 "$work/db" "PRAGMA cache_size=-100000; CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b BLOB);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) INSERT INTO t SELECT i, 'row ' || i, zeroblob(i % 50) FROM n;
CREATE INDEX ta ON t(a); SELECT count(*), sum(length(b)) FROM t; PRAGMA integrity_check;")" = "300000|7350000
ok" ]
}
perl_work() {
    local code='my %h; $h{$_ % 5003} .= "x" x ($_ % 97) for 1 .. 300000; print join ",", map { $h{$_} } sort keys %h'
    perl -e "$code" | cksum >"$work/perl_without" && under perl -e "$code" | cksum | cmp - "$work/perl_without"
}
sort_work() {
    seq 400000 | awk '{ print ($1 * 7919) % 1000003, $1 }' >"$work/numbers"
    LC_ALL=C sort -n "$work/numbers" | cksum >"$work/sum_without" &&
        LC_ALL=C under sort --parallel=2 -n "$work/numbers" | cksum | cmp - "$work/sum_without"
}
xz_work() {
    [ -e "$work/numbers" ] || seq 400000 >"$work/numbers"
    under xz -k -T2 -6 -c "$work/numbers" >"$work/numbers.xz" && under xz -dc "$work/numbers.xz" | cmp - "$work/numbers"
}
redis_work() {
    local socket=$work/redis.sock
    LD_PRELOAD=$lib redis-server --port 0 --unixsocket "$socket" --dir "$work" --save '' >"$work/redis.log" 2>&1 &
    local pid=$! ok=0
    for _ in 1 2 3 4 5 6 7 8 9 10; do [ -S "$socket" ] && break; sleep 0.3; done
    under redis-benchmark -s "$socket" -q -n 20000 -d 100000 -t set,get -r 2000 >"$work/rb" 2>&1 || ok=1
    redis-cli -s "$socket" bgsave >/dev/null || ok=1
    for _ in $(seq 60); do redis-cli -s "$socket" info persistence | grep -q 'rdb_bgsave_in_progress:0' && break; sleep 0.5; done
    redis-cli -s "$socket" info persistence | grep -q 'rdb_last_bgsave_status:ok' || ok=1
    redis-cli -s "$socket" shutdown nosave >/dev/null 2>&1
    wait $pid || ok=1
    return $ok
}
stress_work() { LD_PRELOAD=$lib timeout 300 stress-ng --temp-path "$work" --verify --timeout "$2" "$1" 2 --malloc-bytes 64m 2>&1; }
stress_other() { LD_PRELOAD=$lib timeout 300 stress-ng --temp-path "$work" --verify --timeout "$2" "$1" 2 2>&1; }

try "nm exports exactly the malloc family" exports_exactly_malloc
try "$cc rules" rules
for off in range scan move huge slots wipe sparse steps barrier scan,move,huge,slots,sparse; do try "$cc rules without $off" rules_without $off; done
try "$cc rules, linked statically" rules_static
try "$cc rules under ulimit -v 1 GiB" rules_limited 1048576
try "$cc rules under ulimit -v 256 GiB" rules_limited 268435456
try "unshare cgroup v2 limits the cache" cgroup_v2
try "g++ bad_alloc" bad_alloc
try "$cc fork storm" fork_storm "${long:+10000}"
try "python3 statistics" prints_statistics
try "python3 data" python_data
try "git" git_work
try "gcc" compile_with gcc
try "clang-14" compile_with clang-14
try "g++" compile_cxx
try "node" node_work
try "sqlite3" sqlite_work
try "perl" perl_work
try "sort" sort_work
try "xz" xz_work
if [ -n "$long" ]; then
    for t in test_list test_bytes test_array test_thread test_threading test_queue test_fork1 test_bigmem test_memoryview test_mmap; do
        try "python3 $t" python_tests $t
    done
    try "$cc rules under vm.overcommit_memory=2" rules_strict
    try "redis-server" redis_work
    for s in --malloc --bigheap --brk --stackmmap; do try "stress-ng $s" stress_other $s 10s; done
    try "stress-ng --malloc 64m" stress_work --malloc 15s
    for s in --vm --mremap --fork --clone --mlock --resources; do try "stress-ng $s" stress_other $s 8s; done
fi
echo "test_preload: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
