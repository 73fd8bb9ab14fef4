# SPDX-License-Identifier: GPL-2.0-only
"""Checks on one system config and any number of cell configs.

Every check is a function that takes the files read so far and yields
problems; CHECKS is all there are. A check that needs more than a blob's own
bytes (the rules on addresses, CPUs and interrupts) is one more entry.
"""

from dataclasses import dataclass

from . import abi
from .blob import Config, parse
from .errors import ConfigError


@dataclass
class Candidate:
    """A file to check: its bytes, and its config if it could be parsed."""

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


def check_structure(candidates):
    """Every file is a valid blob. Sets candidate.config where it is."""
    for candidate in candidates:
        try:
            candidate.config = parse(candidate.blob)
        except ConfigError as error:
            yield Problem(candidate.path, str(error), error.number, error.rule)


def check_one_system(candidates):
    """At most one of the files describes the machine."""
    systems = [c for c in candidates
               if c.config and c.config.header["kind"] == abi.KIND_SYSTEM]
    for candidate in systems[1:]:
        yield Problem(candidate.path, "a second system config, after "
                      + systems[0].path)


CHECKS = (check_structure, check_one_system)


def run(candidates):
    """All problems of all files, in the order of the checks."""
    return [problem for check in CHECKS for problem in check(candidates)]
