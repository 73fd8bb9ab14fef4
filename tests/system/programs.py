# SPDX-License-Identifier: GPL-2.0-only
"""Programs and kernel modules that run inside the machine, for tests only.

They are built when a test first asks for them, into build/tests.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess

from payload import BUILD, CACHE, ROOT

CROSS = os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-")
SOURCES = ROOT / "tests/system"
OUT = BUILD / "tests"
HEADERS = list((ROOT / "include/cloister").iterdir())


@contextlib.contextmanager
def _alone():
    """Tests that run at the same time may want the same program."""
    OUT.mkdir(parents=True, exist_ok=True)
    with open(OUT / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(command):
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                            stderr=subprocess.STDOUT, check=False)
    if result.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{result.stdout}")


def _is_older(path, sources):
    return not path.exists() or any(
        path.stat().st_mtime < source.stat().st_mtime for source in sources)


def programs():
    """All programs, as files for a machine: {dest: src}."""
    files = {}
    with _alone():
        for source in sorted((SOURCES / "programs").glob("*.c")):
            out = OUT / source.stem
            if _is_older(out, [source, *HEADERS]):
                _run([CROSS + "gcc", "-std=gnu11", "-O2", "-static", "-s",
                      "-Wall", "-Wextra", "-Werror", "-I",
                      str(ROOT / "include"), "-o", str(out), str(source)])
            files[f"bin/{source.stem}"] = out
    return files


def module(name, kernel):
    """One of the kernel modules in modules/, as files for a machine."""
    source = SOURCES / "modules" / name
    folder = OUT / "modules" / kernel / name
    out = folder / f"{name}.ko"
    headers = (CACHE / kernel / "headers").resolve()
    with _alone():
        inputs = [*source.iterdir(), headers / ".config", *HEADERS]
        if _is_older(out, inputs):
            # Kbuild writes next to the sources
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(source, folder)
            # As in ci/build-driver: the kernel's own compiler may know an
            # option and an attribute that ours does not.
            _run(["make", "-C", str(headers), f"M={folder}", "ARCH=arm64",
                  f"CROSS_COMPILE={CROSS}", "KCFLAGS=-Wno-attributes",
                  f"CLOISTER_INCLUDE={ROOT / 'include'}",
                  "CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=", "modules"])
    return {f"cloister/{name}.ko": out}
