# SPDX-License-Identifier: GPL-2.0-only
"""Documentation/configuration.md is true: its example, its dump, its rules."""

import pathlib
import re

import pytest

from cloisterconf import blob, check, files, show
from conftest import ROOT

TEXT = (ROOT / "Documentation/configuration.md").read_text()
SYSTEM = ROOT / "configs/qemu-virt/qemu-virt.c"


def rules():
    """{name: (number, text)} of error.h."""
    source = (ROOT / "include/cloister/error.h").read_text()
    found = re.findall(r'X\((\w+), (\d+),((?:\s*"(?:[^"\\]|\\.)*")+)\)',
                       source.replace("\\\n", " "))
    return {name: (int(number), "".join(re.findall(r'"([^"]*)"', text)))
            for name, number, text in found}


def table():
    """{name: (number, text, by, meaning)} of the documentation."""
    rows = {}
    for line in TEXT[TEXT.index("| no. | rule |"):].splitlines()[2:]:
        number, name, text, by, meaning = (
            cell.strip().replace("\\|", "|")
            for cell in re.split(r"(?<!\\)\|", line)[1:-1])
        rows[name] = (int(number), text.strip("`"), by.split(), meaning)
    return rows


def library_rules():
    """Rules that the library can name."""
    folder = ROOT / "lib/config"
    return set().union(*(rules_in(path.name) for path in folder.glob("*.c")
                         if path.name != "text.c"))


def rules_in(name):
    """Rules that one of its files can name."""
    source = (ROOT / "lib/config" / name).read_text()
    return set(re.findall(r"\b(?:REFUSE|CONFLICT)\(([A-Z]\w+)", source)
               + re.findall(r"\bCL_RULE_(\w+)", source))


def test_every_rule_is_listed():
    known, listed = rules(), table()
    assert len(known) > 130
    assert {n: row[:2] for n, row in listed.items()} == known
    numbers = [row[0] for row in listed.values()]
    assert numbers == sorted(set(numbers))
    by_cellconf = {name for name, row in listed.items() if "C" in row[2]}
    # The library cannot know how many cells there are; cellconf does.
    assert by_cellconf == library_rules() | {"CELL_LIMIT"}
    # The driver's instead: what a device is, the hypervisor does not ask
    not_by_hypervisor = rules_in("devices.c")
    for name in by_cellconf:
        assert ("D" if name in not_by_hypervisor else "H") in listed[name][2]
        assert ("H" in listed[name][2]) == (name not in not_by_hypervisor)


def sections_of(kind):
    """Code blocks of one language."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", TEXT, re.S | re.M)
    return [text for name, text in blocks if name == kind]


@pytest.fixture(scope="module", name="example")
def build_example(tmp_path_factory):
    """The example, without the numbers of its lines: (path, blob)."""
    text = next(t for t in sections_of("c") if "\n 3  CELL {" in t)
    path = tmp_path_factory.mktemp("example") / "control.c"
    path.write_text(re.sub(r"^ ?\d+(?:  |$)", "", text, flags=re.M))
    return path, files.compile_config(str(path))


def test_the_example_is_valid(example):
    path, data = example
    candidates = [check.Candidate("system", files.read_config(str(SYSTEM))),
                  check.Candidate(str(path), data)]
    problems = [p for p in check.run(candidates) if p.path == str(path)]
    assert [p for p in problems if p.severity == check.ERROR] == []


def test_the_example_is_shown(example):
    shown = next(t for t in sections_of("") if "cellconf show" in t)
    path = pathlib.Path("build/configs/qemu-virt/control.cell")
    assert f"{path}: {show.to_text(blob.parse(example[1]))}\n" in shown


def test_the_dump_is_that_of_the_example(example):
    dump = next(t for t in sections_of("") if t.startswith("00000000: "))
    for line in dump.splitlines():
        at, words = re.match(r"([0-9a-f]{8}): ((?:[0-9a-f]{4} ?)+)",
                             line).groups()
        data = bytes.fromhex(words)
        assert example[1][int(at, 16):int(at, 16) + len(data)] == data, line
