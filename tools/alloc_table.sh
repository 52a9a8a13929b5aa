#!/usr/bin/env bash
# The tables of docs/allocator.md from the lines of `make bench B=alloc` on standard input, put between its marks:
#
#     BENCH_SVG=docs/alloc.svg make -s bench B=alloc | tools/alloc_table.sh docs/allocator.md
#
# Without a file the tables go to standard output.
set -euo pipefail
tables=$(mktemp)
trap 'rm -f "$tables"' EXIT

awk -F, '
function short(x) { return x >= 1000 ? sprintf("%.0f", x) : sprintf("%.3g", x) }
function head(title,    i) {
    printf "| %s |", title
    for (i = 1; i <= n_names; i++) printf " %s |", names[i]
}
function rule(n,    i) { printf "\n|"; for (i = 0; i < n; i++) printf "---|"; print "" }
$1 == "alloc" {
    if (!($2 in seen)) { seen[$2] = 1; patterns[++n_patterns] = $2 }
    if (!($3 in known)) { known[$3] = 1; names[++n_names] = $3 }
    us[$2, $3] = $6
}
$1 == "alloc_rss" { mib[$2, $3] = $6 }
$1 == "alloc_faults" { faults[$2, $3] = $6 }
$1 == "alloc_ratio" { ratio[$2] = $6 }
END {
    if (!n_patterns) { print "alloc_table: no lines of bench_alloc" >"/dev/stderr"; exit 1 }
    head("us per round"); printf " situ / best peer |"; rule(n_names + 2)
    for (p = 1; p <= n_patterns; p++) {
        printf "| `%s` |", patterns[p]
        for (i = 1; i <= n_names; i++) printf " %s |", short(us[patterns[p], names[i]])
        printf " %.2f |\n", ratio[patterns[p]]
    }
    print ""
    head("resident MiB when the rounds end; page faults of a round"); rule(n_names + 1)
    for (p = 1; p <= n_patterns; p++) {
        printf "| `%s` |", patterns[p]
        for (i = 1; i <= n_names; i++)
            printf " %s; %s |", short(mib[patterns[p], names[i]]), short(faults[patterns[p], names[i]])
        print ""
    }
}' >"$tables"

[ $# -gt 0 ] || { cat "$tables"; exit 0; }
grep -q '^<!-- tables -->$' "$1" && grep -q '^<!-- end of tables -->$' "$1" || { echo "alloc_table: $1: no marks" >&2; exit 1; }
awk -v tables="$tables" '
/^<!-- end of tables -->$/ { inside = 0 }
!inside { print }
/^<!-- tables -->$/ { inside = 1; while ((getline line <tables) > 0) print line }' "$1" >"$1.new"
mv "$1.new" "$1"
