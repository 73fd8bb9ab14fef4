# SPDX-License-Identifier: GPL-2.0-only
"""What a machine is, from the files of its Linux."""

import re
from dataclasses import dataclass, field

from .. import abi
from . import CreateError, acpi, devicetree
from .ranges import inside
from .target import parse_interrupts, parse_iomem, parse_list

GICV3 = ("arm,gic-v3",)
GICV2 = ("arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic",
         "arm,cortex-a9-gic", "arm,eb11mp-gic", "arm,pl390")
UARTS = ("arm,pl011", "arm,sbsa-uart")
ECAM = ("pci-host-ecam-generic",)
CPU_FOLDER = "/sys/devices/system/cpu"
PCI_FOLDER = "/sys/bus/pci/devices"
AFFINITY = 0xff00ffffff
DEFAULT_MAINTENANCE_IRQ = 25
# Of PCI's first address cell
PCI_SPACE, PCI_PREFETCHABLE, PCI_IO = 0x03000000, 0x40000000, 0x01000000


@dataclass(frozen=True)
class Device:
    """Registers that Linux may touch."""

    start: int
    end: int
    name: str
    cached: bool = False    # rather normal memory without caches than IO
    spis: tuple = ()


@dataclass(frozen=True)
class Reserved:
    """A node below /reserved-memory."""

    name: str
    ranges: tuple
    no_map: bool


@dataclass(frozen=True)
class PciDevice:
    """A PCI device, for those who read the config."""

    address: str
    ids: str
    kind: str
    driver: str


@dataclass
class Machine:
    """All facts. Ranges are (start, end)."""

    model: str = ""
    is_acpi: bool = False
    cmdline: str = ""
    cpus: list = field(default_factory=list)        # MPIDR affinities
    offline: list = field(default_factory=list)     # Linux's numbers
    banks: list = field(default_factory=list)
    system_ram: list = field(default_factory=list)
    reserved_ram: list = field(default_factory=list)
    reserved: list = field(default_factory=list)
    gic: dict = None
    console: int = None
    pci: dict = None
    pci_devices: list = field(default_factory=list)
    devices: list = field(default_factory=list)
    spis: dict = field(default_factory=dict)        # SPI: who uses it
    address_cells: int = 2
    size_cells: int = 2
    is_efi: bool = False
    notes: list = field(default_factory=list)

    @property
    def has_limit(self):
        """Was Linux told to use a part of the RAM only?"""
        return bool(re.search(r"(^|\s)mem=", self.cmdline))


def read(target):
    """Everything about a machine. Raises CreateError."""
    machine = Machine(cmdline=target.text("/proc/cmdline").strip(),
                      is_efi=target.exists("/sys/firmware/efi"))
    root = devicetree.read(target)
    tables = None if root else acpi.read(target)
    if root is None and tables is None:
        raise CreateError("this machine has neither a device tree"
                          " (/proc/device-tree) nor the ACPI table APIC in "
                          + acpi.TABLES)
    iomem = parse_iomem(target.text("/proc/iomem"))
    if not iomem:
        raise CreateError("/proc/iomem is empty")
    machine.system_ram = [(s, e) for s, e, depth, name in iomem
                          if depth == 0 and name == "System RAM"]
    machine.spis = parse_interrupts(target.text("/proc/interrupts"))
    if root:
        from_tree(machine, target, devicetree.Tree(root))
    else:
        from_tables(machine, target, tables)
    from_iomem(machine, iomem)
    read_pci_devices(machine, target)
    check_boot(machine)
    return machine


def check_boot(machine):
    """What enable would refuse, because of how Linux was booted."""
    if machine.offline:
        numbers = ", ".join(map(str, machine.offline))
        machine.notes.append(
            f"CPU {numbers} is offline: all CPUs of the config must be online"
            " at enable")
    missing = [word for word in ("kvm-arm.mode=none", "id_aa64mmfr1.vh=0")
               if word not in machine.cmdline.split()]
    if missing:
        machine.notes.append(
            "the kernel was booted without " + " and ".join(missing)
            + ": enable may refuse this kernel, see Documentation/"
            "getting-started.md")


# CPUs

def read_cpus(machine, target, mpidr_of):
    """CPUs in Linux's order, so that both use the same numbers."""
    present = parse_list(target.text(f"{CPU_FOLDER}/present"))
    online = parse_list(target.text(f"{CPU_FOLDER}/online"))
    if not present:
        raise CreateError(f"{CPU_FOLDER}/present names no CPU")
    for number in present:
        mpidr = mpidr_of(number)
        if mpidr is None:
            raise CreateError(f"the MPIDR of CPU {number} cannot be found:"
                              f" {CPU_FOLDER}/cpu{number} has no link to a"
                              " CPU of the firmware")
        machine.cpus.append(mpidr & AFFINITY)
    if present != list(range(len(present))):
        machine.notes.append("CPUs are not numbered from 0 without a gap:"
                             " numbers in cell configs are positions in the"
                             " list CPUS")
    machine.offline = [n for n in present if n not in online]
    if len(machine.cpus) > abi.MAX_CPUS:
        raise CreateError(f"{len(machine.cpus)} CPUs, at most {abi.MAX_CPUS}"
                          " are possible")


def cpus_from_tree(machine, target, tree):
    """MPIDRs from the nodes that Linux links its CPUs with."""
    def mpidr_of(number):
        link = target.link(f"{CPU_FOLDER}/cpu{number}/of_node") or ""
        path = link.partition("devicetree/base/")[2]
        node = tree.root.below(path) if path else None
        return node.number("reg") if node else None

    read_cpus(machine, target, mpidr_of)


def cpus_from_tables(machine, target, tables):
    """MPIDRs by the processor's UID, else in the order of the table."""
    by_uid = dict(tables.cpus)

    def mpidr_of(number):
        uid = target.text(f"{CPU_FOLDER}/cpu{number}/firmware_node/uid")
        if uid.strip().isdigit():
            return by_uid.get(int(uid))
        return tables.cpus[number][1] if number < len(tables.cpus) else None

    read_cpus(machine, target, mpidr_of)


# Machines with a device tree

def from_tree(machine, target, tree):
    """All that the device tree knows."""
    root = tree.root
    machine.model = root.string("model") or root.string("compatible")
    machine.address_cells, machine.size_cells = (root.address_cells,
                                                 root.size_cells)
    cpus_from_tree(machine, target, tree)
    for node in root.children:
        if node.string("device_type") == "memory" and node.enabled:
            machine.banks += [r for r in node.reg() if r]
    reserved = root.below("reserved-memory")
    for node in reserved.children if reserved else ():
        ranges = tuple(r for r in node.reg() if r)
        if ranges and node.enabled:
            machine.reserved.append(
                Reserved(node.name, ranges, "no-map" in node.props))
    gic = gic_from_tree(machine, tree)
    console = tree.stdout()
    if console and console.is_compatible(*UARTS) and any(console.reg()):
        machine.console = console.reg()[0][0]
    for node in root:
        if node.is_compatible(*ECAM) and node.enabled and not machine.pci:
            machine.pci = ecam_of(node)
        machine.devices += devices_of(node, tree, gic)


def gic_from_tree(machine, tree):
    """The interrupt controller that the CPUs have."""
    node = next((n for n in tree.root if n.enabled
                 and n.is_compatible(*GICV3, *GICV2)), None)
    if node is None:
        raise CreateError("the device tree has no GIC that is known: "
                          + ", ".join(GICV3 + GICV2))
    regs = node.reg()
    if not regs or None in regs:
        raise CreateError(f"{node.path}: its registers cannot be reached")
    version = 3 if node.is_compatible(*GICV3) else 2
    count = node.number("#redistributor-regions", 1) if version == 3 else 0
    # Its own interrupt, in the format that it sets for others
    irq = next((i for i in (devicetree.to_intid(node.cells("interrupts")),)
                if i is not None and 16 <= i < 32), None)
    if irq is None:
        irq = DEFAULT_MAINTENANCE_IRQ
        machine.notes.append(f"{node.path} names no maintenance interrupt:"
                             f" {irq} is the usual one")
    frames = regs[1:1 + count]
    if version == 2:
        frames = gicv2_frames(*(r[0] for r in regs[1:4]),
                              aliased=len(regs) > 1
                              and regs[1][1] - regs[1][0] == 0x20000)
    set_gic(machine, version, irq, regs[0][0], frames)
    return node


def gicv2_frames(gicc=0, gich=0, gicv=0, aliased=False):
    """What a GICv2 has beside its distributor: no more than there is behind
    each address, whatever the firmware says."""
    if not gicc or not gich or not gicv:
        raise CreateError("this GICv2 has no virtual CPU interface, which a"
                          " hypervisor needs")
    size = 0x20000 if aliased else 0x2000
    return [(gicc, gicc + size), (gich, gich + 0x1000), (gicv, gicv + size)]


def set_gic(machine, version, irq, gicd, gicr):
    """Note the interrupt controller, as the config has it."""
    if len(gicr) > abi.MAX_GICR_REGIONS:
        raise CreateError(f"{len(gicr)} regions of redistributors, at most"
                          f" {abi.MAX_GICR_REGIONS} are possible")
    machine.gic = {
        "version": version, "maintenance_irq": irq, "gicd_base": gicd,
        "gicr": [{"start": s, "size": e - s} for s, e in gicr]}


def ecam_of(node):
    """A host bridge as the config has it; None if it is of another kind."""
    first, last = (node.cells("bus-range") + [0, 255])[:2]
    reg = node.reg()[:1]
    if first or not reg or not reg[0] or reg[0][0] % (1 << 20):
        return None
    last = min(last, (reg[0][1] - reg[0][0]) // (1 << 20) - 1)
    if last < 0:
        return None
    return {"mmconfig_base": reg[0][0], "end_bus": last,
            "domain": node.number("linux,pci-domain", 0)}


def has_registers(node):
    """Does a node's "reg" mean registers at addresses of the CPUs?"""
    if not node.parent or not node.enabled:
        return False
    if node.string("device_type") in ("memory", "cpu"):
        return False
    while node is not None:
        if node.name == "reserved-memory" or (
                node.parent and node.parent.string("device_type") == "pci"):
            return False
        node = node.parent
    return True


def devices_of(node, tree, gic):
    """The register ranges of a node, and a host bridge's windows."""
    if not has_registers(node) or node is gic:
        return
    spis = tuple(i for i in tree.interrupts(node, gic) if i >= 32)
    for reg in node.reg():
        if reg:
            yield Device(*reg, node.name,
                         cached=node.is_compatible("mmio-sram"), spis=spis)
    if node.string("device_type") == "pci":
        cells = node.cells("ranges")
        step = 3 + node.parent.address_cells + node.size_cells
        for i, (_, address, size) in enumerate(node.windows()):
            start = node.parent.to_cpu(address)
            flags = cells[i * step]
            if start is not None and size:
                is_io = flags & PCI_SPACE == PCI_IO
                yield Device(start, start + size, node.name + (
                    " I/O ports" if is_io else " memory"),
                    cached=bool(flags & PCI_PREFETCHABLE) and not is_io)


# Machines with ACPI

def from_tables(machine, target, tables):
    """All that ACPI's static tables know."""
    machine.is_acpi = True
    machine.model = target.text("/sys/class/dmi/id/product_name").strip() \
        or "a machine with ACPI"
    cpus_from_tables(machine, target, tables)
    if tables.gicd is None:
        raise CreateError(f"{acpi.TABLES}/APIC names no GIC distributor")
    version = {0: 3 if tables.gicr else 2, 4: 3}.get(tables.version,
                                                     tables.version)
    frames = tables.gicr if version != 2 else gicv2_frames(*tables.gicv2)
    set_gic(machine, version, tables.maintenance_irq
            or DEFAULT_MAINTENANCE_IRQ, tables.gicd, frames)
    machine.devices += [Device(*its, "ITS") for its in tables.its]
    if tables.ecam:
        base, segment, first, last = tables.ecam
        if not first and not base % (1 << 20):
            machine.pci = {"mmconfig_base": base, "end_bus": last,
                           "domain": segment}
    if tables.console:
        machine.console = tables.console
        machine.devices.append(Device(tables.console, tables.console + 4096,
                                      "UART of SPCR"))
    low = min((s for s, _ in machine.system_ram), default=0)
    machine.devices.append(Device(0, low, "below RAM, for ACPI's own code"))
    machine.notes.append(
        "ACPI does not list what its own code (AML) touches, nor the PCI"
        " window of I/O ports. Root gets all below the RAM; compare the rest"
        " of mem_regions with the manual of the machine")


# What Linux itself has noted

def from_iomem(machine, iomem):
    """Registers that no description has, and memory that is reserved."""
    banks = [*machine.banks, *machine.system_ram]
    known = [(d.start, d.end) for d in machine.devices]
    low = min((s for s, _ in machine.system_ram), default=0)
    for start, end, depth, name in iomem:
        if depth or name == "System RAM":
            continue
        in_bank = any(s <= start and end <= e for s, e in banks)
        if in_bank or (name == "reserved" and start >= low):
            machine.reserved_ram.append((start, end))
        elif not inside((start, end), known):
            # UEFI's own memory: perhaps its flash, perhaps RAM
            machine.devices.append(Device(start, end, name,
                                          cached=name == "reserved"))


def read_pci_devices(machine, target):
    """The PCI devices of now."""
    for address in target.names(PCI_FOLDER):
        folder = f"{PCI_FOLDER}/{address}"

        def word(name, folder=folder):
            return target.text(f"{folder}/{name}").strip()[2:]

        driver = (target.link(f"{folder}/driver") or "").rpartition("/")[2]
        machine.pci_devices.append(PciDevice(
            address, f"{word('vendor')}:{word('device')}", word("class"),
            driver))
