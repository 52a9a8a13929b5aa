#!/usr/bin/env bash
# Fetch blst's source and the KZG ceremony's set-up into deps/, from the npm package c-kzg, pinned by its digest.
# c-kzg's own C source comes along for the benchmarks and differential tests; the library does not use it.
set -euo pipefail
cd "$(dirname "$0")/../.."

package=c-kzg@4.1.0
archive=c-kzg-4.1.0.tgz
integrity="eliOBB2GKoT5Nk4LwN418O8kWfXCwepHj3kd6z0zKrzIdJbry0Y8IDPYzE5Dxw/fs386PGO6zQRqy8LSVtR5tQ=="
mark="deps/.c-kzg-4.1.0"
[ -e "$mark" ] && exit 0

mkdir -p deps
work=$(mktemp -d deps/fetch.XXXXXX)
trap 'rm -rf "$work"' EXIT
echo "setup: fetching $package"
(cd "$work" && npm pack --silent "$package" >/dev/null) || {
    echo "setup: npm could not fetch $package" >&2
    exit 1
}
found=$(openssl dgst -sha512 -binary "$work/$archive" | base64 -w0)
if [ "$found" != "$integrity" ]; then
    echo "setup: $archive: expected sha512 $integrity, found $found" >&2
    exit 1
fi
tar -xzf "$work/$archive" -C "$work"
rm -rf deps/blst deps/c-kzg
mv "$work/package/deps/blst" deps/blst
mv "$work/package/deps/c-kzg" deps/c-kzg
[ -s deps/blst/src/server.c ] && [ -s deps/blst/build/assembly.S ] && [ -s deps/c-kzg/trusted_setup.txt ]
touch "$mark"
