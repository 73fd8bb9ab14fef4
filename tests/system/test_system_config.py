# SPDX-License-Identifier: GPL-2.0-only
"""No system config harms Linux: each wrong one is refused for its reason."""

import re

import pytest

import blobs
import cloister as c
from blobs import CELLS, DMA, EXECUTE, HYPERVISOR, IO, LINUX, MIB, READ, WRITE

BASE = "qemu-virt-4"
ROOT_RAM = READ | WRITE | EXECUTE | DMA


def system(**fields):
    config = blobs.load(BASE)
    config.system.update(fields)
    return config


def hypervisor_memory(start, size=4 * MIB):
    """The hypervisor elsewhere. Root's regions stay as they are."""
    return system(hypervisor_memory={"start": start, "size": size})


def gic(**fields):
    config = blobs.load(BASE)
    config.system["gic"].update(fields)
    return config


def gicr(start, size):
    return gic(gicr=[{"start": start, "size": size}])


def console(address, kind=1):
    return system(debug_console={"address": address, "type": kind})


def memory(*more, without=None):
    """Further regions; without: the address of one to leave out."""
    config = blobs.load(BASE)
    config.mem = [r for r in config.mem if r["phys_start"] != without]
    config.mem += more
    return config


def cpus(*numbers):
    config = blobs.load(BASE)
    config.cpus = list(numbers)
    return config


def named(name):
    config = blobs.load(BASE)
    config.cell["name"] = name
    return config


def root(**fields):
    config = blobs.load(BASE)
    config.cell.update(fields)
    return config


def with_sections(change):
    sections = blobs.load(BASE).sections()
    return blobs.blob.build(change(sections))


def structure():
    """{name: (bytes, rule)}: not even a config."""
    good = blobs.raw(BASE)
    changed = bytearray(good)
    changed[-1] ^= 1
    return {
        "empty": (b"", "BLOB_TRUNCATED"),
        "half a header": (good[:13], "BLOB_TRUNCATED"),
        "header only": (good[:28], "BLOB_SIZE"),
        "zeroes": (bytes(1024), "BLOB_MAGIC"),
        "ones": (b"\xff" * 1024, "BLOB_MAGIC"),
        "text": (b"CLOISTER: not really a config\n" * 9, "BLOB_VERSION"),
        "more at its end": (good + b"\0", "BLOB_SIZE"),
        "a bit changed": (bytes(changed), "BLOB_CHECKSUM"),
        "magic": (blobs.with_header(good, magic=b"CLOISTEr"), "BLOB_MAGIC"),
        "version": (blobs.with_header(good, version=2), "BLOB_VERSION"),
        "arch": (blobs.with_header(good, arch=2), "BLOB_ARCH"),
        "kind": (blobs.with_header(good, kind=0), "BLOB_KIND"),
        "a cell": (blobs.raw("timer"), "BLOB_KIND"),
        "size": (blobs.with_header(good, size=len(good) - 8), "BLOB_SIZE"),
        "checksum": (blobs.with_header(good, checksum=0), "BLOB_CHECKSUM"),
        "no section": (blobs.with_header(good, nr_sections=0),
                       "BLOB_TABLE"),
        "17 sections": (blobs.with_header(good, nr_sections=17),
                        "BLOB_TABLE"),
        "2^32-1 sections": (blobs.with_header(good, nr_sections=2**32 - 1),
                            "BLOB_TABLE"),
        "no system": (with_sections(lambda s: s[1:]), "BLOB_KIND"),
        "two systems": (with_sections(lambda s: s + s[:1]),
                        "BLOB_SECTION_TWICE"),
        "no root cell": (with_sections(lambda s: s[:1] + s[2:]),
                         "BLOB_SECTION_MISSING"),
        "entry size": (with_sections(
            lambda s: [*s[:2], (s[2][0], 16, s[2][2]), *s[3:]]),
            "BLOB_ENTRY"),
        "a system of a newer version": (with_sections(
            lambda s: [(s[0][0], s[0][1] + 8, s[0][2] + b"\0\0\1" + bytes(5)),
                       *s[1:]]), "BLOB_FIELD_UNKNOWN"),
        "a system too short": (with_sections(
            lambda s: [(s[0][0], s[0][1] - 8, s[0][2][:-8]), *s[1:]]),
            "BLOB_ENTRY"),
        "half an entry": (with_sections(
            lambda s: [*s[:3], (s[3][0], s[3][1], s[3][2][:-8])]),
            "BLOB_ENTRY"),
    }


def content():
    """{name: (config, rule)}: a config, but not of this machine."""
    region = blobs.region
    return {
        # The hypervisor's memory
        "in Linux's RAM": (hypervisor_memory(LINUX + 256 * MIB),
                           "HV_MEM_BUSY"),
        "half in Linux's RAM": (
            hypervisor_memory(LINUX + 766 * MIB), "HV_MEM_BUSY"),
        "where no RAM is": (hypervisor_memory(0x4000000000), "MEM_NOT_RAM"),
        "behind the RAM's end": (
            hypervisor_memory(0xc0000000 - 2 * MIB), "MEM_NOT_RAM"),
        "a device": (hypervisor_memory(0x08000000), "MEM_NOT_RAM"),
        "not aligned": (hypervisor_memory(HYPERVISOR + 4096),
                        "HV_MEM_ALIGN"),
        "size not aligned": (hypervisor_memory(HYPERVISOR, 4 * MIB - 4096),
                             "HV_MEM_ALIGN"),
        "no size": (hypervisor_memory(HYPERVISOR, 0), "HV_MEM_ALIGN"),
        "wraps": (hypervisor_memory(2**64 - 2 * MIB), "CPU_PA_RANGE"),
        "overlaps root's": (hypervisor_memory(CELLS), "MEM_HYPERVISOR"),
        # Memory of root
        "region over the hypervisor": (
            memory(region(HYPERVISOR + 2 * MIB, 4096, flags=ROOT_RAM)),
            "MEM_HYPERVISOR"),
        "no RAM for Linux": (memory(without=LINUX), "MEM_ROOT_RAM_MISSING"),
        "too little RAM for Linux": (
            memory(region(LINUX, 767 * MIB, flags=ROOT_RAM), without=LINUX),
            "MEM_ROOT_RAM_MISSING"),
        "RAM that is not executable": (
            memory(region(LINUX, 768 * MIB, flags=READ | WRITE),
                   without=LINUX), "MEM_ROOT_RAM_MISSING"),
        "overlap": (memory(region(CELLS + 4096, 4096, flags=ROOT_RAM)),
                    "MEM_OVERLAP_VIRT"),
        "overlap behind other addresses": (
            memory(region(CELLS, 4096, 0x200000000, ROOT_RAM)),
            "MEM_OVERLAP_PHYS"),
        "not one-to-one": (
            memory(region(0x100000000, 4096, 0x200000000, ROOT_RAM)),
            "MEM_NOT_IDENTITY"),
        "address not aligned": (memory(region(0x100000800, 4096)),
                                "MEM_ALIGN"),
        "region of no size": (memory(region(0x100000000, 0)), "MEM_EMPTY"),
        "region that wraps": (memory(region(2**64 - 8192, 1 << 16)),
                              "MEM_WRAP"),
        "beyond what CPUs address": (
            memory(region(1 << 50, 4096, flags=ROOT_RAM)), "MEM_WRAP"),
        "unknown flag": (memory(region(0x100000000, 4096,
                                       flags=READ | 1 << 40)), "MEM_FLAGS"),
        "129 regions": (
            memory(*[region(0x100000000 + n * 4096, 4096, flags=READ)
                     for n in range(129)]), "MEM_COUNT"),
        "executable device": (memory(region(0x100000000, 4096,
                                            flags=READ | EXECUTE | IO)),
                              "MEM_IO_FLAGS"),
        "region over the distributor": (
            memory(region(0x08000000, 4096, flags=READ | WRITE | IO)),
            "MEM_GIC"),
        "region over a redistributor": (
            memory(region(0x080c0000, 4096, flags=READ | WRITE | IO)),
            "MEM_GIC"),
        # The interrupt controller
        "GICv2": (gic(version=2), "GIC_VERSION"),
        "GIC of no version": (gic(version=0), "GIC_VERSION"),
        "no maintenance interrupt": (gic(maintenance_irq=0),
                                     "GIC_MAINT_IRQ"),
        "maintenance interrupt is an SPI": (gic(maintenance_irq=33),
                                            "GIC_MAINT_IRQ"),
        "distributor where nothing is": (gic(gicd_base=0x0b000000),
                                         "GIC_GICD"),
        "distributor not aligned": (gic(gicd_base=0x08001000),
                                    "GIC_GICD_PLACE"),
        "distributor beyond": (gic(gicd_base=1 << 50), "GIC_GICD_PLACE"),
        "redistributors where nothing is": (gicr(0x0b000000, 8 * MIB),
                                            "GIC_GICR"),
        "redistributors too short": (gicr(0x080a0000, 2 * 0x20000),
                                     "GIC_GICR"),
        "no redistributors": (gicr(0, 0), "GIC_GICR"),
        "redistributors not aligned": (gicr(0x080a1000, 8 * MIB),
                                       "GIC_GICR_PLACE"),
        # The debug console
        "console in Linux's RAM": (console(LINUX + MIB), "MEM_CONSOLE"),
        "console in cells' RAM": (console(CELLS), "MEM_CONSOLE"),
        "console in the hypervisor": (console(HYPERVISOR),
                                      "CONSOLE_HYPERVISOR"),
        "console not aligned": (console(0x09000800), "CONSOLE_ALIGN"),
        "console of no known type": (console(0x09000000, 7), "CONSOLE_TYPE"),
        "console in the distributor": (console(0x08000000), "CONSOLE_DEVICE"),
        "flags of the system": (system(flags=2), "SYSTEM_FLAGS"),
        "root with an entry": (root(entry=0x40000000), "ROOT_FIELD"),
        # The rest
        "PCI not aligned": (system(pci={"mmconfig_base": 0x4010001000,
                                        "end_bus": 255, "domain": 0}),
                            "PCI_MMCONFIG"),
        "PCI with 257 buses": (system(pci={"mmconfig_base": 0x4010000000,
                                           "end_bus": 256, "domain": 0}),
                               "PCI_MMCONFIG"),
        "no CPU": (cpus(), "CPU_NONE"),
        "another CPU": (cpus(0, 1, 2, 0x100), "CPU_MPIDR"),
        "a CPU twice": (cpus(0, 1, 2, 3, 3), "CPU_COUNT|CPU_MPIDR_TWICE"),
        "65 CPUs": (cpus(*range(65)), "CPU_TOO_MANY"),
        "no name": (named(b""), "CELL_NAME"),
        "name with a space": (named(b"ro ot"), "CELL_NAME"),
        "name without an end": (named(b"x" * 32), "CELL_NAME"),
    }


def as_files(cases, tmp_path):
    """The cases as files of the machine: {dest: src}, {name: (path, rule)}"""
    files, paths = {}, {}
    for number, (name, (config, rule)) in enumerate(cases.items()):
        if isinstance(config, blobs.Config):
            config = config.encode()
        source = tmp_path / f"{number}.cell"
        source.write_bytes(config)
        files[f"bad/{number}.cell"] = source
        paths[name] = (f"/bad/{number}.cell", rule)
    return files, paths


# The rule of a header's field names it
FIELDS = {f"BLOB_{field.upper()}": f"header.{field}" for field in (
    "magic", "version", "arch", "kind", "size", "checksum")}


def refuse_all(cloister, command, paths):
    """Each must be refused for its reason; all that were not, at once."""
    wrong = []
    for name, (path, rule) in paths.items():
        code, output = cloister.run(f"cellctl {command} {path}")
        match = re.search(r"\(rule \d+ (\w+), ", output)
        if code != 1 or not match or not re.fullmatch(rule, match.group(1)):
            wrong.append(f"{name}: expected {rule}, exit code 1, but exit "
                         f"code {code}: {output}")
            if code == 0:
                cloister.run("cellctl disable")
        elif FIELDS.get(match.group(1), "") not in output:
            wrong.append(f"{name}: the field is not named: {output}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.fault(1, 3, 4, 5, 6, 7, 8)
def test_wrong_system_configs(machine_factory, tmp_path):
    files, paths = as_files({**structure(), **content()}, tmp_path)
    cloister = c.boot(machine_factory, enabled=False, files=files)
    cloister.insmod()
    before = cloister.leftovers()
    refuse_all(cloister, "enable", paths)

    # Each was said in the kernel's log, by one line.
    lines = [line for line in cloister.log() if "enable refused" in line]
    assert len(lines) == len(paths), "\n".join(cloister.log())
    assert cloister.json("status")["enabled"] is False
    assert cloister.leftovers() == before
    cloister.cpus_work()
    # A right one still is accepted.
    cloister.enable()
    cloister.cpus_work()
    cloister.disable()
    cloister.rmmod()


def truncate_all(machine_factory, step):
    """The config cut at many lengths, the ends of all parts among them."""
    size = len(blobs.raw(BASE))
    lengths = sorted({*range(0, size, step), *range(24, 32),
                      *range(28, 28 + 4 * 16, 8), size - 1})
    cloister = c.boot(machine_factory, enabled=False)
    cloister.insmod()
    output = cloister.must(
        f"for n in {' '.join(map(str, lengths))}; do "
        f"head -c $n /cloister/{BASE}.cell > /tmp/cut.cell; "
        "cellctl enable /tmp/cut.cell 2> /tmp/error; code=$?; "
        "[ $code = 1 ] && grep -q '(rule [0-9]* BLOB_' /tmp/error || "
        "echo $n: exit code $code: $(cat /tmp/error); done", timeout=300)
    assert not output, f"lengths that were not refused as they must:\n{output}"
    cloister.cpus_work()
    cloister.enable()
    cloister.disable()
    cloister.rmmod()


@pytest.mark.fault(2)
def test_truncated_system_config(machine_factory):
    truncate_all(machine_factory, 41)


@pytest.mark.fault(2)
@pytest.mark.long
def test_system_config_truncated_everywhere(machine_factory):
    truncate_all(machine_factory, 1)
