# SPDX-License-Identifier: GPL-2.0-only
"""The two configs for a machine: what stands in them, and why."""

import re
from dataclasses import dataclass, field

from .. import abi
from . import CreateError
from .ranges import merge, overlap, round_out, subtract

PAGE = 4096
# A few are left for what the user adds
MOST_REGIONS = abi.MAX_MEM_REGIONS - 8
EFI_GRAIN = 64 << 20        # RAM of such machines comes in large pieces
CELL_RAM = 16 << 20
COMM_IPA = 0x80000000       # where the guests of the tree look for it

RAM = ("READ", "WRITE", "EXECUTE", "DMA")
IO = ("READ", "WRITE", "IO")
UNCACHED = ("READ", "WRITE", "NONCACHEABLE")


@dataclass
class Region:
    """One of mem_regions; a COMM region has no physical address."""

    start: int
    end: int
    flags: tuple
    comment: str = ""
    ipa: int = None     # None: where it is

    @property
    def size(self):
        """Bytes."""
        return self.end - self.start


@dataclass
class Plan:
    """Everything that is written."""

    machine: object
    hypervisor: tuple
    source: str
    regions: list
    cell_cpus: list = field(default_factory=list)
    cell_entry: int = 0
    cell_regions: list = field(default_factory=list)
    notes: list = field(default_factory=list)


def gic_ranges(gic):
    """The register frames that the hypervisor emulates."""
    return [(gic["gicd_base"], gic["gicd_base"] + abi.gicd_size(gic)),
            *((r["start"], r["start"] + r["size"]) for r in gic["gicr"])]


def ecam_range(pci):
    """PCI's configuration space."""
    if not pci:
        return []
    return [(pci["mmconfig_base"],
             pci["mmconfig_base"] + ((pci["end_bus"] + 1) << 20))]


def base_name(device):
    """A device's name without its address."""
    return re.split("[@:]", device.name)[0]


def describe(devices):
    """A comment for a region: what is in it."""
    texts = []
    for device in devices:
        text = device.name
        if device.spis:
            text += (f" (SPI {', '.join(map(str, device.spis))})"
                     if len(device.spis) <= 4 else
                     f" ({len(device.spis)} SPIs)")
        if text not in texts:
            texts.append(text)
    if len(texts) > 3:
        texts = texts[:2] + [f"{len(texts) - 2} more"]
    return ", ".join(texts)


def group(devices):
    """[[start, end, devices]]: what shares pages, and rows of equals."""
    groups = []
    for device in sorted(devices, key=lambda d: (d.start, d.end)):
        start, end = round_out(device.start, device.end, PAGE)
        last = groups[-1] if groups else None
        if last and (start < last[1] or (
                start == last[1]
                and base_name(device) == base_name(last[2][-1]))):
            last[1] = max(last[1], end)
            last[2].append(device)
        else:
            groups.append([start, end, [device]])
    return groups


def device_regions(devices, taken):
    """Regions for all registers, apart from what others have."""
    regions, done = [], list(taken)
    for cached, flags in ((True, UNCACHED), (False, IO)):
        for start, end, members in group(
                d for d in devices if d.cached == cached):
            comment = describe(members)
            regions += [Region(s, e, flags, comment)
                        for s, e in subtract([(start, end)], done)]
        done = merge([*done, *((r.start, r.end) for r in regions)])
    return sorted(regions, key=lambda r: r.start)


def coarsen(regions, taken, most):
    """Join neighbours until there are few enough. Nothing of anybody else
    may lie between them; the smallest gaps are closed first."""
    regions = list(regions)
    while len(regions) > most:
        best = None
        for i, (one, other) in enumerate(zip(regions, regions[1:])):
            gap = other.start - one.end
            if one.flags == other.flags and (best is None or gap < best[0]) \
                    and not any(overlap((one.end, other.start), t)
                                for t in taken if one.end < other.start):
                best = (gap, i)
        if best is None:
            raise CreateError(f"{len(regions)} regions of devices are needed,"
                              f" and only {most} are possible")
        i = best[1]
        one, other = regions[i:i + 2]
        first = one.comment.split(" .. ")[0]
        last = other.comment.split(" .. ")[-1]
        regions[i:i + 2] = [Region(one.start, other.end, one.flags,
                                   f"{first} .. {last}")]
    return regions


def ram_regions(machine, placement):
    """All RAM that Linux uses or may map, rounded outwards. UEFI's tables
    may be anywhere in RAM, even where "mem=" has made it disappear."""
    theirs = [placement.hypervisor, *placement.cells]
    linux = subtract(merge(round_out(*r, PAGE) for r in machine.system_ram),
                     theirs)
    nodes = [r for n in machine.reserved for r in n.ranges]
    others = [*machine.reserved_ram, *machine.banks, *nodes]
    if machine.is_efi:
        every = [*machine.system_ram, *others, *theirs]
        others.append(round_out(min(every)[0], max(e for _, e in every),
                                EFI_GRAIN))
    others = subtract(merge(round_out(*r, PAGE) for r in others),
                      [*linux, *theirs])
    regions = [Region(*r, RAM, "Linux") for r in linux]
    regions += [Region(*r, RAM, "RAM beside it: of the firmware, of devices")
                for r in others]
    regions += [Region(*r, (*RAM, "ASSIGNABLE"),
                       "for cells; root's while no cell has it")
                for r in placement.cells]
    return sorted(regions, key=lambda r: r.start)


def free_ipa(wanted, size, gic):
    """An IPA where nothing of the interrupt controller is."""
    while True:
        hit = next((r for r in gic_ranges(gic)
                    if overlap(r, (wanted, wanted + size))), None)
        if hit is None:
            return wanted
        wanted = round_out(0, hit[1], max(size, 1 << 20))[1]


def plan_cell(plan, placement):
    """A cell to begin with: a CPU, some RAM, a communication region."""
    machine = plan.machine
    if not placement.cells:
        plan.notes.append("no memory is left for cells: reserve more than the"
                          " hypervisor needs")
        return
    if len(machine.cpus) < 2:
        plan.notes.append("this machine has one CPU, and root needs it: no"
                          " cell can be created")
    start, end = max(placement.cells, key=lambda r: r[1] - r[0])
    size = min(end - start, CELL_RAM)
    plan.cell_cpus = [len(machine.cpus) - 1]
    plan.cell_entry = free_ipa(0, size, machine.gic)
    comm = free_ipa(COMM_IPA, PAGE, machine.gic)
    plan.cell_regions = [
        Region(start, start + size, (*RAM, "LOADABLE"),
               "RAM; the guest is loaded to its begin", plan.cell_entry),
        Region(0, PAGE, ("READ", "WRITE", "COMM"),
               "the communication region, where guests look for it", comm)]


def make(machine, placement):
    """Both configs, from what the machine is and who gets which memory."""
    ram = ram_regions(machine, placement)
    taken = [placement.hypervisor, *((r.start, r.end) for r in ram),
             *gic_ranges(machine.gic), *ecam_range(machine.pci)]
    devices = coarsen(device_regions(machine.devices, taken), taken,
                      MOST_REGIONS - len(ram))
    plan = Plan(machine, placement.hypervisor, placement.source,
                sorted(devices + ram, key=lambda r: r.start),
                notes=list(machine.notes))
    plan_cell(plan, placement)
    return plan
