#!/usr/bin/env bash
# The chart of docs/msm-kzg.md from the lines of `make bench B=msm` on standard input:
#
#     make -s bench B=msm >msm.csv && tools/msm_chart.sh <msm.csv >docs/msm.svg
#
# How many times faster than blst, by the number of points, for each CPU level and number of threads in the lines.
# With --table the same as rows of Markdown.
set -euo pipefail
awk -F, -v is_table="$([ "${1:-}" = --table ] && echo 1 || echo 0)" '
function log2(x) { return log(x) / log(2) }
function x_of(n) { return 60 + log2(n) * 26 }
function y_of(r) { return 310 - r * 36 }
$1 == "msm_ratio" && $3 == "g1" {
    key = $4 "," $5
    if (!(key in points)) { keys[++n_keys] = key; label[key] = $4 ", " $5 " thread" ($5 > 1 ? "s" : "") }
    points[key] = points[key] sprintf(" %.1f,%.1f", x_of($2), y_of($6))
    dots[key] = dots[key] sprintf("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>", x_of($2), y_of($6))
    ratio[key, $2] = $6
    if (!($2 in seen)) { seen[$2] = 1; sizes[++n_sizes] = $2 }
}
function table(   i, k, line) {
    line = "| points |"
    for (k = 1; k <= n_keys; k++) line = line " " label[keys[k]] " |"
    print line
    gsub(/[^|]+/, "---", line)
    print line
    for (i = 1; i <= n_sizes; i++) {
        line = "| " (sizes[i] < 256 ? sizes[i] : "2^" int(log2(sizes[i]) + 0.5)) " |"
        for (k = 1; k <= n_keys; k++) line = line sprintf(" %.1f |", ratio[keys[k], sizes[i]])
        print line
    }
}
function chart(   r, k, i) {
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 660 370\" font-family=\"sans-serif\" font-size=\"12\">"
    print "<rect width=\"660\" height=\"370\" fill=\"white\"/>"
    for (r = 0; r <= 8; r++) {
        printf "<line x1=\"60\" x2=\"590\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>", y_of(r), y_of(r), r == 1 ? "#888" : "#ddd"
        printf "<text x=\"52\" y=\"%.1f\" text-anchor=\"end\">%d x</text>\n", y_of(r) + 4, r
    }
    for (k = 0; k <= 20; k += 2)
        printf "<text x=\"%.1f\" y=\"330\" text-anchor=\"middle\">2^%d</text>\n", x_of(2 ^ k), k
    print "<text x=\"325\" y=\"356\" text-anchor=\"middle\">points, prepared; times faster than blst</text>"
    split("#1f6fb2 #c8502d #6aa5d8 #e8a48c #27632a #8a8a2a", colour, " ")
    for (k = 1; k <= n_keys; k++) {
        printf "<g fill=\"%s\"><polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%s\n", \
            colour[k], points[keys[k]], colour[k], dots[keys[k]]
        printf "<text x=\"70\" y=\"%d\">%s</text></g>\n", 26 + 16 * k, label[keys[k]]
    }
    print "</svg>"
}
END { if (is_table) table(); else chart() }'
