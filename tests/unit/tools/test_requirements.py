# SPDX-License-Identifier: GPL-2.0-only
"""The table of requirements in Documentation/stage2.md names tests that exist,
and all those of the engine that carry a requirement's number."""

import re

from conftest import ROOT

NUMBERS = [f"{letter}{n}" for letter, count in (
    ("A", 9), ("B", 10), ("C", 8), ("D", 8), ("E", 12))
    for n in range(1, count + 1)] + ["F"]


def table():
    """{requirement: names of tests}"""
    text = (ROOT / "Documentation/stage2.md").read_text()
    rows = re.findall(r"^\| ([A-F]\d*) \| [^|]+ \| ([^|]+) \|$", text, re.M)
    assert len(rows) == len(dict(rows)), "a requirement comes twice"
    return {number: set(re.findall(r"`(\w+)`", tests))
            for number, tests in rows}


def names_in(folder, suffix, pattern):
    """Names of what runs: in C, what is in a list of tests."""
    return {name for path in sorted((ROOT / folder).glob(f"test_*{suffix}"))
            for name in re.findall(pattern, path.read_text(), re.M)}


def existing():
    listed = r"\b(?:TEST|cmocka_unit_test)\((\w+)\)"
    return (names_in("tests/unit/mm", ".c", listed) |
            names_in("tests/unit/core", ".c", listed) |
            # tests, and the checks that they make
            names_in("tests/system", ".py", r"^def ((?:check|test)_\w+)\("))


def test_requirements_are_all_there():
    assert sorted(table()) == sorted(NUMBERS)
    assert all(table().values())


def test_tests_of_requirements_exist():
    there = existing()
    for number, tests in table().items():
        assert tests <= there, (number, tests - there)


def test_checks_are_called():
    """A name that occurs once is only defined."""
    for number, tests in table().items():
        for name in tests:
            if not name.startswith("check_"):
                continue
            uses = sum(len(re.findall(rf"\b{name}\(", path.read_text()))
                       for path in (ROOT / "tests/system").glob("test_*.py"))
            assert uses > 1, f"{name} is never called"


def test_numbered_tests_are_listed():
    rows = table()
    for name in names_in("tests/unit/mm", ".c", r"\bTEST\((\w+)\)"):
        for number in re.match(r"(?:[A-F]\d*_)*", name)[0].split("_")[:-1]:
            assert name in rows[number], f"{name} is not in row {number}"
