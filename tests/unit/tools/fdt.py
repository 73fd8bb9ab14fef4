# SPDX-License-Identifier: GPL-2.0-only
"""A reader of device trees that shares nothing with libfdt (Devicetree
Specification 0.4, chapter 5), and what dtc makes of a source."""

import itertools
import struct
import subprocess

BEGIN, END, PROPERTY, NOP, FINISH = 1, 2, 3, 4, 9


def parse(tree):
    """{path: {property: bytes}}"""
    magic, total, at, strings = struct.unpack_from(">4I", tree)
    assert (magic, total) == (0xd00dfeed, len(tree))
    nodes, path = {}, []
    while True:
        token, = struct.unpack_from(">I", tree, at)
        at += 4
        if token == BEGIN:
            end = tree.index(b"\0", at)
            path.append(tree[at:end].decode())
            node = nodes.setdefault("/".join(path) or "/", {})
            at = end + 1
        elif token == PROPERTY:
            size, name = struct.unpack_from(">2I", tree, at)
            start = strings + name
            name = tree[start:tree.index(b"\0", start)].decode()
            assert name not in node
            node[name] = tree[at + 8:at + 8 + size]
            at += 8 + size
        elif token == END:
            path.pop()
        elif token == FINISH:
            assert not path
            return nodes
        else:
            assert token == NOP
        at = at + 3 & ~3


def reservations(tree):
    """[(start, size)] of what /memreserve/ says."""
    at, = struct.unpack_from(">I", tree, 16)
    pairs = struct.iter_unpack(">2Q", tree[at:at + (len(tree) - at) // 16 * 16])
    return list(itertools.takewhile(lambda pair: pair != (0, 0), pairs))


def cells(value):
    """Numbers of 32 bits."""
    return list(struct.unpack(f">{len(value) // 4}I", value))


def longs(value):
    """Numbers of 64 bits."""
    return list(struct.unpack(f">{len(value) // 8}Q", value))


def dtc(source, *options):
    """A source, compiled."""
    return subprocess.run(["dtc", "-q", *options], input=source.encode(),
                          check=True, capture_output=True).stdout
