# SPDX-License-Identifier: GPL-2.0-only
"""The structures and numbers of include/cloister/config.h.

A unit test compiles config.h and compares every size, offset and constant
with what stands here.
"""

import struct

BLOB_MAGIC = b"CLOISTER"
BLOB_VERSION = 1
BLOB_MAX_SIZE = 64 * 1024
MAX_SECTIONS = 16
MAX_CPUS = 64
MAX_MEM_REGIONS = 128
MAX_SPIS = 988
MAX_POOLS = 8
MAX_SMC_RULES = 32
MAX_PCI_DEVICES = 64
MAX_IOMMUS = 8
MAX_DEVICES = 32
MAX_DEVICE_IRQS = 4
COMPATIBLE_SIZE = 96
NAME_SIZE = 32
MAX_GICR_REGIONS = 4

ARCH_ARM64 = 1
KIND_SYSTEM = 1
KIND_CELL = 2

SECTION_SYSTEM = 1
SECTION_CELL = 2
SECTION_CPUS = 3
SECTION_MEM = 4
SECTION_SPIS = 5
SECTION_PCI = 6
SECTION_SMC = 7
SECTION_POOLS = 8
SECTION_IOMMUS = 9
SECTION_DEVICES = 10

ARCHES = {ARCH_ARM64: "arm64"}
KINDS = {KIND_SYSTEM: "system", KIND_CELL: "cell"}
SECTIONS = {
    SECTION_SYSTEM: "system",
    SECTION_CELL: "cell",
    SECTION_CPUS: "cpus",
    SECTION_MEM: "mem_regions",
    SECTION_SPIS: "spis",
    SECTION_PCI: "pci_devices",
    SECTION_SMC: "smc_rules",
    SECTION_POOLS: "pools",
    SECTION_IOMMUS: "iommus",
    SECTION_DEVICES: "devices",
}
CONSOLES = {0: "none", 1: "pl011", 2: "virtual", 3: "uart8250",
            4: "sbsa_uart"}
UART_FLAGS = {1 << 0: "STRIDE_4", 1 << 1: "WIDTH_4", 1 << 2: "LOG"}
IRQ_MODES = {0: "virtual", 1: "direct", 2: "direct-eoi"}
ON_VIOLATION = {0: "inject", 1: "fail"}
IOMMUS = {1: "smmuv3"}
ON_FAILURE = {0: "stop", 1: "restart"}
CELL_FLAGS = {1 << 0: "PASSIVE", 1 << 1: "RELOAD"}
NO_MITIGATIONS = 1 << 0
SYSTEM_FLAGS = {NO_MITIGATIONS: "NO_MITIGATIONS"}
DEVICE_FLAGS = {1 << 0: "DMA_COHERENT"}
MEM_ALLOC = 1 << 10
MEM_FLAGS = {
    1 << 0: "READ",
    1 << 1: "WRITE",
    1 << 2: "EXECUTE",
    1 << 3: "DMA",
    1 << 4: "IO",
    1 << 5: "COMM",
    1 << 6: "LOADABLE",
    1 << 7: "ROOTSHARED",
    1 << 8: "ASSIGNABLE",
    1 << 9: "NONCACHEABLE",
    MEM_ALLOC: "ALLOC",
    1 << 11: "LAZY",
    1 << 12: "IO_8",
    1 << 13: "IO_16",
    1 << 14: "IO_32",
    1 << 15: "IO_64",
}


class Layout:
    """A C structure without padding: names, formats, and nothing else.

    A field is (name, format) or (name, format, count); the format is a
    character of the struct module, "<n>s" for bytes, or another Layout.
    """

    def __init__(self, name, *fields):
        self.name = name
        self.fields = []
        self.size = 0
        for field_name, fmt, *count in fields:
            nested = isinstance(fmt, Layout)
            size = fmt.size if nested else struct.calcsize("<" + fmt)
            number = count[0] if count else None
            self.fields.append((field_name, fmt, number, self.size, size))
            self.size += size * (number or 1)

    def offset(self, name):
        """Offset of one field."""
        return next(f[3] for f in self.fields if f[0] == name)

    @staticmethod
    def _decode_one(fmt, data, offset):
        if isinstance(fmt, Layout):
            return fmt.decode(data, offset)
        return struct.unpack_from("<" + fmt, data, offset)[0]

    @staticmethod
    def _encode_one(fmt, value):
        if isinstance(fmt, Layout):
            return fmt.encode(value)
        return struct.pack("<" + fmt, value)

    def decode(self, data, start=0):
        """Bytes at an offset to a dict."""
        result = {}
        for name, fmt, number, offset, size in self.fields:
            at = start + offset
            if number is None:
                result[name] = self._decode_one(fmt, data, at)
            else:
                result[name] = [self._decode_one(fmt, data, at + i * size)
                                for i in range(number)]
        return result

    def encode(self, values=None):
        """A dict to bytes; what it does not name is 0."""
        values = values or {}
        unknown = set(values) - {f[0] for f in self.fields}
        if unknown:
            raise KeyError(f"{self.name} has no {', '.join(sorted(unknown))}")
        result = bytearray(self.size)
        for name, fmt, number, offset, size in self.fields:
            if name not in values:
                continue
            items = [values[name]] if number is None else values[name]
            if number is not None and len(items) > number:
                raise ValueError(f"{self.name}.{name}: more than {number}")
            for i, item in enumerate(items):
                at = offset + i * size
                result[at:at + size] = self._encode_one(fmt, item)
        return bytes(result)


HEADER = Layout(
    "cl_blob_header",
    ("magic", "8s"), ("version", "H"), ("arch", "B"), ("kind", "B"),
    ("size", "I"), ("checksum", "I"), ("nr_sections", "I"))
SECTION = Layout(
    "cl_section",
    ("type", "I"), ("offset", "I"), ("size", "I"), ("entry_size", "I"))
RANGE = Layout("cl_range", ("start", "Q"), ("size", "Q"))
CONSOLE = Layout("cl_console", ("address", "Q"), ("type", "I"), ("flags", "I"))
GIC = Layout(
    "cl_gic",
    ("version", "I"), ("maintenance_irq", "I"), ("gicd_base", "Q"),
    ("gicr", RANGE, MAX_GICR_REGIONS))
PCI = Layout(
    "cl_pci", ("mmconfig_base", "Q"), ("end_bus", "I"), ("domain", "I"))
SYSTEM = Layout(
    "cl_system",
    ("hypervisor_memory", RANGE), ("debug_console", CONSOLE), ("gic", GIC),
    ("pci", PCI), ("flags", "Q"))
POWER_BUTTON = Layout(
    "cl_power_button", ("address", "Q"), ("irq", "I"), ("reserved", "I"))
CELL = Layout(
    "cl_cell",
    ("name", f"{NAME_SIZE}s"), ("entry", "Q"), ("console", CONSOLE),
    ("irq_mode", "I"), ("on_violation", "I"), ("shutdown_timeout_ms", "I"),
    ("flags", "I"), ("args", "Q", 4), ("on_failure", "I"),
    ("max_restarts", "I"), ("console_irq", "I"), ("reserved", "I"),
    ("power_button", POWER_BUTTON))
MEM_REGION = Layout(
    "cl_mem_region",
    ("phys_start", "Q"), ("virt_start", "Q"), ("size", "Q"), ("flags", "Q"))

SMC_ARG = Layout("cl_smc_arg", ("mask", "Q"), ("value", "Q"))
SMC_RULE = Layout(
    "cl_smc_rule", ("function", "I"), ("ignore", "I"), ("args", SMC_ARG, 4))
PCI_DEVICE = Layout(
    "cl_pci_device",
    ("domain", "I"), ("bdf", "I"), ("flags", "I"), ("reserved", "I"))
IOMMU = Layout(
    "cl_iommu", ("type", "I"), ("flags", "I"), ("regs", RANGE))
DEVICE = Layout(
    "cl_device",
    ("compatible", f"{COMPATIBLE_SIZE}s"), ("name", f"{NAME_SIZE}s"),
    ("address", "Q"), ("size", "Q"), ("irqs", "I", MAX_DEVICE_IRQS),
    ("edge", "I"), ("clock_hz", "I"), ("flags", "I"), ("reserved", "I"))

# What GICv2 has in the place of redistributors, in this order
GICV2_FRAMES = ("gicc", "gich", "gicv")


def gic_frames(gic):
    """[(field, {"start", "size"})] of what a GIC has beside its
    distributor."""
    names = GICV2_FRAMES if gic["version"] == 2 else \
        [f"gicr[{i}]" for i in range(MAX_GICR_REGIONS)]
    return [(name, r) for name, r in zip(names, gic["gicr"]) if r["size"]]


def gicd_size(gic):
    return 0x1000 if gic["version"] == 2 else 0x10000


LAYOUTS = (HEADER, SECTION, RANGE, CONSOLE, GIC, PCI, SYSTEM, CELL, MEM_REGION,
           SMC_ARG, SMC_RULE, PCI_DEVICE, IOMMU, DEVICE)
