#!/usr/bin/env bash
# `make demo`: what Situ does, on real input, in a minute.  Uses what `make` has built in $SITU_BUILD.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${SITU_BUILD:?run me through make demo}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

step() { printf '\n\033[1m%s\033[0m\n' "$1"; }
run() {
    printf '  $ %s\n' "$*"
    local start end
    start=$(date +%s%N)
    "$@" | sed 's/^/    /'
    end=$(date +%s%N)
    printf '    (%d ms)\n' $(((end - start) / 1000000))
}

step "1. Prove a chain of hashes that starts at this README, and Fibonacci numbers, and verify the proof"
seed=$(cksum <README.md | cut -d' ' -f1)
run "$build/examples/two_chains" "$seed"

step "2. What the proof's 128 bits rest on"
run "$build/situ" security --blowup 2

if [ -e build/guest/sha256.elf ]; then
    step "3. Run a RISC-V program, SHA-256 in C, on this README"
    run "$build/situ" run build/guest/sha256.elf --input README.md
    printf '    sha256sum says:  %s\n' "$(sha256sum README.md | cut -d' ' -f1)"
fi
if [ -e deps/c-kzg/trusted_setup.txt ]; then
    step "4. Commit to a blob (EIP-4844), prove it, verify"
    export SITU_KZG_SETUP=deps/c-kzg/trusted_setup.txt
    # A blob is 4096 field elements of 32 bytes, big-endian, below the group order: here the README's bytes, 16 an element.
    od -An -v -tx1 -w16 README.md | tr -d ' ' | awk '{ printf "%064s", $0 } END { for (i = NR; i < 4096; i++) printf "%064d", 0 }' |
        tr ' ' 0 >"$out/blob.hex"
    run "$build/situ" kzg prove "$out/blob.hex" -o "$out/proofs"
    run "$build/situ" kzg verify "$out/proofs"
fi

step "Next"
cat <<EOT
  docs/tutorial.md        write your own tables and prove them (the example above, explained)
  docs/air-language.md    the language of tables
  docs/protocol.md        what is proven, and docs/security.md on what grounds
  make bench B=stark      how fast, on this machine
EOT
