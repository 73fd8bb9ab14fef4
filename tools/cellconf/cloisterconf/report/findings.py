# SPDX-License-Identifier: GPL-2.0-only
"""What a reader of the report should know: what is refused, what is odd.

The rules are those of `cellconf check`. What this file adds are *warnings*,
about configs that cannot be used together or that hardly do what they should,
and *notes*, about what follows from a config and is easily overlooked.
"""

from dataclasses import dataclass

from .. import abi
from ..show import human_range, human_size, name_of
from . import owners

ERROR, WARNING, NOTE = "error", "warning", "note"


@dataclass(frozen=True)
class Finding:
    """One thing to know."""

    severity: str
    where: str          # a file, a cell's name, or what it is about
    text: str
    rule: str = ""


def _flag(name):
    return next(b for b, n in abi.MEM_FLAGS.items() if n == name)


def memory_conflicts(pieces):
    """Memory that several want, or that nobody may have."""
    for piece in pieces:
        if not piece.conflict:
            continue
        where = human_range(piece.start, piece.size)
        cells = list(dict.fromkeys(r.cell for r in piece.ranges if r.cell))
        rule = "MEM_NOT_ASSIGNABLE"
        if "claimed by both" in piece.detail:
            rule = "MEM_TAKEN" if len(cells) > 1 else "MEM_HYPERVISOR"
            text = f"{where} is claimed by {piece.name.replace(' + ', ' and ')}"
            if len(cells) > 1:
                text += (": they cannot exist at the same time, unless both"
                         " say ROOTSHARED")
        else:
            text = (f"{where} is not declared assignable by the system"
                    " config")
        yield Finding(WARNING, cells[0].name if cells else "system", text,
                      rule)


def cpu_conflicts(cpus):
    """CPUs that several cells want, and what is left to root."""
    for number, mpidr, cells in cpus:
        if mpidr is None:
            yield Finding(WARNING, cells[0].name, f"CPU {number} is not in the"
                          " system config", "CPU_UNKNOWN")
        elif len(cells) > 1:
            names = " and ".join(c.name for c in cells)
            yield Finding(WARNING, cells[0].name, f"CPU {number} is named by"
                          f" {names}: they cannot exist at the same time",
                          "CPU_TAKEN")
    known = [cells for _, mpidr, cells in cpus if mpidr is not None]
    if known and all(known):
        yield Finding(WARNING, "system", "with all cells created, root would"
                      " have no CPU left: the last create will be refused",
                      "CPU_LAST")


def spi_conflicts(spis):
    """Interrupts that several cells want."""
    for intid, cells in spis.items():
        if len(cells) > 1:
            names = " and ".join(c.name for c in cells)
            yield Finding(WARNING, cells[0].name, f"SPI {intid} is named by"
                          f" {names}: they cannot exist at the same time",
                          "SPI_TAKEN")


def same_names(system, cells):
    """Names must be unique on a machine."""
    seen = {system.name: "root"} if system else {}
    for cell in cells:
        if cell.name in seen:
            yield Finding(WARNING, cell.path, f"the name {cell.name} is that"
                          f" of {seen[cell.name]}, too", "CELL_NAME_TAKEN")
        seen.setdefault(cell.name, cell.path)


def pools(system, cells):
    """Pools that cannot serve all cells at once."""
    wanted = {}
    for cell in cells:
        for region in cell.config.mem:
            if region["flags"] & abi.MEM_ALLOC:
                wanted.setdefault(region["phys_start"], []).append(
                    (cell, region["size"]))
    for number, entries in sorted(wanted.items()):
        names = ", ".join(dict.fromkeys(c.name for c, _ in entries))
        if number >= len(system.pools):
            yield Finding(WARNING, entries[0][0].name,
                          f"there is no pool {number}", "POOL_UNKNOWN")
            continue
        size = system.pools[number]["size"]
        total = sum(s for _, s in entries)
        if total > size:
            yield Finding(WARNING, f"pool {number}", f"{names} want"
                          f" {human_size(total)} together, it has"
                          f" {human_size(size)}", "POOL_EMPTY")


def about_system(system):
    """What follows from the system config."""
    if not any(r["flags"] & owners.ASSIGNABLE for r in system.mem):
        yield Finding(WARNING, "system", "nothing is assignable: no cell can"
                      " have memory of its own")
    if not system.system["debug_console"]["type"]:
        yield Finding(NOTE, "system", "no debug console: a fatal error of the"
                      " hypervisor will not be seen")
    if system.system["pci"]["mmconfig_base"]:
        yield Finding(NOTE, "system", "the PCI configuration space is root\u2019s:"
                      " all PCI devices stay with root")


def about_cell(cell):
    """What follows from a cell's config."""
    regions, config = cell.config.mem, cell.config.cell
    every = 0
    for region in regions:
        every |= region["flags"]
    if not any(r["flags"] & owners.EXECUTE
               and r["virt_start"] <= config["entry"]
               < r["virt_start"] + r["size"] for r in regions):
        yield Finding(WARNING, cell.name, f"entry {config['entry']:#x} is in"
                      " no region that the cell may execute", "CELL_ENTRY")
    if not every & _flag("LOADABLE"):
        yield Finding(NOTE, cell.name, "no LOADABLE region: `cellctl load` has"
                      " no place for an image")
    order = sorted(regions, key=lambda r: r["virt_start"])
    for one, other in zip(order, order[1:]):
        if one["virt_start"] + one["size"] > other["virt_start"]:
            yield Finding(WARNING, cell.name, "two regions overlap at IPA"
                          f" {other['virt_start']:#x}", "MEM_OVERLAP_VIRT")
    passive = "PASSIVE" in [n for b, n in abi.CELL_FLAGS.items()
                            if config["flags"] & b]
    if passive or not every & owners.COMM:
        why = ("it is PASSIVE" if passive else
               "it has no communication region")
        yield Finding(NOTE, cell.name, f"stopped without being asked: {why}")
    if every & _flag("DMA") and every & owners.IO:
        yield Finding(NOTE, cell.name, "DMA has no effect without an IOMMU: a"
                      " device of this cell that does DMA reaches all memory")
    if every & owners.IO and not cell.config.spis:
        yield Finding(NOTE, cell.name, "it has device registers, but no"
                      " interrupt: the guest has to poll")
    console = config["console"]
    if name_of(console["type"], abi.CONSOLES) == "none":
        yield Finding(NOTE, cell.name, "no console: `cellctl console` will be"
                      " empty")
    elif console["address"] and not any(
            r["flags"] & owners.IO and r["virt_start"] <= console["address"]
            < r["virt_start"] + r["size"] for r in regions):
        yield Finding(WARNING, cell.name, "console: no region has the UART at"
                      f" {console['address']:#x}")


def collect(problems, system, cells, pieces, cpus, spis):
    """All findings: refusals first, then warnings, then notes."""
    found = [Finding(ERROR, p.path, p.text, p.rule_name) for p in problems]
    broken = {p.rule_name for p in problems}
    extra = []
    if system is not None:
        extra += [*memory_conflicts(pieces), *cpu_conflicts(cpus),
                  *pools(system, cells), *about_system(system)]
    else:
        extra.append(Finding(WARNING, "system", "there is no valid system"
                             " config: what follows is what the cells say"))
    extra += [*spi_conflicts(spis), *same_names(system, cells)]
    for cell in cells:
        extra += about_cell(cell)
    # What a rule has refused already needs no second word.
    found += [f for f in extra if not f.rule or f.rule not in broken]
    order = {ERROR: 0, WARNING: 1, NOTE: 2}
    return sorted(found, key=lambda f: order[f.severity])
