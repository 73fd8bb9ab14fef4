# SPDX-License-Identifier: GPL-2.0-only
"""A plan as C and as blobs. Both say the same: a test compares them."""

import re

from .. import abi, blob
from ..show import human_range
from .memory import MIB

ROOT_NAME, CELL_NAME = "root", "cell1"
PL011, VIRTUAL = 1, 2

SYSTEM_MACROS = re.sub(r"^(?: {8})+", lambda m: "\t" * (len(m[0]) // 8), """\
/* Root sees every address where it is. */
#define REGION(start, bytes, attributes)                                       \\
        {                                                                      \\
                .phys_start = (start), .virt_start = (start), .size = (bytes), \\
                .flags = (attributes),                                         \\
        }
#define RAM(start, bytes, attributes)                                         \\
        REGION(start, bytes,                                                  \\
               CL_MEM_READ | CL_MEM_WRITE | CL_MEM_EXECUTE | CL_MEM_DMA |     \\
                       (attributes))
#define DEVICE(start, bytes, attributes) \\
        REGION(start, bytes, CL_MEM_READ | CL_MEM_WRITE | (attributes))
""", flags=re.M)


def size_text(size):
    """A size as the configs of the tree write it."""
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size % (1 << shift) == 0 and size >> shift < 10000:
            return f"{size >> shift} * {unit}"
    return f"{size:#x}"


def comment(text):
    """Text that cannot end a comment in C, whatever a machine calls things."""
    return text.replace("*/", "* /").replace("/*", "/ *").replace("\n", " ")


def wrap(text, indent=" * "):
    """Lines of at most 78 characters in a comment."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + len(word) + 1 > 78 - len(indent):
            lines.append(indent + line)
            line = ""
        line = f"{line} {word}".strip()
    return "\n".join([*lines, indent + line] if line else lines)


def head(plan, lines):
    """The comment at the top of a file."""
    text = "\n *\n".join(wrap(comment(line)) for line in lines)
    return f"/*\n{text}\n */\n#include <cloister/config.h>\n"


def system_lines(region):
    """One of root's regions."""
    macro, rest = "DEVICE", [f for f in region.flags
                             if f not in ("READ", "WRITE")]
    if "EXECUTE" in region.flags:
        macro, rest = "RAM", [f for f in rest if f not in ("EXECUTE", "DMA")]
    flags = " | ".join(f"CL_MEM_{f}" for f in rest) or "0"
    yield f"\t/* {comment(region.comment)} */"
    yield f"\t{macro}({region.start:#x}, {size_text(region.size)}, {flags}),"


def system_fields(machine, plan):
    """The lines of SYSTEM."""
    start, end = plan.hypervisor
    gic, pci = machine.gic, machine.pci
    yield f"\t.hypervisor_memory = {{ {start:#x}, {size_text(end - start)} }},"
    if machine.console is not None:
        yield ("\t.debug_console = { .type = CL_CONSOLE_PL011, .address ="
               f" {machine.console:#x} }},")
    yield "\t.gic = {"
    yield f"\t\t.version = {gic['version']},"
    yield f"\t\t.maintenance_irq = {gic['maintenance_irq']},"
    yield f"\t\t.gicd_base = {gic['gicd_base']:#x},"
    if gic["version"] == 2:
        for name, region in abi.gic_frames(gic):
            yield (f"\t\t.{name} = {{ {region['start']:#x},"
                   f" {size_text(region['size'])} }},")
    elif gic["gicr"]:
        yield "\t\t.gicr = {"
        for region in gic["gicr"]:
            yield (f"\t\t\t{{ {region['start']:#x},"
                   f" {size_text(region['size'])} }},")
        yield "\t\t},"
    yield "\t},"
    if pci:
        yield (f"\t.pci = {{ .mmconfig_base = {pci['mmconfig_base']:#x},"
               f" .end_bus = {pci['end_bus']}, .domain = {pci['domain']} }},")


def pci_lines(machine):
    """PCI devices, as a comment."""
    if not machine.pci_devices:
        return
    yield "/*"
    yield " * PCI devices, all of them root's:"
    yield " *"
    for device in machine.pci_devices:
        driver = f"  {device.driver}" if device.driver else ""
        yield comment(f" *\t{device.address}  {device.ids}  class"
                      f" {device.kind}{driver}")
    yield " */"


def spi_lines(machine):
    """Interrupts that Linux uses, as a comment."""
    if not machine.spis:
        return
    yield "/*"
    yield " * SPIs that Linux uses now. A cell must not name one of them:"
    yield " *"
    for spi, user in sorted(machine.spis.items()):
        yield comment(f" *\t{spi}  {user}")
    yield " */"


def system_c(plan):
    """The system config in C."""
    machine = plan.machine
    lines = [f"The root cell on {machine.model}, made by `cellconf create`.",
             f"Memory comes from {plan.source}."]
    if plan.notes:
        lines += ["Note:", *plan.notes]
    out = [head(plan, lines), SYSTEM_MACROS, "SYSTEM {",
           *system_fields(machine, plan), "};", "",
           f'ROOT_CELL {{\n\t.name = "{ROOT_NAME}",\n}};', "",
           "/* In the order of Linux's numbers */", "CPUS {",
           *(f"\t{mpidr:#x}," for mpidr in machine.cpus), "};", "",
           "MEM_REGIONS {"]
    for region in plan.regions:
        out += system_lines(region)
    out += ["};"]
    for lines in (pci_lines(machine), spi_lines(machine)):
        lines = list(lines)
        out += ["", *lines] if lines else []
    return "\n".join(out) + "\n"


def cell_lines(region):
    """One of a cell's regions."""
    yield f"\t{{\t/* {region.comment} */"
    if "COMM" not in region.flags:
        yield f"\t\t.phys_start = {region.start:#x},"
    yield f"\t\t.virt_start = {region.ipa:#x},"
    yield f"\t\t.size = {size_text(region.size)},"
    yield "\t\t.flags = " + " |\n\t\t\t ".join(
        f"CL_MEM_{f}" for f in region.flags) + ","
    yield "\t},"


def cell_c(plan):
    """A cell config in C, to begin with."""
    out = [head(plan, [
        f"A cell on {plan.machine.model}, made by `cellconf create`: change"
        " name, CPUs and sizes as you need them.",
        "For a device: an IO region with its registers, its SPI in SPIS"
        " (`SPIS { 40 };`), and CL_MEM_ASSIGNABLE on its region in the system"
        " config. Linux must not have a driver bound to it."]),
        "CELL {", f'\t.name = "{CELL_NAME}",',
        f"\t.entry = {plan.cell_entry:#x},",
        "\t.console = { .type = CL_CONSOLE_VIRTUAL },", "};", "",
        f"CPUS {{ {', '.join(map(str, plan.cell_cpus))} }};", "",
        "MEM_REGIONS {"]
    for region in plan.cell_regions:
        out += cell_lines(region)
    return "\n".join([*out, "};"]) + "\n"


def flag_bits(names):
    """Flags as a number."""
    bits = {name: bit for bit, name in abi.MEM_FLAGS.items()}
    return sum(bits[name] for name in names)


def region_bytes(region):
    """A region as the blob has it."""
    return abi.MEM_REGION.encode({
        "phys_start": region.start, "size": region.size,
        "virt_start": region.start if region.ipa is None else region.ipa,
        "flags": flag_bits(region.flags)})


def numbers(values):
    """A section of 64-bit numbers."""
    return b"".join(v.to_bytes(8, "little") for v in values)


def system_blob(plan):
    """The system config, sealed."""
    machine = plan.machine
    start, end = plan.hypervisor
    fields = {"hypervisor_memory": {"start": start, "size": end - start},
              "gic": machine.gic, "pci": machine.pci or {}}
    if machine.console is not None:
        fields["debug_console"] = {"type": PL011, "address": machine.console}
    return blob.build([
        (abi.SECTION_SYSTEM, abi.SYSTEM.size, abi.SYSTEM.encode(fields)),
        (abi.SECTION_CELL, abi.CELL.size,
         abi.CELL.encode({"name": ROOT_NAME.encode()})),
        (abi.SECTION_CPUS, 8, numbers(machine.cpus)),
        (abi.SECTION_MEM, abi.MEM_REGION.size,
         b"".join(map(region_bytes, plan.regions)))])


def cell_blob(plan):
    """The cell's config, sealed."""
    fields = {"name": CELL_NAME.encode(), "entry": plan.cell_entry,
              "console": {"type": VIRTUAL}}
    return blob.build([
        (abi.SECTION_CELL, abi.CELL.size, abi.CELL.encode(fields)),
        (abi.SECTION_CPUS, 8, numbers(plan.cell_cpus)),
        (abi.SECTION_MEM, abi.MEM_REGION.size,
         b"".join(map(region_bytes, plan.cell_regions)))])


def files(plan, with_blobs):
    """{name: content} of all that is to be written."""
    result = {"system.c": system_c(plan).encode()}
    if with_blobs:
        result["system.cell"] = system_blob(plan)
    if plan.cell_regions:
        result["cell.c"] = cell_c(plan).encode()
        if with_blobs:
            result["cell.cell"] = cell_blob(plan)
    for name, data in result.items():
        if name.endswith(".cell"):
            blob.parse(data)
    return result


def summary(plan):
    """What was found and decided, in lines."""
    machine = plan.machine
    start, end = plan.hypervisor
    cells = [r for r in plan.regions if "ASSIGNABLE" in r.flags]
    yield f"machine:           {machine.model}"
    yield (f"CPUs:              {len(machine.cpus)}, GICv"
           f"{machine.gic['version']}")
    yield (f"hypervisor_memory: {human_range(start, end - start)}, from"
           f" {plan.source}")
    for region in cells:
        yield f"for cells:         {human_range(region.start, region.size)}"
    total = sum(r.size for r in plan.regions if r.comment == "Linux")
    yield f"Linux:             {total // MIB} MiB of RAM"
    yield (f"mem_regions:       {len(plan.regions)} of {abi.MAX_MEM_REGIONS}"
           " possible")
