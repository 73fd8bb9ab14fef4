# SPDX-License-Identifier: GPL-2.0-only
"""What is possible, and hardly wanted. Each function yields (path, text)."""

from . import abi

FLAG = {name: bit for bit, name in abi.MEM_FLAGS.items()}
BLOCK = 2 << 20
RAM_SHARED_CODE = FLAG["ROOTSHARED"] | FLAG["EXECUTE"]


def blocks(path, regions):
    """RAM that stage 2 cannot map by blocks of 2 MiB.

    Each block that is cut takes a table, and the TLB more entries. Small
    regions have no blocks anyway.
    """
    for i, region in enumerate(regions):
        flags, size = region["flags"], region["size"]
        if flags & (FLAG["IO"] | FLAG["COMM"] | FLAG["ALLOC"]):
            continue
        if size < 2 * BLOCK:
            continue
        if (region["virt_start"] - region["phys_start"]) % BLOCK:
            yield path, (f"mem_regions[{i}]: virt_start and phys_start differ"
                         " by no multiple of 2 MiB, so it is mapped in pages"
                         " of 4 KiB")
        elif size % BLOCK or region["virt_start"] % BLOCK:
            yield path, (f"mem_regions[{i}]: start or size is no multiple of"
                         " 2 MiB, so its ends are mapped in pages of 4 KiB")


def sharing(path, regions):
    """Memory that somebody else can write, and that is executed."""
    for i, region in enumerate(regions):
        if region["flags"] & RAM_SHARED_CODE == RAM_SHARED_CODE:
            yield path, (f"mem_regions[{i}]: ROOTSHARED and EXECUTE: root, and"
                         " every cell that shares it, can change the code that"
                         " this cell runs")


def dma(path, regions):
    """Devices of a cell that reach all memory."""
    every = 0
    for region in regions:
        every |= region["flags"]
    if every & FLAG["DMA"] and every & FLAG["IO"]:
        yield path, ("mem_regions: there is no IOMMU, so a device of this cell"
                     " that does DMA reaches all memory, whatever DMA says")


def of_cell(candidate):
    """All about one cell."""
    config, path = candidate.config, candidate.path
    if 0 in config.cpus:
        yield path, ("cpus: CPU 0 is the one that Linux boots on; not every"
                     " machine can turn it off")
    yield from blocks(path, config.mem)
    yield from sharing(path, config.mem)
    yield from dma(path, config.mem)


def pools(system, cells):
    """Memory that is kept from root and that no cell wants."""
    used = {region["phys_start"] for c in cells for region in c.config.mem
            if region["flags"] & FLAG["ALLOC"]}
    for i in range(len(system.config.pools)):
        if cells and i not in used:
            yield system.path, f"pools[{i}]: none of the cells uses it"


def find(system, cells):
    """All warnings about a machine and its cells."""
    for cell in cells:
        yield from of_cell(cell)
    yield from pools(system, cells)
