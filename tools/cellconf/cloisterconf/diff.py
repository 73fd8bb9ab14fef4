# SPDX-License-Identifier: GPL-2.0-only
"""What changed between two configs, field by field.

Regions, CPUs, interrupts and devices are compared by what they are, not by
where they stand in their lists. Whatever field the structures of abi.py have is compared:
one that is added there needs nothing here.
"""

from dataclasses import dataclass, fields

from . import abi
from .show import flag_names, human_range, human_size, name_of, text_of

# Lists with a comparison of their own; all else in a Config is walked.
OWN = ("header", "sections", "cpus", "mem", "spis", "pools")
HEADER = ("version", "arch", "kind")
NAMES = {"arch": abi.ARCHES, "kind": abi.KINDS, "console.type": abi.CONSOLES,
         "debug_console.type": abi.CONSOLES, "irq_mode": abi.IRQ_MODES,
         "on_violation": abi.ON_VIOLATION, "on_failure": abi.ON_FAILURE}
DECIMAL = ("version", "maintenance_irq", "end_bus", "domain", "pool",
           "shutdown_timeout_ms", "max_restarts", "console_irq", "irq",
           "irqs", "clock_hz")


FLAGS = {"cell": abi.CELL_FLAGS, "system": abi.SYSTEM_FLAGS,
         "devices": abi.DEVICE_FLAGS}


@dataclass(frozen=True)
class Change:
    """One difference: what was added, removed or changed, and where."""

    path: str
    kind: str
    old: object
    new: object
    text: str


def value_text(path, value):
    """A field's value for people."""
    field = path.rpartition(".")[2].partition("[")[0]
    last_two = ".".join(path.split(".")[-2:])
    if value is None:
        return "nothing"
    if isinstance(value, bytes):
        return text_of(value) or "empty"
    if not isinstance(value, int):
        return str(value)
    for name in (field, last_two):
        if name in NAMES:
            return name_of(value, NAMES[name])
    if field == "size":
        return human_size(value)
    return str(value) if field in DECIMAL else hex(value)


def plain(value):
    """A value for JSON: bytes as text, numbers as they are."""
    if isinstance(value, bytes):
        return text_of(value)
    return value


def deep_plain(value):
    """A structure for JSON."""
    if isinstance(value, dict):
        return {key: deep_plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [deep_plain(item) for item in value]
    return plain(value)


def flags_text(old, new, names):
    """Which flags came and went."""
    gained = flag_names(new & ~old, names)
    lost = flag_names(old & ~new, names)
    return ", ".join(verb + " " + " ".join(flags) for verb, flags in
                     (("gained", gained), ("lost", lost)) if flags)


def walk(path, old, new, names=None):
    """Compare two values of the same place, dicts and lists inside."""
    if (old is None) != (new is None) and isinstance(old or new, dict):
        kind = "added" if old is None else "removed"
        yield Change(path, kind, deep_plain(old), deep_plain(new),
                     f"{path}: {kind}")
    elif isinstance(old, dict):
        for key in dict.fromkeys([*old, *new]):
            yield from walk(f"{path}.{key}" if path else key,
                            old.get(key), new.get(key), names)
    elif isinstance(old, list):
        for i in range(max(len(old), len(new))):
            yield from walk(f"{path}[{i}]", old[i] if i < len(old) else None,
                            new[i] if i < len(new) else None, names)
    elif plain(old) != plain(new):
        if path.endswith("flags") and names is not None \
                and None not in (old, new):
            text = f"{path}: {flags_text(old, new, names)}"
        else:
            text = (f"{path}: {value_text(path, new)}, was"
                    f" {value_text(path, old)}")
        kind = ("added" if old is None else
                "removed" if new is None else "changed")
        yield Change(path, kind, plain(old), plain(new), text)


def numbers(path, old, new, text, ordered):
    """Compare two lists of numbers; `ordered` if their order has a meaning."""
    for kind, some, others in (("removed", old, new), ("added", new, old)):
        for number in some:
            if number not in others:
                yield Change(f"{path}[{text(number)}]", kind,
                             number if kind == "removed" else None,
                             number if kind == "added" else None,
                             f"{path}: {text(number)} {kind}")
    left = [n for n in old if n in new]
    right = [n for n in new if n in old]
    if ordered and left != right:
        yield Change(path, "changed", old, new,
                     f"{path}: the order is {' '.join(map(text, new))}, was "
                     + " ".join(map(text, old)))


def region_text(region):
    """A region of memory as a whole."""
    flags = " ".join(flag_names(region["flags"], abi.MEM_FLAGS))
    if region["flags"] & abi.MEM_ALLOC:
        place = f"{human_size(region['size'])} of pool {region['phys_start']}"
    else:
        place = human_range(region["phys_start"], region["size"])
    if region["virt_start"] != region["phys_start"]:
        place += f" at IPA {region['virt_start']:#x}"
    return f"{place}: {flags}"


def pair_up(old, new, keys):
    """Pair entries that agree in the first of several keys, then the next.

    Returns pairs in the order of `old`, those without a partner with None.
    """
    pairs, free = {}, list(range(len(new)))
    for key in keys:
        for i, region in enumerate(old):
            match = next((j for j in free if i not in pairs
                          and key(new[j]) == key(region)), None)
            if match is not None:
                pairs[i] = match
                free.remove(match)
    result = [(region, new[pairs[i]] if i in pairs else None)
              for i, region in enumerate(old)]
    return result + [(None, new[j]) for j in free]


def regions(old, new, is_system):
    """Compare mem_regions: by physical address in a system, by IPA in a cell,
    and what is left by the other one."""
    keys = [lambda r: (r["virt_start"], r["phys_start"], r["size"]),
            lambda r: r["virt_start"],
            lambda r: (r["phys_start"], r["size"], r["flags"])]
    for one, other in pair_up(old, new, keys):
        region = one or other
        path = f"mem_regions[virt_start={region['virt_start']:#x}]"
        if one is None:
            yield Change(path, "added", None, other,
                         f"mem_regions: added {region_text(other)}")
        elif other is None:
            yield Change(path, "removed", one, None,
                         f"mem_regions: removed {region_text(one)}")
        else:
            if is_system:       # identity: say an address once
                one, other = ({k: v for k, v in r.items()
                               if k != "virt_start"} for r in (one, other))
            yield from walk(path, one, other, abi.MEM_FLAGS)


# Of other lists: the field that tells entries apart, its value, and how to pair
# them besides.
ENTRIES = {
    "devices": ("address", lambda d: d["address"],
                [lambda d: {**d, "address": None}]),
    # Several may be of one function
    "smc_rules": ("function", lambda r: r["function"], []),
    "pci_devices": ("bdf", lambda d: d["domain"] << 16 | d["bdf"], []),
    "iommus": ("regs", lambda i: i["regs"]["start"], []),
}


def entries(path, old, new):
    """Compare lists whose order has no meaning."""
    field, identity, others = ENTRIES[path]
    for one, other in pair_up(old, new, [lambda e: e, identity, *others]):
        yield from walk(f"{path}[{field}={identity(one or other):#x}]", one,
                        other, FLAGS.get(path, {}))


def ranges(path, old, new):
    """Compare lists whose entries are told apart by their index."""
    for i in range(max(len(old), len(new))):
        one = old[i] if i < len(old) else None
        other = new[i] if i < len(new) else None
        if one is not None and other is not None:
            yield from walk(f"{path}[{i}]", one, other)
        elif one != other:
            kind = "added" if one is None else "removed"
            entry = one or other
            yield Change(f"{path}[{i}]", kind, one, other,
                         f"{path}[{i}]: {kind} "
                         + human_range(entry["start"], entry["size"]))


def compare(old, new):
    """All changes from one parsed config to another."""
    is_system = old.system is not None
    changes = list(walk("", *({k: c.header[k] for k in HEADER}
                              for c in (old, new))))
    for field in fields(old):
        if field.name in ENTRIES:
            changes += entries(field.name, getattr(old, field.name),
                               getattr(new, field.name))
        elif field.name not in OWN:
            one, other = (getattr(c, field.name) for c in (old, new))
            # The language has one CELL and one SYSTEM: their fields need no
            # prefix, unless there is none to compare with.
            bare = field.name in ("cell", "system") and one and other
            changes += walk("" if bare else field.name, one, other,
                            FLAGS.get(field.name, {}))
    changes += numbers("cpus", old.cpus, new.cpus,
                       hex if is_system else str, ordered=True)
    changes += regions(old.mem, new.mem, is_system)
    changes += numbers("spis", old.spis, new.spis, str, ordered=False)
    changes += ranges("pools", old.pools, new.pools)
    return changes
