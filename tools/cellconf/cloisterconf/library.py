# SPDX-License-Identifier: GPL-2.0-only
"""The rules for configs: the hypervisor's own code, as a shared library.

Its sources are lib/config and tools/cellconf/library.c, which has the
structures that stand here again.
"""

import ctypes
import functools
import os
from dataclasses import dataclass

from .errors import ConfigError, LibraryError

HERE = os.path.dirname(os.path.abspath(__file__))
# As told; installed; in the source tree, as the top Makefile builds it
PLACES = (os.environ.get("CELLCONF_LIBRARY", ""), os.path.join(HERE, ".."),
          os.path.join(os.environ.get("BUILD", ""), "tools"),
          os.path.join(HERE, "../../../build/tools"))

NO_FILE = 0xffffffff
# A machine of which nothing else is known: what most have, and what GICv3 can
PA_BITS = 48
MAX_SPI = 1019


class _File(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_uint64)]


class _Problem(ctypes.Structure):
    _fields_ = [("file", ctypes.c_uint32), ("other", ctypes.c_uint32),
                ("rule", ctypes.c_uint32), ("together", ctypes.c_uint32),
                ("name", ctypes.c_char * 32), ("text", ctypes.c_char * 256)]


@dataclass(frozen=True)
class Broken:
    """A rule that a config breaks; files are told by their index."""

    file: int
    other: int          # with which it is in conflict, or None
    rule: int
    name: str
    text: str
    together: bool      # only while both of them exist


def load(name):
    """A library that is built with the tools."""
    name = f"{name}.{os.uname().machine}.so"
    for place in PLACES:
        path = os.path.join(place, name)
        if os.path.exists(path):
            try:
                return ctypes.CDLL(path)
            except OSError as error:    # what it needs itself is not there
                raise LibraryError(str(error)) from error
    raise LibraryError(f"{name} is missing: run `make tools`, or install"
                       " cellconf with `make -C tools install`")


@functools.lru_cache(maxsize=None)
def _library():
    loaded = load("libcloister-config")
    loaded.cellconf_parse.restype = ctypes.c_bool
    return loaded


def _broken(problem):
    return Broken(problem.file,
                  None if problem.other == NO_FILE else problem.other,
                  problem.rule, problem.name.decode(), problem.text.decode(),
                  bool(problem.together))


def check_structure(data, kind=None):
    """Raise ConfigError if data is no config (of this kind)."""
    data, problem = bytes(data), _Problem()
    if not _library().cellconf_parse(ctypes.byref(_File(data, len(data))),
                                     kind or 0, ctypes.byref(problem)):
        raise ConfigError(_broken(problem))


def check(blobs, pa_bits=PA_BITS, max_spi=MAX_SPI):
    """All rules that a list of configs breaks, each by itself and together."""
    blobs = [bytes(b) for b in blobs]
    files = (_File * len(blobs))(*(_File(b, len(b)) for b in blobs))
    room = 16
    while True:
        problems = (_Problem * room)()
        count = _library().cellconf_check(files, len(blobs), pa_bits, max_spi,
                                          problems, room)
        if count <= room:
            return [_broken(p) for p in problems[:count]]
        room = count
