#!/usr/bin/env bash
# The chart of docs/msm-kzg.md from the lines of `make bench B=msm` on standard input:
#
#     make -s bench B=msm | tools/msm_chart.sh >docs/msm.svg
#
# Time relative to blst (ratio), one thread and two, over log2 of the number of points.
set -euo pipefail
awk -F, '
function log2(x) { return log(x) / log(2) }
function x_of(n) { return 60 + (log2(n) - 8) * 42 }
function y_of(r) { return 300 - r * 32 }
$1 == "msm" && $2 == "ratio" {
    line[$5] = line[$5] sprintf(" %.1f,%.1f", x_of($3), y_of($6))
    dots[$5] = dots[$5] sprintf("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>", x_of($3), y_of($6))
}
END {
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 620 350\" font-family=\"sans-serif\" font-size=\"12\">"
    print "<rect width=\"620\" height=\"350\" fill=\"white\"/>"
    for (r = 0; r <= 8; r += 2) {
        printf "<line x1=\"60\" x2=\"570\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>", y_of(r), y_of(r)
        printf "<text x=\"52\" y=\"%.1f\" text-anchor=\"end\">%dx</text>\n", y_of(r) + 4, r
    }
    for (k = 8; k <= 20; k += 2) printf "<text x=\"%.1f\" y=\"320\" text-anchor=\"middle\">2^%d</text>\n", x_of(2 ^ k), k
    print "<text x=\"310\" y=\"342\" text-anchor=\"middle\">points; prepared base, blst = 1x</text>"
    colour[1] = "#1f6fb2"; colour[2] = "#c8502d"
    for (t = 1; t <= 2; t++) {
        printf "<g fill=\"%s\"><polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%s\n", colour[t], line[t], colour[t], dots[t]
        printf "<text x=\"480\" y=\"%d\">%d thread%s</text></g>\n", 20 + 16 * t, t, t > 1 ? "s" : ""
    }
    print "</svg>"
}'
