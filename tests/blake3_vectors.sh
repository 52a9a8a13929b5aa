#!/usr/bin/env bash
# Print tests/blake3_vectors.inc: known answers of BLAKE3 by the reference program b3sum (Debian package b3sum 1.2.0),
# on the input pattern, lengths, key and context of the official test_vectors.json: byte i is i % 251.
set -euo pipefail
key="whats the Elvish word for friend"
context="BLAKE3 2019-12-27 16:29:52 test vectors context"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -c 'import sys; sys.stdout.buffer.write(bytes(i % 251 for i in range(102400)))' >"$tmp/pattern"
echo "/* Made by tests/blake3_vectors.sh with $(b3sum --version): n_bytes, hash, keyed_hash, derive_key (48 bytes each). */"
for n in 0 1 2 3 4 5 6 7 8 63 64 65 127 128 129 1023 1024 1025 2048 2049 3072 3073 4096 4097 5120 5121 6144 6145 \
    7168 7169 8192 8193 16384 31744 102400; do
    head -c "$n" "$tmp/pattern" >"$tmp/input"
    echo "{$n,"
    echo " \"$(b3sum --no-names -l 48 "$tmp/input")\","
    echo " \"$(printf %s "$key" | b3sum --keyed --no-names -l 48 "$tmp/input")\","
    echo " \"$(b3sum --derive-key "$context" --no-names -l 48 "$tmp/input")\"},"
done
