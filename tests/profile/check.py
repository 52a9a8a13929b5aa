"""check.py — does a profile agree with the plain run, and with itself?

    check.py sums PROFILE.json RUN.json FOLDED SVG     any guest
    check.py steps PROFILE.json                        tests/profile/steps.c, which knows its numbers
    check.py stripped STRIPPED.json PROFILE.json       the same run without symbols
"""
import json
import sys
import xml.etree.ElementTree


def read(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def same(what, found, expected):
    assert found == expected, f"{what}: {found}, expected {expected}"


def own_sums(p):
    """Own cycles and cells by step, by function, and in total by function, from the flames alone."""
    steps, functions, totals = {}, {}, {}
    for step, flame, cycles, cells in p["own"]:
        parent, f = p["flames"][flame]
        assert parent < flame
        for sums, key in ((steps, step), (functions, f)):
            old = sums.get(key, (0, 0))
            sums[key] = (old[0] + cycles, old[1] + cells)
        chain = set()
        while flame >= 0:
            flame, f = p["flames"][flame]
            chain.add(f)
        for f in chain:
            totals[f] = totals.get(f, 0) + cycles
    return steps, functions, totals


def sums(profile, run, folded, svg):
    p, r = read(profile), read(run)
    same("cycles", p["cycles"], r["cycles"])
    same("exit code", p["exit_code"], r["exit_code"])
    same("instructions", sum(p["instructions"].values()), r["cycles"])
    steps, functions, totals = own_sums(p)
    for i, f in enumerate(p["functions"]):
        same(f["name"], (f["self"], f["self_cells"]), functions.get(i, (0, 0)))
        same(f["name"] + " in total", f["total"], totals.get(i, 0))
    for i, s in enumerate(p["steps"]):
        same(f"step {i}", (s["cycles"], s["cells"]), steps.get(i, (0, 0)))
        same(f"functions of step {i}", sum(f["self"] for f in s["functions"]), s["cycles"])
    same("functions", sum(f["self"] for f in p["functions"]), r["cycles"])
    same("steps", sum(s["cycles"] for s in p["steps"]), r["cycles"])
    same("lines", sum(l["cycles"] for l in p["lines"] if l["step"] == -1) + p["cycles_without_line"], r["cycles"])
    same("lines of steps", sum(l["cycles"] for l in p["lines"] if l["step"] >= 0) + p["cycles_without_line"], r["cycles"])
    same("misaligned", sum(s["count"] for s in p["misaligned"]), r["misaligned_loads"] + r["misaligned_stores"])
    calls = {s["number"]: 0 for s in p["ecalls"]}
    for s in p["ecalls"]:
        calls[s["number"]] += s["count"]
    same("Keccak", calls.get(0x1000, 0), r["accelerators"]["keccak_f1600"])
    same("BLAKE3", calls.get(0x1001, 0), r["accelerators"]["blake3"])
    outside = ("touch", "edge", "final", "zero_init", "input_init")
    rows = sum(t["cells"] for t in p["tables"] if not t["fixed"] and t["name"] not in outside)
    same("cells of tables", rows, p["cells"])
    names = dict.fromkeys((n for f in p["functions"] for n in [f["name"] + ("_[i]" if f["inlined"] else "")]))
    total = 0
    with open(folded, encoding="utf-8") as f:
        for line in f:
            stack, count = line.rstrip("\n").rsplit(" ", 1)
            assert all(frame in names for frame in stack.split(";")), line
            total += int(count)
    same("folded stacks", total, r["cycles"])
    drawing = xml.etree.ElementTree.parse(svg)
    assert len(drawing.findall(".//{http://www.w3.org/2000/svg}title")) > 2, "the drawing has no boxes"


def steps(profile):
    p = read(profile)
    found = {f["name"]: f for f in p["functions"] if not f["inlined"]}
    calls = {"many": 1, "last_caller": 100, "leaf": 100, "deep": 21, "unaligned": 1, "jumps": 1, "thrower": 1,
             "situ_guest_keccak_f1600": 3, "main": 1}
    for name, n in calls.items():
        same("calls of " + name, found[name]["calls"], n)
    same("markers", [(s["number"], s["occurrence"]) for s in p["steps"]], [(0, 1), (1, 1), (2, 1), (1, 2), (3, 1)])
    same("named", p["steps"][2]["name"], "deep & <wide>")
    same("starts", [s["start"] for s in p["steps"][1:]],
         [sum(s["cycles"] for s in p["steps"][:i]) for i in range(1, 5)])

    def in_step(i):
        return {p["functions"][f["function"]]["name"] for f in p["steps"][i]["functions"]
                if f["self"] and not p["functions"][f["function"]]["inlined"]}

    assert {"many", "leaf"} <= in_step(1) and "situ_guest_keccak_f1600" not in in_step(1)
    assert {"deep", "unaligned"} <= in_step(2)
    same("second step 1", in_step(3), {"main", "situ_guest_keccak_f1600"})
    same("misaligned stores", sum(s["count"] for s in p["misaligned"]), 7)
    same("recursion counts once", found["deep"]["self"], found["deep"]["total"])

    stacks = set()
    for flame, _ in enumerate(p["flames"]):
        chain = []
        while flame >= 0:
            flame, f = p["flames"][flame]
            chain.append(p["functions"][f]["name"])
        stacks.add(";".join(reversed(chain)))
    assert "_start;main;many;leaf" in stacks, "a tail call takes its caller's place"
    assert "_start;main;jumps;thrower" in stacks and "_start;main;write_output" in stacks, "longjmp comes back"
    if p["has_lines"]:
        assert "_start;main;many;leaf;mixed" in stacks, "inlined frames"
        mixed = [f for f in p["functions"] if f["name"] == "mixed" and f["inlined"]]
        same("inlined functions of a name are one", len(mixed), 1)
        assert any(l["file"].endswith("tests/profile/steps.c") and l["cycles"] >= 100 for l in p["lines"])
        for name in calls.keys() - {"situ_guest_keccak_f1600"}:
            assert (found[name]["file"] or "").endswith("tests/profile/steps.c"), name + " has no line"


def stripped(bare, profile):
    b, p = read(bare), read(profile)
    for key in ("cycles", "cells", "instructions", "tables", "memory", "proof"):
        same(key, b[key], p[key])
    assert not b["has_lines"] and all(f["name"].startswith("0x") for f in b["functions"])
    addresses = {f["address"] for f in b["functions"]}
    deep = [f for f in p["functions"] if f["name"] == "deep"][0]
    assert deep["address"] in addresses, "functions are found by their calls"


{"sums": sums, "steps": steps, "stripped": stripped}[sys.argv[1]](*sys.argv[2:])
