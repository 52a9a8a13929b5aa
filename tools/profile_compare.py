#!/usr/bin/env python3
"""Compare two profiles of `situ profile --json`: before and after a change.

    tools/profile_compare.py BEFORE.json AFTER.json [--top N] [--fail-above PERCENT] [--json]

Functions, steps and tables are matched by name; what changed most comes first.  With --fail-above the exit status is 1 when
cycles or cells grew by more than that share, for continuous integration.  2: not two profiles.
"""
import argparse
import json
import sys


def exit_with(message):
    print(f"profile_compare: {message}", file=sys.stderr)
    sys.exit(2)


def read(path):
    try:
        with open(path, encoding="utf-8") as f:
            profile = json.load(f)
    except (OSError, ValueError) as e:
        exit_with(f"{path}: {e}")
    if not isinstance(profile, dict) or profile.get("format") != "situ-profile" or profile.get("version") != 1:
        exit_with(f"{path}: no profile of version 1 (make one with `situ profile --json`)")
    return profile


def total(profile, rows, name, key):
    """Sums by name, so that several functions of one name are one."""
    sums = {}
    for row in profile[rows]:
        sums[name(row)] = sums.get(name(row), 0) + row[key]
    return sums


def step_name(step):
    text = "before any marker" if step["number"] == 0 else f"step {step['number']}"
    if step["occurrence"] > 1:
        text += f" (time {step['occurrence']})"
    return text


def function_name(function):
    return function["name"] + (" (inlined)" if function["inlined"] else "")


PARTS = [
    ("functions, own cycles", "functions", function_name, "self"),
    ("functions, own cells", "functions", function_name, "self_cells"),
    ("steps, cycles", "steps", step_name, "cycles"),
    ("tables, rows", "tables", lambda t: t["name"], "rows"),
]


def change(before, after):
    return (after - before) / before * 100 if before else (0.0 if after == before else float("inf"))


def compare(before, after):
    result = {"totals": {}, "parts": {}}
    for key in ("cycles", "cells"):
        result["totals"][key] = [before[key], after[key]]
    for title, rows, name, key in PARTS:
        old, new = total(before, rows, name, key), total(after, rows, name, key)
        changed = [[n, old.get(n, 0), new.get(n, 0)] for n in {**old, **new} if old.get(n, 0) != new.get(n, 0)]
        result["parts"][title] = sorted(changed, key=lambda c: (-abs(c[2] - c[1]), c[0]))
    return result


def line(name, old, new):
    share = change(old, new)
    shown = "new" if share == float("inf") else "gone" if new == 0 else f"{share:+.2f} %"
    return f"  {old:>17,} {new:>17,} {new - old:>+16,} {shown:>10}  {name}"


def show(result, n_top):
    print(f"  {'before':>17} {'after':>17} {'change':>16} {'':>10}")
    for key, (old, new) in result["totals"].items():
        print(line(key, old, new))
    for title, changed in result["parts"].items():
        print(f"\n{title}" + ("" if changed else ": no change"))
        for name, old, new in changed[:n_top]:
            print(line(name, old, new))
        if len(changed) > n_top:
            print(f"  and {len(changed) - n_top} more")


def main():
    parser = argparse.ArgumentParser(description="Compare two profiles of `situ profile --json`.")
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--top", type=int, default=25, help="rows of a table, 25 if not told")
    parser.add_argument("--fail-above", type=float, metavar="PERCENT", help="fail when cycles or cells grew by more")
    parser.add_argument("--json", action="store_true", help="the comparison as JSON")
    options = parser.parse_args()
    result = compare(read(options.before), read(options.after))
    if options.json:
        print(json.dumps(result))
    else:
        show(result, options.top)
    if options.fail_above is None:
        return 0
    grown = [k for k, (old, new) in result["totals"].items() if change(old, new) > options.fail_above]
    for key in grown:
        old, new = result["totals"][key]
        print(f"profile_compare: {key} grew by {change(old, new):.2f} %, more than {options.fail_above} %", file=sys.stderr)
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
