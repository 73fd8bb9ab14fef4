# SPDX-License-Identifier: GPL-2.0-only
"""A config for people (text) and for programs (JSON).

In JSON, addresses and what else is read in hexadecimal are strings ("0x..."):
they have 64 bits, which many readers of JSON numbers do not. Sizes, counts
and IDs are numbers.
"""

from . import abi


def flag_names(flags, names):
    """Names of the set bits; unknown ones in hexadecimal."""
    result = [name for bit, name in names.items() if flags & bit]
    unknown = flags & ~sum(names)
    if unknown:
        result.append(hex(unknown))
    return result


def name_of(number, names):
    """Name of a number of an enum, or the number itself as text."""
    return names.get(number, str(number))


def _console(console):
    return {"type": name_of(console["type"], abi.CONSOLES),
            "address": hex(console["address"]),
            "flags": flag_names(console["flags"], abi.UART_FLAGS)}


def _range(value):
    return {"start": hex(value["start"]), "size": value["size"]}


def _frames(gic):
    if gic["version"] == 2:
        return {name: _range(r) for name, r in abi.gic_frames(gic)}
    return {"gicr": [_range(r) for _, r in abi.gic_frames(gic)]}


def _system(system):
    gic, pci = system["gic"], system["pci"]
    return {
        "hypervisor_memory": _range(system["hypervisor_memory"]),
        "debug_console": _console(system["debug_console"]),
        "gic": {
            "version": gic["version"],
            "maintenance_irq": gic["maintenance_irq"],
            "gicd_base": hex(gic["gicd_base"]),
            **_frames(gic),
        },
        "pci": {
            "mmconfig_base": hex(pci["mmconfig_base"]),
            "end_bus": pci["end_bus"],
            "domain": pci["domain"],
        },
        "flags": flag_names(system["flags"], abi.SYSTEM_FLAGS),
    }


def _cell(config):
    cell = config.cell
    return {
        "name": config.name,
        "entry": hex(cell["entry"]),
        "console": _console(cell["console"]),
        "console_irq": cell["console_irq"],
        "power_button": {"address": hex(cell["power_button"]["address"]),
                         "irq": cell["power_button"]["irq"]},
        "irq_mode": name_of(cell["irq_mode"], abi.IRQ_MODES),
        "on_violation": name_of(cell["on_violation"], abi.ON_VIOLATION),
        "on_failure": name_of(cell["on_failure"], abi.ON_FAILURE),
        "max_restarts": cell["max_restarts"],
        "shutdown_timeout_ms": cell["shutdown_timeout_ms"],
        "flags": flag_names(cell["flags"], abi.CELL_FLAGS),
        "args": [hex(a) for a in cell["args"]],
    }


def _region(region):
    # Memory of a pool has no address before the cell exists
    place = ({"pool": region["phys_start"]}
             if region["flags"] & abi.MEM_ALLOC
             else {"phys_start": hex(region["phys_start"])})
    return {**place,
            "virt_start": hex(region["virt_start"]),
            "size": region["size"],
            "flags": flag_names(region["flags"], abi.MEM_FLAGS)}


def _smc_rule(rule):
    return {"function": hex(rule["function"]), "ignore": hex(rule["ignore"]),
            "args": [{"mask": hex(a["mask"]), "value": hex(a["value"])}
                     for a in rule["args"]]}


def bdf_name(device):
    """A PCI function as Linux writes it."""
    bdf = device["bdf"]
    return (f"{device['domain']:04x}:{bdf >> 8:02x}:{bdf >> 3 & 31:02x}"
            f".{bdf & 7}")


def _iommu(iommu):
    return {"type": name_of(iommu["type"], abi.IOMMUS),
            "flags": hex(iommu["flags"]), "regs": _range(iommu["regs"])}


def text_of(field):
    """The text in a field of fixed size. Nobody has checked it yet: what could
    drive a terminal is shown as its number."""
    return "".join(chr(c) if 0x20 <= c < 0x7f else f"\\x{c:02x}"
                   for c in field.split(b"\0")[0])


def device_irqs(device):
    """[(INTID, whether it is an edge)]"""
    return [(irq, bool(device["edge"] >> i & 1))
            for i, irq in enumerate(device["irqs"]) if irq]


def device_name(device):
    """The node of a device."""
    return f"{text_of(device['name']) or 'device'}@{device['address']:x}"


def _device(device):
    return {"node": device_name(device),
            "compatible": text_of(device["compatible"]).split(),
            "address": hex(device["address"]), "size": device["size"],
            "irqs": [{"irq": irq, "edge": edge}
                     for irq, edge in device_irqs(device)],
            "clock_hz": device["clock_hz"],
            "flags": flag_names(device["flags"], abi.DEVICE_FLAGS)}


def to_dict(config):
    """What `show --json` prints."""
    header = config.header
    is_system = config.system is not None
    result = {
        "kind": abi.KINDS[header["kind"]],
        "version": header["version"],
        "arch": abi.ARCHES[header["arch"]],
        "size": header["size"],
        "checksum": hex(header["checksum"]),
        "sections": [
            {"type": abi.SECTIONS[s["type"]], "offset": s["offset"],
             "size": s["size"], "entry_size": s["entry_size"]}
            for s in config.sections],
    }
    if is_system:
        result["system"] = _system(config.system)
    result["cell"] = _cell(config)
    # In a system these are MPIDR affinities, in a cell CPU numbers.
    result["cpus"] = [hex(c) if is_system else c for c in config.cpus]
    result["mem_regions"] = [_region(r) for r in config.mem]
    result["spis"] = config.spis
    if is_system:
        result["pools"] = [_range(p) for p in config.pools]
        result["iommus"] = [_iommu(i) for i in config.iommus]
    else:
        result["smc_rules"] = [_smc_rule(r) for r in config.smc_rules]
        result["pci_devices"] = [bdf_name(d) for d in config.pci_devices]
        result["devices"] = [_device(d) for d in config.devices]
    return result


def human_size(size):
    """A size in the largest unit that divides it."""
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size and size % (1 << shift) == 0:
            return f"{size >> shift} {unit}"
    return f"{size} bytes"


def human_range(start, size):
    """First and last address of a range, and its size."""
    last = max(start + size - 1, start)
    return f"{start:#x}..{last:#x} ({human_size(size)})"


def _console_text(console):
    text = name_of(console["type"], abi.CONSOLES)
    if console["address"]:
        text += f" at {console['address']:#x}"
    flags = flag_names(console["flags"], abi.UART_FLAGS)
    return f"{text}: {' '.join(flags)}" if flags else text


def _system_lines(system):
    gic, pci, memory = (system["gic"], system["pci"],
                        system["hypervisor_memory"])
    yield ("hypervisor_memory: "
           + human_range(memory["start"], memory["size"]))
    yield "debug_console:     " + _console_text(system["debug_console"])
    yield (f"gic:               version {gic['version']}, maintenance_irq"
           f" {gic['maintenance_irq']}, gicd_base {gic['gicd_base']:#x}")
    for name, region in abi.gic_frames(gic):
        yield (f"gic.{name}:".ljust(19)
               + human_range(region["start"], region["size"]))
    if pci["mmconfig_base"]:
        yield (f"pci:               domain {pci['domain']}, mmconfig_base"
               f" {pci['mmconfig_base']:#x}, end_bus {pci['end_bus']}")
    else:
        yield "pci:               none"
    flags = flag_names(system["flags"], abi.SYSTEM_FLAGS)
    if flags:
        yield "flags:             " + " ".join(flags)


def _cell_lines(config):
    cell = config.cell
    flags = flag_names(cell["flags"], abi.CELL_FLAGS)
    timeout = cell["shutdown_timeout_ms"]
    yield f"cell:              {config.name}"
    yield f"entry:             {cell['entry']:#x}"
    yield ("console:           " + _console_text(cell["console"])
           + (f", interrupt {cell['console_irq']}"
              if cell["console_irq"] else ""))
    button = cell["power_button"]
    if button["address"]:
        yield (f"power button:      at {button['address']:#x}, interrupt"
               f" {button['irq']}")
    yield ("policies:          interrupts "
           + name_of(cell["irq_mode"], abi.IRQ_MODES) + ", on violation "
           + name_of(cell["on_violation"], abi.ON_VIOLATION)
           + (", on failure restart, " + str(cell["max_restarts"]) + " times"
              if cell["on_failure"] == 1 else "")
           + ", shutdown after "
           + (f"{timeout} ms" if timeout else "the default time"))
    if flags:
        yield "flags:             " + " ".join(flags)
    if any(cell["args"]):
        yield ("args:              "
               + " ".join(hex(a) for a in cell["args"]))


def _region_place(region):
    if region["flags"] & abi.MEM_ALLOC:
        return (f"{human_size(region['size'])} of pool"
                f" {region['phys_start']} at IPA {region['virt_start']:#x}")
    where = human_range(region["phys_start"], region["size"])
    if region["virt_start"] != region["phys_start"]:
        where += f" at IPA {region['virt_start']:#x}"
    return where


def _smc_text(rule):
    text = f"{rule['function']:#x}"
    if rule["ignore"]:
        text += f", whatever {rule['ignore']:#x} is"
    for i, arg in enumerate(rule["args"]):
        if arg["mask"]:
            text += f", if x{i + 1} & {arg['mask']:#x} == {arg['value']:#x}"
    return text


def device_text(device):
    """What a device is, behind its name."""
    text = f"{text_of(device['compatible'])}, {human_size(device['size'])}"
    for irq, edge in device_irqs(device):
        text += f", interrupt {irq}" + (" (edge)" if edge else "")
    if device["clock_hz"]:
        text += f", clock {device['clock_hz']} Hz"
    flags = flag_names(device["flags"], abi.DEVICE_FLAGS)
    return f"{text}: {' '.join(flags)}" if flags else text


def _other_lines(config):
    for i, rule in enumerate(config.smc_rules):
        yield f"{f'smc_rules[{i}]:':18} " + _smc_text(rule)
    if config.pci_devices:
        yield ("pci_devices:       "
               + " ".join(bdf_name(d) for d in config.pci_devices))
    for i, device in enumerate(config.devices):
        yield (f"{f'devices[{i}]:':18} {device_name(device)}, "
               + device_text(device))
    for i, iommu in enumerate(config.iommus):
        regs = iommu["regs"]
        yield (f"{f'iommus[{i}]:':18} {name_of(iommu['type'], abi.IOMMUS)} at "
               + human_range(regs["start"], regs["size"]))


def to_text(config):
    """What `show` prints, without the file's name."""
    header = config.header
    lines = [f"{abi.KINDS[header['kind']]} config, version"
             f" {header['version']}, {abi.ARCHES[header['arch']]},"
             f" {header['size']} bytes, checksum {header['checksum']:#010x}"]
    if config.system is not None:
        lines += _system_lines(config.system)
    lines += _cell_lines(config)

    if config.system is not None:
        cpus = " ".join(hex(c) for c in config.cpus)
        lines.append(f"cpus:              {len(config.cpus)}, MPIDR {cpus}")
    else:
        cpus = " ".join(str(c) for c in config.cpus)
        lines.append(f"cpus:              {cpus}")
    for i, region in enumerate(config.mem):
        where = _region_place(region)
        flags = " ".join(flag_names(region["flags"], abi.MEM_FLAGS))
        lines.append(f"{f'mem_regions[{i}]:':18} {where}: {flags}")
    if config.spis:
        lines.append("spis:              "
                     + " ".join(str(s) for s in config.spis))
    for i, pool in enumerate(config.pools):
        lines.append(f"{f'pools[{i}]:':18} "
                     + human_range(pool["start"], pool["size"]))
    lines += _other_lines(config)
    return "\n".join(lines)
