# SPDX-License-Identifier: GPL-2.0-only
"""The page: everything computed, then handed to a template.

The result is one file without scripts and without any reference to another
one, so that it can be mailed, archived and printed.
"""

import os

import jinja2
from markupsafe import Markup

from .. import abi, check
from ..show import device_name, device_text, flag_names, human_size, name_of
from . import findings, layout, owners

FLAGS = {
    "READ": "may be read",
    "WRITE": "may be written",
    "EXECUTE": "instructions may be fetched from it",
    "DMA": "for an IOMMU: devices of the cell may reach it",
    "IO": "device registers (Device-nGnRE), never executable",
    "COMM": "the communication region: one page that the hypervisor and the"
            " guest exchange messages in",
    "LOADABLE": "root may write it while the cell is stopped, to load an"
                " image",
    "ROOTSHARED": "stays mapped in root; other cells may name it, too",
    "ASSIGNABLE": "the system config allows cells to have it",
    "NONCACHEABLE": "normal memory, but not cached",
    "ALLOC": "comes from a pool of the system config, zeroed; it has no"
             " physical address before the cell exists",
    "LAZY": "with ALLOC: each page on first access",
    "PASSIVE": "the guest does not know the communication region: without a"
               " power button it is stopped without being asked",
    "RELOAD": "root loads its images anew at each reset of the guest",
}
IRQ_MODES = {"virtual": "each interrupt passes the hypervisor, which hands it"
                        " to the guest",
             "direct": "interrupts reach the guest without the hypervisor",
             "direct-eoi": "interrupts reach root without the hypervisor, and"
                           " end without it"}
VIOLATIONS = {"inject": "an access that nobody granted is an external abort"
                        " in the guest, counted and logged",
              "fail": "an access that nobody granted ends the cell"}
SHORT = {"READ": "R", "WRITE": "W", "EXECUTE": "X"}
SUMMARY = (("root", "root"), ("hv", "hypervisor"), ("pool", "pools"),
           ("free", "assignable, with no cell"))


def hex_groups(value, width=0):
    """A number with its digits in groups of four; copies as 0x..."""
    digits = f"{value:0{width}x}"
    head = len(digits) % 4 or 4
    groups = [digits[:head]] + [digits[i:i + 4]
                                for i in range(head, len(digits), 4)]
    return Markup('<span class="hex">0x%s</span>') % Markup("").join(
        [Markup("%s") % groups[0],
         *(Markup("<i>%s</i>") % g for g in groups[1:])])


def address(value):
    """An address, padded so that those of a list are easy to compare."""
    return hex_groups(value, 8 if value < 1 << 32 else 12)


def with_code(text):
    """Text in which `this` is a command."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>%s</code>") % part if i % 2 else Markup("%s") % part
        for i, part in enumerate(parts))


def size_text(size):
    """A size as people say it, with at most one decimal."""
    if size >= 1 << 10 and human_size(size).endswith("bytes"):
        return f"{size:,} bytes".replace(",", "\u202f")
    for shift, unit in ((40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size >= 1 << shift:
            return f"{size / (1 << shift):.4g}\u00a0{unit}"
    return f"{size}\u00a0bytes"


def flags_text(flags):
    """Flags in short: RWX for the permissions, the others by name."""
    rights = "".join(SHORT[f] for f in flags if f in SHORT)
    return " ".join([rights] * bool(rights)
                    + [f for f in flags if f not in SHORT])


def fill(classes):
    """What paints a piece: a colour, or stripes of several."""
    names = classes.split()
    return f"var(--{names[0]})" if len(names) == 1 else \
        f"url(#s-{'-'.join(names)})"


def patterns(islands_of_all):
    """Every combination of colours that is drawn in stripes."""
    return sorted({tuple(p.fill.split()) for islands in islands_of_all
                   for island in islands for p in island.pieces
                   if " " in p.fill})


def points(pairs):
    """Points of a polygon or a line."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in pairs)


def clusters(cpus):
    """CPUs by the upper part of their MPIDR: what shares a cluster."""
    result = {}
    for number, mpidr, cells in cpus:
        key = None if mpidr is None else mpidr >> 8
        result.setdefault(key, []).append((number, mpidr, cells))
    return result


def spi_rows(spis):
    """Rows of 32 INTIDs up to the last one that a cell has."""
    if not spis:
        return []
    rows = []
    for first in range(owners.FIRST_SPI, max(spis) + 1, 32):
        row = [(n, spis.get(n, [])) for n in range(first, first + 32)]
        if any(cells for _, cells in row):
            rows.append((first, row))
    return rows


def memory_summary(pieces, cells):
    """[(fill, name, bytes)] of RAM: whose it is, largest share first."""
    totals = {}
    for piece in pieces:
        if not piece.is_ram:
            continue
        key = (piece.fill, piece.name if " " in piece.fill
               or piece.fill.startswith("c")
               else dict(SUMMARY).get(piece.fill, piece.name))
        totals[key] = totals.get(key, 0) + piece.size
    order = ["hv", "root", "pool", *(c.fill for c in cells)]
    rank = {name: i for i, name in enumerate(order)}
    return sorted(((f, n, s) for (f, n), s in totals.items()),
                  key=lambda e: rank.get(e[0].split()[0], len(rank)
                                         + (e[0] == "free")))


def devices_of(config):
    """PCI devices that a config names, once its format has them."""
    return [entry for entry in getattr(config, "pci", None) or ()
            if isinstance(entry, dict)]


def cell_facts(cell):
    """A cell's settings: [(name, value, explanation)]."""
    config = cell.config.cell
    console = config["console"]
    irq_mode = name_of(config["irq_mode"], abi.IRQ_MODES)
    violation = name_of(config["on_violation"], abi.ON_VIOLATION)
    timeout = config["shutdown_timeout_ms"]
    flags = flag_names(config["flags"], abi.CELL_FLAGS)
    yield "Entry", hex_groups(config["entry"]), "IPA of the first instruction"
    irq = config["console_irq"]
    yield ("Console", name_of(console["type"], abi.CONSOLES),
           (hex_groups(console["address"]) if console["address"] else "")
           + (f", interrupt {irq}" if irq else ""))
    button = config["power_button"]
    if button["address"]:
        yield ("Power button", "PL061", hex_groups(button["address"])
               + f", interrupt {button['irq']}")
    for device in cell.config.devices:
        yield "Device", device_name(device), device_text(device)
    yield "Interrupts", irq_mode, IRQ_MODES.get(irq_mode, "")
    yield "On violation", violation, VIOLATIONS.get(violation, "")
    yield ("Shutdown", f"{timeout}\u00a0ms" if timeout else "default time",
           "how long the guest is waited for")
    if flags:
        yield ("Flags", " ".join(flags),
               "; ".join(FLAGS[f] for f in flags if f in FLAGS))
    if any(config["args"]):
        yield ("Arguments", Markup(" ").join(
            hex_groups(a) for a in config["args"]),
            f"x0\u2013x{len(config['args']) - 1} of the first CPU")


def describe_cell(cell, pools):
    """All about one cell, for its section."""
    pieces = owners.cell_map(cell, pools)
    return {
        "cell": cell, "facts": list(cell_facts(cell)),
        "islands": layout.split(pieces),
        "size": sum(r["size"] for r in cell.config.mem
                    if not r["flags"] & (owners.IO | owners.COMM)),
        "pci": devices_of(cell.config),
    }


def used_flags(configs):
    """Flags that occur, in the order of their bits, with explanations."""
    memory, of_cells = 0, 0
    for config in configs:
        for region in config.mem:
            memory |= region["flags"]
        of_cells |= config.cell["flags"]
    names = (flag_names(memory, abi.MEM_FLAGS)
             + flag_names(of_cells, abi.CELL_FLAGS))
    return [(name, FLAGS.get(name, "not known to this version of cellconf"))
            for name in names]


def context(candidates, title=None):
    """What the template draws, from the files and a name for the machine."""
    problems = check.run(candidates, one_at_a_time=True)
    parsed = [c for c in candidates if c.config is not None]
    systems = [c for c in parsed if c.config.system is not None]
    system = systems[0].config if systems else None
    cells = [owners.Cell(i, c.path, c.config) for i, c in enumerate(
        c for c in parsed if c.config.system is None)]
    pieces = owners.physical(system, cells)
    cpus, spis = owners.cpu_owners(system, cells), owners.spi_owners(cells)
    physical = layout.split(pieces)
    details = [describe_cell(c, system.pools if system else ())
               for c in cells]
    configs = [c.config for c in parsed]
    summary = memory_summary(pieces, cells)
    return {
        "title": title or (
            os.path.basename(systems[0].path).removesuffix(".cell")
            .removesuffix(".c") if systems else "Cells"),
        "files": [c.path for c in candidates],
        "system": system, "cells": cells, "details": details,
        "physical": physical, "cpus": cpus, "clusters": clusters(cpus),
        "spis": spis, "spi_rows": spi_rows(spis), "summary": summary,
        "ram": sum(size for _, _, size in summary),
        "findings": findings.collect(problems, system, cells),
        "errors": sum(p.severity == check.ERROR for p in problems),
        "patterns": patterns([physical, *(d["islands"] for d in details)]),
        "flags": used_flags(configs),
        "frames": frames(system.system["gic"]) if system else [],
        "console": name_of(system.system["debug_console"]["type"],
                           abi.CONSOLES) if system else "",
    }


def frames(gic):
    """[(what it is, its range)] of the interrupt controller."""
    names = [(owners.FRAMES.get(name, "redistributors"), r)
             for name, r in abi.gic_frames(gic)]
    return [(name[0].upper() + name[1:], r) for name, r in names]


def render(candidates, title=None):
    """(the page, number of problems)"""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(
            os.path.dirname(os.path.abspath(__file__))),
        autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined)
    env.filters.update(hex=hex_groups, addr=address, code=with_code,
                       size=size_text, flags=flags_text, fill=fill,
                       points=points)
    env.globals.update(explain=FLAGS.get, widths=layout.WIDTH,
                       gap=layout.BREAK)
    values = context(candidates, title)
    return env.get_template("report.html.j2").render(values), values["errors"]
