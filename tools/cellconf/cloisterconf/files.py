# SPDX-License-Identifier: GPL-2.0-only
"""Files: configs as blobs or in C, and writing whole files or none."""

import os
import shutil
import struct
import subprocess
import sys
import tempfile

from . import abi, blob

# The flags of configs/Makefile
CFLAGS = ("-std=gnu11", "-O1", "-ffreestanding", "-fno-pic",
          "-fno-asynchronous-unwind-tables", "-fno-stack-protector",
          "-Wall", "-Wextra", "-Werror", "-DCLOISTER_CONFIG")

HERE = os.path.dirname(os.path.abspath(__file__))
# (headers, linker script and blob.c): in the source tree, and installed
PLACES = (("../../../include", "../../../configs"),
          ("../include", "../configs"))


class BuildError(Exception):
    """A config in C could not be built; the message is the compiler's."""


def read_file(path):
    """A file's bytes; of a file that is too large, just enough to tell."""
    with open(path, "rb") as stream:
        return stream.read(abi.BLOB_MAX_SIZE + 1)


def write_file(path, data):
    """Write a file so that it is there completely or not at all."""
    folder = os.path.dirname(path) or "."
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".cellconf-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise


def places():
    """Where headers and linker script are: (include, configs)."""
    for include, configs in PLACES:
        include, configs = (os.path.normpath(os.path.join(HERE, p))
                            for p in (include, configs))
        if os.path.exists(os.path.join(configs, "config.lds")):
            return include, configs
    raise BuildError("neither the source tree nor an installation with"
                     " config.lds is around this cellconf")


def _run(command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False,
                              stderr=subprocess.STDOUT, text=True)
    except FileNotFoundError as error:
        raise BuildError(f"{command[0]} is not installed; CROSS_COMPILE sets"
                         " the prefix of the arm64 compiler") from error
    if done.returncode:
        raise BuildError(done.stdout.strip() or f"{command[0]} failed")


def toolchain():
    """The prefix of the compiler, and whether it makes code for arm64.

    A config is data: any compiler with the same byte order and sizes lays it
    out in the same way.
    """
    native = os.uname().machine == "aarch64"
    prefix = os.environ.get("CROSS_COMPILE",
                            "" if native else "aarch64-linux-gnu-")
    if shutil.which(prefix + "gcc") or "CROSS_COMPILE" in os.environ:
        return prefix, native or prefix != ""
    if (shutil.which("gcc") and sys.byteorder == "little"
            and struct.calcsize("P") == 8):
        return "", native
    raise BuildError(f"no compiler: {prefix}gcc is not installed, nor is gcc;"
                     " CROSS_COMPILE sets another prefix")


def linker_script(configs, folder, for_arm64):
    """config.lds, for a linker that may not know arm64."""
    script = os.path.join(configs, "config.lds")
    if for_arm64:
        return script
    with open(script, encoding="utf-8") as stream:
        lines = [line for line in stream if not line.startswith("OUTPUT_")]
    changed = os.path.join(folder, "config.lds")
    with open(changed, "w", encoding="utf-8") as stream:
        stream.writelines(lines)
    return changed


def compile_config(path, options=()):
    """A config in C as a sealed blob; options go to the compiler.

    Raises BuildError, and ConfigError if the result is not valid.
    """
    include, configs = places()
    with open(path, "rb"):
        pass                    # the usual error if it cannot be read
    prefix, for_arm64 = toolchain()
    flags = [*CFLAGS, *(("-mbranch-protection=none",) if for_arm64 else ())]
    with tempfile.TemporaryDirectory(prefix="cellconf-") as folder:
        objects = []
        for source in (os.path.join(configs, "blob.c"), path):
            objects.append(os.path.join(folder, f"{len(objects)}.o"))
            _run([prefix + "gcc", *flags, "-I", include, *options,
                  "-c", "-o", objects[-1], source])
        elf, raw = (os.path.join(folder, n) for n in ("elf", "bin"))
        _run([prefix + "ld", "-T", linker_script(configs, folder, for_arm64),
              "-o", elf, *objects])
        _run([prefix + "objcopy", "-O", "binary", elf, raw])
        return blob.seal(read_file(raw))


def read_config(path, options=()):
    """The bytes of a config: a blob as it is, a C source (.c) built."""
    if path.endswith(".c"):
        return compile_config(path, options)
    return read_file(path)
