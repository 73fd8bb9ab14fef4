# SPDX-License-Identifier: GPL-2.0-only
"""Who has what: physical memory, CPUs and interrupts by owner.

Physical memory is cut at the ends of all ranges that the configs name; each
piece has one meaning, which the pictures draw and the findings judge.
"""

from dataclasses import dataclass, field

from .. import abi
from ..show import flag_names

ROOTSHARED = next(b for b, n in abi.MEM_FLAGS.items() if n == "ROOTSHARED")
ASSIGNABLE = next(b for b, n in abi.MEM_FLAGS.items() if n == "ASSIGNABLE")
IO = next(b for b, n in abi.MEM_FLAGS.items() if n == "IO")
NONCACHEABLE = next(b for b, n in abi.MEM_FLAGS.items()
                    if n == "NONCACHEABLE")
COMM = next(b for b, n in abi.MEM_FLAGS.items() if n == "COMM")
EXECUTE = next(b for b, n in abi.MEM_FLAGS.items() if n == "EXECUTE")
SBSA_UART = next(n for n, name in abi.CONSOLES.items() if name == "sbsa_uart")
FRAMES = {"gicc": "CPU interface", "gich": "virtual interface control",
          "gicv": "virtual CPU interface"}
FIRST_SPI = 32


@dataclass(frozen=True, eq=False)
class Cell:
    """A cell's config with its place in the page."""

    index: int
    path: str
    config: object

    @property
    def name(self):
        """The cell's name."""
        return self.config.name

    @property
    def fill(self):
        """Its colour; there are as many as cells can exist."""
        return f"c{self.index % 16}"


@dataclass(frozen=True)
class Range:
    """A range of physical memory that a config names."""

    start: int
    size: int
    what: str           # root, assignable, cell, hypervisor, pool, gic, pci
    label: str
    flags: int = 0
    cell: Cell = None
    index: int = 0      # in its list

    @property
    def end(self):
        """First address behind it."""
        return self.start + self.size


@dataclass
class Piece:
    """A piece of memory with one meaning; the pictures' unit."""

    start: int
    size: int
    fill: str           # class of a colour, or several: striped
    name: str           # whose it is
    detail: str         # what it is
    flags: list = field(default_factory=list)
    is_ram: bool = True
    conflict: bool = False
    ranges: tuple = ()
    target: object = ""     # in a cell's map: where it really is

    @property
    def end(self):
        """First address behind it."""
        return self.start + self.size


def has_address(region):
    """Does a cell's region name physical memory?"""
    return not region["flags"] & (abi.MEM_ALLOC | COMM)


def system_ranges(config):
    """All that the system config says of physical memory."""
    system = config.system
    memory, gic, pci = (system["hypervisor_memory"], system["gic"],
                        system["pci"])
    yield Range(memory["start"], memory["size"], "hypervisor",
                "hypervisor_memory")
    yield Range(gic["gicd_base"], abi.gicd_size(gic), "gic", "distributor")
    for name, region in abi.gic_frames(gic):
        yield Range(region["start"], region["size"], "gic",
                    f"{FRAMES.get(name, 'redistributors')}, {name}")
    if pci["mmconfig_base"]:
        yield Range(pci["mmconfig_base"], (pci["end_bus"] + 1) << 20, "pci",
                    f"configuration space, buses 0\u2013{pci['end_bus']}")
    for i, pool in enumerate(config.pools):
        yield Range(pool["start"], pool["size"], "pool", f"pools[{i}]",
                    index=i)
    for i, region in enumerate(config.mem):
        what = "assignable" if region["flags"] & ASSIGNABLE else "root"
        yield Range(region["phys_start"], region["size"], what,
                    f"mem_regions[{i}]", region["flags"], index=i)


def cell_ranges(cell):
    """The physical memory that a cell's config names."""
    for i, region in enumerate(cell.config.mem):
        if has_address(region):
            yield Range(region["phys_start"], region["size"], "cell",
                        f"mem_regions[{i}]", region["flags"], cell, i)


def is_shared(ranges):
    """May all these cells' ranges lie over each other?"""
    return all(r.flags & ROOTSHARED for r in ranges)


def root_kind(base, is_ram):
    """Colour, owner and meaning of what no cell has."""
    kind = "RAM" if is_ram else "device registers"
    if base.what == "assignable":
        return ("free" if is_ram else "freedev", "assignable",
                f"{kind} that no cell has")
    return ("root" if is_ram else "rootdev", "root", kind)


def special_piece(start, size, one):
    """A piece that is the machine's or the hypervisor's own."""
    fill, name, detail = {
        "hypervisor": ("hv", "hypervisor", "private"),
        "gic": ("gic", "GIC", one.label + ", emulated"),
        "pci": ("pci", "PCI", one.label),
        "pool": ("pool", f"pool {one.index}", "frames for ALLOC regions"),
    }[one.what]
    return Piece(start, size, fill, name, detail,
                 is_ram=one.what in ("hypervisor", "pool"), ranges=(one,))


def cells_piece(start, size, cells, base, special):
    """A piece that at least one cell names."""
    flags = flag_names(cells[0].flags, abi.MEM_FLAGS)
    is_ram = not cells[0].flags & IO
    owners = list(dict.fromkeys(r.cell for r in cells))
    kind = "RAM" if is_ram else "device registers"
    bad = (special is not None or base is None or base.what != "assignable"
           or (len(owners) > 1 and not is_shared(cells)))
    names = [o.name for o in owners]
    fill = [o.fill for o in owners]
    if special is not None:
        names.append({"hypervisor": "hypervisor", "gic": "GIC", "pci": "PCI",
                      "pool": "a pool"}[special.what])
        detail = "claimed by both"
    elif base is None or base.what != "assignable":
        detail = f"{kind}, not assignable"
        if base is not None:
            names.append("root")
    elif is_shared(cells):
        names.append("root")
        fill.append("root" if is_ram else "rootdev")
        detail = f"shared {kind}"
    else:
        detail = kind if len(owners) == 1 else f"{kind}, claimed by both"
    if bad:
        fill = fill[:2] + ["bad"]
    return Piece(start, size, " ".join(fill), " + ".join(names), detail,
                 flags, is_ram, bad, tuple(cells))


def piece_of(start, size, ranges):
    """The meaning of a piece that all these ranges cover."""
    cells = [r for r in ranges if r.what == "cell"]
    special = next((r for r in ranges if r.what in
                    ("hypervisor", "gic", "pci", "pool")), None)
    base = next((r for r in ranges if r.what in ("root", "assignable")), None)
    if cells:
        return cells_piece(start, size, cells, base, special)
    if special is not None:
        piece = special_piece(start, size, special)
        if base is not None:
            piece.name += " + root"
            piece.detail, piece.conflict = "claimed by both", True
            piece.fill += " bad"
        return piece
    # Root's memory without caches is a window of a bus, or on a chip
    window = base.what == "root" and base.flags & NONCACHEABLE
    is_ram = not base.flags & IO and not window
    fill, name, detail = root_kind(base, is_ram)
    if window:
        detail = "memory without caches"
    return Piece(start, size, fill, name, detail,
                 flag_names(base.flags & ~ASSIGNABLE, abi.MEM_FLAGS), is_ram,
                 ranges=tuple(r for r in ranges if r is base))


def same(one, other):
    """Do two neighbours mean the same?"""
    return (one.end == other.start and one.name == other.name
            and one.detail == other.detail and one.flags == other.flags
            and one.fill == other.fill
            and one.ranges[0].cell is other.ranges[0].cell)


def physical(system, cells):
    """All pieces of physical memory, in the order of addresses."""
    ranges = [r for r in [*(system_ranges(system) if system else ()),
                          *(r for c in cells for r in cell_ranges(c))]
              if r.size]
    starts = {}
    for one in ranges:
        starts.setdefault(one.start, []).append(one)
    cuts = sorted({r.start for r in ranges} | {r.end for r in ranges})
    pieces, active = [], []
    for start, end in zip(cuts, cuts[1:]):
        active = [r for r in active if r.end > start] + starts.get(start, [])
        if not active:
            continue
        piece = piece_of(start, end - start, active)
        if pieces and same(pieces[-1], piece):
            pieces[-1].size += piece.size
        else:
            pieces.append(piece)
    return pieces


def cell_map(cell, pools):
    """A cell's own view: its regions in the order of their IPAs."""
    pieces = []
    for i, region in enumerate(cell.config.mem):
        flags = region["flags"]
        phys, size = region["phys_start"], region["size"]
        target = phys
        fill, name = cell.fill, "RAM"
        if flags & COMM:
            fill, name, target = "hv", "communication region", "hypervisor"
        elif flags & abi.MEM_ALLOC:
            fill, name = "pool", f"RAM of pool {phys}"
            target = (f"pool {phys}" if phys < len(pools)
                      else f"pool {phys}, which does not exist")
        elif flags & IO:
            fill, name = cell.fill + " dev", "device registers"
        elif flags & ROOTSHARED:
            fill, name = cell.fill + " root", "shared RAM"
        pieces.append(Piece(
            region["virt_start"], size, fill, name, f"region {i}",
            flag_names(flags, abi.MEM_FLAGS), not flags & IO, target=target))
    console = cell.config.cell["console"]
    if console["type"] == SBSA_UART:
        pieces.append(Piece(console["address"], 0x1000, "hv", "UART",
                            "console", [], False, target="hypervisor"))
    button = cell.config.cell["power_button"]
    if button["address"]:
        pieces.append(Piece(button["address"], 0x1000, "hv", "power button",
                            "power_button", [], False, target="hypervisor"))
    pieces.sort(key=lambda p: (p.start, p.size))
    end = 0
    for piece in pieces:
        if piece.start < end:
            piece.conflict, piece.fill = True, piece.fill + " bad"
            piece.name += ", overlaps"
        end = max(end, piece.end)
    return pieces


def cpu_owners(system, cells):
    """[(number, MPIDR or None, [cells])]: an empty list means root."""
    mpidrs = list(system.cpus) if system else []
    wanted = {n for c in cells for n in c.config.cpus}
    numbers = sorted({*range(len(mpidrs)), *wanted})
    return [(n, mpidrs[n] if n < len(mpidrs) else None,
             [c for c in cells if n in c.config.cpus]) for n in numbers]


def spi_owners(cells):
    """{INTID: [cells]} of the interrupts that leave root."""
    result = {}
    for cell in cells:
        for spi in cell.config.spis:
            owners = result.setdefault(spi, [])
            if cell not in owners:
                owners.append(cell)
    return dict(sorted(result.items()))
