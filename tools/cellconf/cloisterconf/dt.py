# SPDX-License-Identifier: GPL-2.0-only
"""The device tree of a cell, by the code that cellctl has.

Its sources are lib/dt and tools/cellconf/dt.c, which has the structures that
stand here again.
"""

import ctypes
import functools
import os

from . import library
from .errors import TreeError

# As in lib/dt/dt.h
MAX_SIZE = 2 << 20
WHY_SIZE = 160
USER_IS_AT_FAULT = -1


class _Bytes(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_uint64)]


@functools.lru_cache(maxsize=None)
def _library():
    return library.load("libcloister-dt")


def _bytes(data):
    return ctypes.byref(_Bytes(data, len(data) if data else 0))


def build(system, cell, bootargs=None, user=None):
    """The tree of a cell on a system, both checked, as bytes.

    bootargs is the kernel's command line; user is a tree to be merged.
    Raises TreeError.
    """
    tree = ctypes.create_string_buffer(MAX_SIZE)
    why = ctypes.create_string_buffer(WHY_SIZE)
    size = _library().cellconf_dt(
        _bytes(system), _bytes(cell),
        None if bootargs is None else os.fsencode(bootargs), _bytes(user),
        tree, why)
    if size <= 0:
        raise TreeError(why.value.decode(), size == USER_IS_AT_FAULT)
    return tree.raw[:size]
