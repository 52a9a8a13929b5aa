#!/usr/bin/env bash
# `make demo`: what Situ does, on real input, in a minute.  Uses what `make` has built in $SITU_BUILD.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${SITU_BUILD:?run me through make demo}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

step() { printf '\n\033[1m%s\033[0m\n' "$1"; }
run() { # shows a command, its output and how long it took; the time is left in $ms
    printf '  $ %s\n' "$*"
    local start end
    start=$(date +%s%N)
    "$@" | sed 's/^/    /'
    end=$(date +%s%N)
    ms=$(((end - start) / 1000000))
    printf '    (%d ms)\n' "$ms"
}

step "1. Compile a program for the VM: SHA-256 in C"
run riscv64-unknown-elf-gcc --specs=build/guest/guest.specs -march=rv64im -mabi=lp64 -O2 guest/examples/sha256.c -o "$out/sha256.elf"

step "2. Run it on this project's README"
run "$build/situ" run "$out/sha256.elf" --input README.md
run_ms=$ms
printf '    sha256sum says:  %s\n' "$(sha256sum README.md | cut -d' ' -f1)"

step "3. Prove that it ran, and printed that"
run "$build/situ" prove "$out/sha256.elf" --input README.md -o "$out/sha256.proof"
prove_ms=$ms

step "4. Verify: needs the program and the proof, not the README"
run "$build/situ" verify "$out/sha256.proof" --program "$out/sha256.elf"
verify_ms=$ms

step "5. The parts below: prove tables of your own (docs/tutorial.md), here a chain of hashes and Fibonacci numbers"
run "$build/examples/two_chains" "$(cksum <README.md | cut -d' ' -f1)"

if [ -e deps/c-kzg/trusted_setup.txt ]; then
    step "6. Commit to an Ethereum blob (EIP-4844), prove it, verify"
    export SITU_KZG_SETUP=deps/c-kzg/trusted_setup.txt
    # A blob is 4096 field elements of 32 bytes, big-endian, below the group order: here the README's bytes, 16 an element.
    od -An -v -tx1 -w16 README.md | tr -d ' ' | awk '{ printf "%064s", $0 } END { for (i = NR; i < 4096; i++) printf "%064d", 0 }' |
        tr ' ' 0 >"$out/blob.hex"
    run "$build/situ" kzg prove "$out/blob.hex" -o "$out/proofs"
    run "$build/situ" kzg verify "$out/proofs"
fi

step "What has been proven"
cat <<EOT
  That guest/examples/sha256.c, compiled, printed this SHA-256 for some input that the prover has: with 128 proven bits of security, and
  without the verifier running it or reading the README.
    run $run_ms ms, proof $prove_ms ms ($(stat -c %s "$out/sha256.proof") bytes), verification $verify_ms ms, the program's key included

  Next:
    $build/situ prove build/guest/json.elf --input guest/examples/data/json.in -o json.proof
    $build/situ inspect json.proof        what a proof contains, bits of security round by round
    docs/vm.md                            write guests of your own: one compiler line
    docs/tutorial.md                      write tables of your own
    docs/soundness.md, docs/security.md   what a proof rests on
    make bench B=vm                       how fast, on this machine
EOT
