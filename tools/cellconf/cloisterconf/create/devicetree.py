# SPDX-License-Identifier: GPL-2.0-only
"""The device tree as Linux shows it: folders are nodes, files properties."""

import os

PLACES = ("/proc/device-tree", "/sys/firmware/devicetree/base")


class Node:
    """One node of the tree."""

    def __init__(self, name, parent, props):
        self.name, self.parent, self.props = name, parent, props
        self.children = []

    def __iter__(self):
        yield self
        for child in self.children:
            yield from child

    @property
    def path(self):
        """Its path from the root."""
        if self.parent is None:
            return "/"
        return self.parent.path.rstrip("/") + "/" + self.name

    def strings(self, name):
        """A property as a list of strings."""
        return [s.decode("utf-8", "replace") for s in
                self.props.get(name, b"").split(b"\0") if s]

    def string(self, name):
        """A property's first string, or an empty one."""
        return next(iter(self.strings(name)), "")

    def cells(self, name):
        """A property as a list of 32-bit numbers."""
        data = self.props.get(name, b"")
        return [int.from_bytes(data[i:i + 4], "big")
                for i in range(0, len(data) - 3, 4)]

    def number(self, name, default=None):
        """A property of one cell, or of two."""
        data = self.props.get(name)
        return int.from_bytes(data, "big") if data else default

    def is_compatible(self, *names):
        """Is one of the names in its "compatible"?"""
        return any(n in self.strings("compatible") for n in names)

    @property
    def enabled(self):
        """Is it there, with everything above it?"""
        return (self.string("status") in ("", "ok", "okay")
                and (self.parent is None or self.parent.enabled))

    @property
    def address_cells(self):
        """Of addresses below this node."""
        return self.number("#address-cells", 2)

    @property
    def size_cells(self):
        """Of sizes below this node."""
        return self.number("#size-cells", 1)

    def below(self, path):
        """The node at a path from this one, or None."""
        node = self
        for name in filter(None, path.split("/")):
            node = next((c for c in node.children if c.name == name), None) \
                or next((c for c in node.children
                         if c.name.partition("@")[0] == name), None)
            if node is None:
                return None
        return node

    def to_cpu(self, address):
        """An address on this node's bus as the CPUs see it, or None."""
        bus = self
        while bus.parent is not None:
            if "ranges" not in bus.props:
                return None
            if bus.props["ranges"]:
                address = next((a - child + address for child, a, size in
                                bus.windows() if child <= address
                                < child + size), None)
                if address is None:
                    return None
            bus = bus.parent
        return address

    def windows(self):
        """[(address on the bus, address above it, size)] of "ranges"."""
        cells, n = self.cells("ranges"), self.address_cells
        up = self.parent.address_cells
        step = n + up + self.size_cells
        for i in range(0, len(cells) - step + 1, step):
            yield (join(cells[i:i + n]), join(cells[i + n:i + n + up]),
                   join(cells[i + n + up:i + step]))

    def reg(self):
        """[(start, end)] of its registers as the CPUs see them. One that no
        CPU can reach is None."""
        cells = self.cells("reg")
        n, step = (self.parent.address_cells,
                   self.parent.address_cells + self.parent.size_cells)
        result = []
        for i in range(0, len(cells) - step + 1, step):
            size = join(cells[i + n:i + step])
            start = self.parent.to_cpu(join(cells[i:i + n])) if size else None
            result.append(None if start is None else (start, start + size))
        return result


def join(cells):
    """Several cells as one number; of PCI's three the first is no address."""
    result = 0
    for cell in cells[-2:]:
        result = result << 32 | cell
    return result


def _read(target, path, name, parent):
    props, folders = {}, []
    for entry in target.names(path):
        full = f"{path}/{entry}"
        if os.path.isdir(target.path(full)):
            folders.append(entry)
        else:
            props[entry] = target.bytes(full)
    node = Node(name, parent, props)
    node.children = [_read(target, f"{path}/{f}", f, node) for f in folders]
    return node


def read(target):
    """The root node, or None if the machine has no device tree."""
    for place in PLACES:
        # An ACPI machine may have an empty stub with /chosen in it
        if target.names(place) and target.exists(place + "/compatible"):
            return _read(target, place, "", None)
    return None


class Tree:
    """A tree with an index of its phandles."""

    def __init__(self, root):
        self.root = root
        self.phandles = {n.number("phandle"): n for n in root
                         if "phandle" in n.props}

    def interrupt_parent(self, node):
        """Where a node's interrupts go to, or None."""
        while node is not None:
            handle = node.number("interrupt-parent")
            if handle is not None:
                return self.phandles.get(handle)
            node = node.parent
        return None

    def interrupts(self, node, gic):
        """INTIDs of a node that arrive at the GIC without a detour."""
        specifiers = []
        if "interrupts-extended" in node.props:
            cells, i = node.cells("interrupts-extended"), 0
            while i < len(cells):
                parent = self.phandles.get(cells[i])
                count = parent.number("#interrupt-cells", 1) if parent else 1
                if parent is gic:
                    specifiers.append(cells[i + 1:i + 1 + count])
                i += 1 + count
        elif self.interrupt_parent(node) is gic:
            cells, count = (node.cells("interrupts"),
                            gic.number("#interrupt-cells", 3))
            specifiers = [cells[i:i + count]
                          for i in range(0, len(cells), count)]
        return [intid for intid in map(to_intid, specifiers)
                if intid is not None]

    def stdout(self):
        """The node of the console that firmware and kernel use, or None."""
        chosen = self.root.below("chosen")
        path = chosen.string("stdout-path").partition(":")[0] if chosen else ""
        aliases = self.root.below("aliases")
        if path and not path.startswith("/") and aliases:
            path = aliases.string(path)
        return self.root.below(path) if path.startswith("/") else None


def to_intid(specifier):
    """A GIC's interrupt specifier as an INTID."""
    if len(specifier) < 2 or specifier[0] > 1:
        return None         # extended ranges
    return specifier[1] + (32 if specifier[0] == 0 else 16)
