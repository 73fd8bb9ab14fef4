# SPDX-License-Identifier: GPL-2.0-only
"""Which memory Linux leaves alone, and what becomes of it.

Two kinds of memory are safe to take: what "mem=" left out, and nodes of
/reserved-memory with "no-map" whose names say that they are for Cloister.
Other no-map nodes are the firmware's or a device's, and an access to secure
memory would be an abort.
"""

import re
from dataclasses import dataclass

from . import CreateError
from .ranges import inside, merge, overlap, round_in, subtract

MIB = 1 << 20
HYPERVISOR_ALIGN = 2 * MIB
HYPERVISOR_LOWEST = 64 * MIB
HYPERVISOR_SIZE = 4 * MIB
HYPERVISOR_LARGEST = 32 * MIB
MANY_CPUS = 16
SMALLEST_PIECE = MIB
NAMES = re.compile(r"(cloister|cells?)\b", re.I)
UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


@dataclass(frozen=True)
class Placement:
    """(start, end) of hypervisor_memory, and of what cells may get."""

    hypervisor: tuple
    cells: tuple
    source: str


def parse_range(text):
    """"4M@0x70000000", as the kernel writes ranges."""
    match = re.fullmatch(r"(0x[0-9a-f]+|\d+)([kmg]?)@(0x[0-9a-f]+|\d+)",
                         text.lower())
    if not match:
        raise CreateError(f"{text}: not a range, which is SIZE@START, such as"
                          " 4M@0x70000000")
    size = int(match[1], 0) * UNITS[match[2]]
    start = int(match[3], 0)
    if not size or start % 4096 or size % 4096:
        raise CreateError(f"{text}: start and size must be multiples of"
                          " 4 KiB, and the size not 0")
    return start, start + size


def hidden(machine):
    """RAM that "mem=" kept from Linux: it is cut off at the upper end. Not
    with UEFI, which leaves tables there that Linux reads all the same."""
    if not machine.has_limit or machine.is_efi or not machine.banks \
            or not machine.system_ram:
        return []
    top = max(end for _, end in machine.system_ram)
    taken = [*machine.system_ram, *machine.reserved_ram,
             *(r for node in machine.reserved for r in node.ranges), (0, top)]
    return subtract(machine.banks, taken)


def own_nodes(machine):
    """Nodes of /reserved-memory that are for Cloister."""
    return [node for node in machine.reserved
            if node.no_map and NAMES.match(node.name)]


def size_for(machine):
    """How much memory the hypervisor should have."""
    return HYPERVISOR_SIZE * (1 if len(machine.cpus) <= MANY_CPUS else 2)


def take_hypervisor(pieces, size):
    """(the range, what is left); the first piece with room for it."""
    for piece in pieces:
        start, end = round_in(max(piece[0], HYPERVISOR_LOWEST), piece[1],
                              HYPERVISOR_ALIGN)
        if end - start >= size:
            taken = (start, start + size)
            return taken, subtract(pieces, [taken])
    return None, pieces


def usable(pieces):
    """What is large enough to be worth a region."""
    pieces = [round_in(*p, 4096) for p in merge(pieces)]
    return [p for p in pieces if p[1] - p[0] >= SMALLEST_PIECE]


def check_free(machine, wanted, option):
    """Memory that the user names must not be Linux's."""
    for start, end in machine.system_ram:
        if overlap((start, end), wanted):
            raise CreateError(
                f"{option}: Linux uses {max(start, wanted[0]):#x}: reserve it"
                " with mem= or a no-map node, and boot again")
    if machine.banks and not inside(wanted, machine.banks):
        raise CreateError(f"{option}: the firmware describes no RAM at"
                          f" {subtract([wanted], machine.banks)[0][0]:#x}")


def place(machine, hypervisor=None, cells=()):
    """Decide; `hypervisor` and `cells` are what the user wants."""
    nodes = own_nodes(machine)
    pieces = merge([*hidden(machine),
                    *(r for node in nodes for r in node.ranges)])
    source = " and ".join(
        ["mem="] * bool(hidden(machine)) + [n.name for n in nodes])
    for wanted in cells:
        check_free(machine, wanted, "--cell-memory")
    if hypervisor:
        check_free(machine, hypervisor, "--hypervisor-memory")
        if hypervisor[0] % HYPERVISOR_ALIGN \
                or hypervisor[1] % HYPERVISOR_ALIGN:
            raise CreateError("--hypervisor-memory: start and size must be"
                              " multiples of 2 MiB")
        if any(overlap(hypervisor, c) for c in cells):
            raise CreateError("--hypervisor-memory and --cell-memory overlap")
        pieces, source = subtract(pieces, [hypervisor]), source or "options"
    else:
        free = subtract(pieces, cells)
        hypervisor = own_hypervisor(nodes)
        if hypervisor:
            pieces = subtract(pieces, [hypervisor])
        else:
            hypervisor, pieces = take_hypervisor(free, size_for(machine))
    if hypervisor is None:
        raise CreateError(advice(machine, nodes, pieces))
    return Placement(hypervisor, tuple(merge(cells) or usable(pieces)), source)


def own_hypervisor(nodes):
    """A node that is small enough to be meant for the hypervisor alone."""
    if len(nodes) < 2:
        return None
    for node in sorted(nodes, key=lambda n: n.ranges[0]):
        start, end = round_in(*node.ranges[0], HYPERVISOR_ALIGN)
        if node.name.lower().startswith("cloister") and len(node.ranges) == 1 \
                and start >= HYPERVISOR_LOWEST \
                and HYPERVISOR_SIZE <= end - start <= HYPERVISOR_LARGEST:
            return start, end
    return None


def cell_text(value, cells):
    """A number as cells of the device tree."""
    return " ".join(f"{value >> 32 * i & 0xffffffff:#x}"
                    for i in reversed(range(cells)))


def advice(machine, nodes, pieces):
    """What to do when there is nothing to take."""
    if nodes or pieces:
        return ("what is reserved is too small or in the wrong place: the"
                " hypervisor needs 4 MiB above 64 MiB, at a multiple of"
                " 2 MiB")
    if machine.is_acpi or not machine.banks or (machine.is_efi
                                                and machine.has_limit):
        return ("which RAM nobody uses cannot be seen on a machine with UEFI"
                " or ACPI. Boot with mem=, and name memory that this leaves"
                " out, with --hypervisor-memory and --cell-memory. The"
                " kernel's log with efi=debug shows what UEFI uses itself")
    total = sum(end - start for start, end in machine.banks)
    start, end = max(machine.banks)
    size = min(total // 4, (end - start) // 2) // HYPERVISOR_ALIGN \
        * HYPERVISOR_ALIGN
    begin = (end - size) // HYPERVISOR_ALIGN * HYPERVISOR_ALIGN
    limit = (total - (end - begin)) // MIB
    reg = (f"{cell_text(begin, machine.address_cells)}"
           f" {cell_text(end - begin, machine.size_cells)}")
    return f"""no memory is reserved: Linux uses all {total // MIB} MiB of RAM.
Add to the kernel's command line

\tmem={limit}M

or to the device tree

\treserved-memory {{
\t\t#address-cells = <{machine.address_cells}>;
\t\t#size-cells = <{machine.size_cells}>;
\t\tranges;

\t\tcloister@{begin:x} {{
\t\t\treg = <{reg}>;
\t\t\tno-map;
\t\t}};
\t}};

and boot again."""
