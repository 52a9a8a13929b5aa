#!/usr/bin/env bash
# The Rust crate's own tests, offline, where cargo is installed.
set -u
build=$(cd "${SITU_BUILD:-build/release-clang-14}" 2>/dev/null && pwd)
if ! command -v cargo >/dev/null || ! cargo --version >/dev/null 2>&1; then
    echo "skipped: cargo is not installed"
    echo "test_rust_crate: 0 passed, 0 failed, 1 skipped"
    exit 0
fi
case "$build" in
*/release-*) ;;
*)
    echo "skipped: only a release build links without the sanitizers"
    echo "test_rust_crate: 0 passed, 0 failed, 1 skipped"
    exit 0
    ;;
esac
export SITU_LIB_DIR=$build CARGO_TARGET_DIR=$build/cargo CARGO_NET_OFFLINE=true
if ! output=$(cargo test --offline --jobs 2 --manifest-path bindings/rust/Cargo.toml 2>&1); then
    printf '%s\n' "$output" | tail -n 40
fi
passed=$(printf '%s\n' "$output" | sed -nE 's/.*test result: .* ([0-9]+) passed.*/\1/p' | awk '{ n += $1 } END { print n + 0 }')
failed=$(printf '%s\n' "$output" | sed -nE 's/.*test result: .* ([0-9]+) failed.*/\1/p' | awk '{ n += $1 } END { print n + 0 }')
[ "$passed" -gt 0 ] || failed=$((failed + 1))
echo "test_rust_crate: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
