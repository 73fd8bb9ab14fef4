# SPDX-License-Identifier: GPL-2.0-only
"""Checks on one system config and any number of cell configs.

The rules are the library's: what it refuses, the hypervisor refuses too, and
for the same reason. What this file adds are warnings, about what is possible
and hardly wanted.
"""

from dataclasses import dataclass

from . import abi, library, warnings
from .blob import Config, parse
from .errors import ConfigError

ERROR, WARNING = "error", "warning"


@dataclass
class Candidate:
    """A file to check: its bytes, and its config if it is one."""

    path: str
    blob: bytes
    config: Config = None


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where."""

    path: str
    text: str
    rule: int = 0
    rule_name: str = "NONE"
    severity: str = ERROR
    other: str = None   # the file that it is in conflict with


def decode(candidates):
    """Set candidate.config where there is one; the library has the reasons."""
    for candidate in candidates:
        try:
            candidate.config = parse(candidate.blob)
        except ConfigError:
            pass


def is_system(candidate):
    """Does it describe the machine?"""
    return (candidate.config is not None
            and candidate.config.header["kind"] == abi.KIND_SYSTEM)


def broken_rules(candidates, one_at_a_time, **machine):
    """What the library says."""
    for broken in library.check([c.blob for c in candidates], **machine):
        other = None if broken.other is None else candidates[broken.other].path
        text = f"{broken.text} (rule {broken.rule} {broken.name})"
        severity = ERROR
        if broken.together and one_at_a_time:
            severity = WARNING
            text = f"not at the same time: {text}"
        yield Problem(candidates[broken.file].path, text, broken.rule,
                      broken.name, severity, other)


def second_systems(candidates):
    """At most one of the files describes the machine."""
    systems = [c for c in candidates if is_system(c)]
    for candidate in systems[1:]:
        yield Problem(candidate.path, "a second system config, after "
                      + systems[0].path)


def advice(candidates):
    """Warnings, about configs that are valid."""
    systems = [c for c in candidates if is_system(c)]
    if not systems:
        yield Problem(candidates[0].path, "there is no valid system config among"
                      " the files: rules that need one were not applied",
                      severity=WARNING)
        return
    cells = [c for c in candidates if c.config and not is_system(c)]
    for path, text in warnings.find(systems[0], cells):
        yield Problem(path, text, severity=WARNING)


def run(candidates, one_at_a_time=False, **machine):
    """All problems of all files, errors first.

    one_at_a_time: what keeps cells from existing together is a warning.
    machine: pa_bits and max_spi as in library.check().
    """
    decode(candidates)
    problems = [*broken_rules(candidates, one_at_a_time, **machine),
                *second_systems(candidates)]
    errors = [p for p in problems if p.severity == ERROR]
    broken = {p.path for p in errors if p.other is None}
    sound = [c for c in candidates if c.path not in broken]
    return [*errors, *(p for p in problems if p.severity == WARNING),
            *(advice(sound) if sound else ())]
