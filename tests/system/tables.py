# SPDX-License-Identifier: GPL-2.0-only
"""Translation tables in a machine's memory, by nothing but the registers that
point to them and the Arm ARM's "VMSAv8-64 address translation"."""

import collections
import struct

READ, WRITE, EXECUTE = 1, 2, 4
PAGE = 4096

Leaf = collections.namedtuple("Leaf", "start size pa level descriptor")


def bits(value, high, low):
    return value >> low & ((1 << (high - low + 1)) - 1)


def _walk(read, table, level, width, start):
    """All leaves below a table that covers `width` bits from `start` on."""
    shift = 12 + 9 * (3 - level)
    entries = struct.unpack(f"<{1 << (width - shift)}Q",
                            read(table, 8 << (width - shift)))
    for index, descriptor in enumerate(entries):
        at = start + (index << shift)
        kind = descriptor & 3
        if not kind & 1:
            assert descriptor == 0, hex(descriptor)
            continue
        if kind == 3 and level < 3:
            yield from _walk(read, bits(descriptor, 47, 12) << 12, level + 1,
                             shift, at)
            continue
        assert kind == (3 if level == 3 else 1) and level, hex(descriptor)
        pa = bits(descriptor, 47, shift) << shift
        assert bits(descriptor, 47, 12) << 12 == pa, hex(descriptor)
        yield Leaf(at, 1 << shift, pa, level, descriptor)


def stage2(read, vtcr, vttbr):
    """Leaves of a cell, from its registers; read(address, size) is memory."""
    width, level = 64 - (vtcr & 63), 2 - bits(vtcr, 7, 6)
    return list(_walk(read, vttbr & 0xfffffffff000, level, width, 0))


def stage2_entry(read, vtcr, vttbr, ipa):
    """(address, descriptor) of the last entry on the way to an IPA."""
    width, level = 64 - (vtcr & 63), 2 - bits(vtcr, 7, 6)
    table = vttbr & 0xfffffffff000
    while True:
        shift = 12 + 9 * (3 - level)
        at = table + 8 * bits(ipa, width - 1, shift)
        descriptor, = struct.unpack("<Q", read(at, 8))
        if descriptor & 3 != 3 or level == 3:
            return at, descriptor
        table, width = bits(descriptor, 47, 12) << 12, shift
        level += 1


def el2(read, tcr, ttbr0):
    """Leaves of EL2's own translation."""
    width = 64 - (tcr & 63)
    level = 3 - (width - 12 - 1) // 9
    return list(_walk(read, ttbr0 & 0xfffffffffffe, level, width, 0))


def stage2_permissions(leaf):
    """S2AP[0] read, S2AP[1] write; XN[1] clear: execute."""
    return bits(leaf.descriptor, 7, 6) | (
        0 if bits(leaf.descriptor, 54, 54) else EXECUTE)


def el2_permissions(leaf):
    """AP[2] set: read-only; XN."""
    return READ | (0 if bits(leaf.descriptor, 7, 7) else WRITE) | (
        0 if bits(leaf.descriptor, 54, 54) else EXECUTE)


def spans(leaves, key=lambda leaf: leaf.pa):
    """Sorted ranges (first, behind) of what leaves cover, joined."""
    result = []
    for first, behind in sorted((key(leaf), key(leaf) + leaf.size)
                                for leaf in leaves):
        if result and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(behind, result[-1][1]))
        else:
            result.append((first, behind))
    return result


def common(one, two):
    """What two lists of spans have in common."""
    return [(max(a, c), min(b, d)) for a, b in one for c, d in two
            if max(a, c) < min(b, d)]
