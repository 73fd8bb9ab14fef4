# SPDX-License-Identifier: GPL-2.0-only
"""What a reader of the report should know: what is refused, what is odd.

Errors and warnings are those of `cellconf check --any`: cells that cannot exist
at the same time are a warning, for they may be made for that. What this file
adds are *notes*, about what follows from a config and is easily overlooked.
"""

from dataclasses import dataclass

from .. import abi
from ..show import name_of
from . import owners

NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing to know."""

    severity: str
    where: str          # a file, a cell's name, or what it is about
    text: str
    rule: str = ""


def _flag(name):
    return next(b for b, n in abi.MEM_FLAGS.items() if n == name)


def about_system(system):
    """What follows from the system config."""
    if not any(r["flags"] & owners.ASSIGNABLE for r in system.mem):
        yield Finding(NOTE, "system", "nothing is assignable: no cell can"
                      " have memory of its own")
    if not system.system["debug_console"]["type"]:
        yield Finding(NOTE, "system", "no debug console: a fatal error of the"
                      " hypervisor will not be seen")
    if system.system["flags"] & abi.NO_MITIGATIONS:
        yield Finding(NOTE, "system", "NO_MITIGATIONS: nothing is done against"
                      " guests that train branch predictors")
    if system.system["pci"]["mmconfig_base"]:
        yield Finding(NOTE, "system", "the PCI configuration space is root\u2019s:"
                      " all PCI devices stay with root")


def about_cell(cell):
    """What follows from a cell's config."""
    regions, config = cell.config.mem, cell.config.cell
    every = 0
    for region in regions:
        every |= region["flags"]
    if not every & _flag("LOADABLE"):
        yield Finding(NOTE, cell.name, "no LOADABLE region: `cellctl load` has"
                      " no place for an image")
    passive = "PASSIVE" in [n for b, n in abi.CELL_FLAGS.items()
                            if config["flags"] & b]
    if passive or not every & owners.COMM:
        why = ("it is PASSIVE" if passive else
               "it has no communication region")
        yield Finding(NOTE, cell.name, f"stopped without being asked: {why}")
    if every & owners.IO and not cell.config.spis:
        yield Finding(NOTE, cell.name, "it has device registers, but no"
                      " interrupt: the guest has to poll")
    if name_of(config["console"]["type"], abi.CONSOLES) == "none":
        yield Finding(NOTE, cell.name, "no console: `cellctl console` will be"
                      " empty")


def collect(problems, system, cells):
    """All findings: refusals first, then warnings, then notes."""
    found = [Finding(p.severity, p.path, p.text, p.rule_name)
             for p in problems]
    if system is not None:
        found += about_system(system)
    for cell in cells:
        found += about_cell(cell)
    return found
