#!/usr/bin/env bash
# The allocators that bench_alloc measures against.  Without them it says so and measures the rest.
set -euo pipefail
missing=()
for need in libjemalloc2:libjemalloc.so.2 libmimalloc2.0:libmimalloc.so.2 libtcmalloc-minimal4:libtcmalloc_minimal.so.4; do
    [ -e "/usr/lib/x86_64-linux-gnu/${need#*:}" ] || missing+=("${need%%:*}")
done
[ ${#missing[@]} -gt 0 ] && command -v apt-get >/dev/null 2>&1 || exit 0
as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"
echo "setup: installing ${missing[*]}"
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    echo "setup: not installed, so not measured against: ${missing[*]}" >&2
