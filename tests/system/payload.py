# SPDX-License-Identifier: GPL-2.0-only
"""What goes into the initramfs, and where it lies in the machine."""

import configparser
import fcntl
import hashlib
import os
import pathlib
import subprocess

KERNELS = ("6.1", "6.12", "newest")
ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD") or ROOT / "build").resolve()
CACHE = pathlib.Path(os.environ.get("CLOISTER_CACHE") or
                     pathlib.Path.home() / ".cache" / "cloister")


def release(kernel):
    """The kernel's own name for itself, as `uname -r` prints it."""
    return (CACHE / kernel / "release").read_text(encoding="utf-8").strip()


def is_cached(kernel):
    return (CACHE / kernel / "stamp").exists()


def is_proven(kernel):
    """Whether the tests have passed on this version before."""
    lock, stamp = (configparser.ConfigParser(interpolation=None,
                                             delimiters=("=",))
                   for _ in range(2))
    lock.read(ROOT / "ci/kernels.lock", encoding="utf-8")
    stamp.read(CACHE / kernel / "stamp", encoding="utf-8")
    return (lock.get(kernel, "version", fallback=None) ==
            stamp.get("kernel", "version", fallback=""))


def cloister_files(kernel, board="qemu-virt", build=None):
    """Everything of Cloister's that was built for a kernel: {dest: src}."""
    build = build or BUILD
    files = {
        "cloister/cloister.ko": build / "driver" / kernel / "cloister.ko",
        "lib/firmware/cloister.bin": build / "hypervisor/cloister.bin",
        "bin/cellctl": build / "tools/cellctl",
    }
    for path in sorted((build / "configs" / board).glob("*.cell")):
        files[f"cloister/{path.name}"] = path
    for path in sorted((build / "guests").glob("*.bin")):
        files[f"cloister/{path.name}"] = path
    return files


def python_files():
    """Debian's Python with cellconf: {dest: src}. The library's modules and
    what cellconf's use of it needs of its packages; all of it is 30 MB."""
    tree = (CACHE / "python").resolve()
    files = {"usr/bin/python3": tree / "usr/bin/python3.11",
             "lib/ld-linux-aarch64.so.1":
             next(tree.glob("**/ld-linux-aarch64.so.1"))}
    for path in tree.glob("**/lib*.so.*"):
        files[f"lib/aarch64-linux-gnu/{path.name}"] = path
    library = tree / "usr/lib/python3.11"
    for pattern in ("*.py", "lib-dynload/_ctypes.*", *(
            f"{package}/**/*.py" for package in (
                "collections", "ctypes", "encodings", "importlib", "json",
                "re", "urllib"))):
        for path in library.glob(pattern):
            files[str(path.relative_to(tree))] = path
    cellconf = ROOT / "tools/cellconf"
    for path in [cellconf / "cellconf", *cellconf.glob("**/*.py")]:
        files[f"usr/lib/cloister/{path.relative_to(cellconf)}"] = path
    rules = "libcloister-config.aarch64.so"
    files[f"usr/lib/cloister/{rules}"] = BUILD / "tools" / rules
    return files


def compiler_files():
    """A C compiler for the machine, what it is linked with, and something for it:
    {dest: src}. /src has the folders to include from and config/*.c to compile."""
    tree = (CACHE / "compiler").resolve()
    files = {"bin/tcc": tree / "usr/bin/tcc",
             "lib/ld-linux-aarch64.so.1":
             next(tree.glob("**/ld-linux-aarch64.so.1"))}
    for name in ("libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0"):
        files[f"lib/aarch64-linux-gnu/{name}"] = next(tree.glob(f"**/{name}"))
    for path in tree.glob("usr/lib/*/tcc/include/*.h"):
        files[str(path.relative_to(tree))] = path
    for path in (ROOT / "lib/config").glob("*.[ch]"):
        files[f"src/config/{path.name}"] = path
    for folder in ROOT / "include", ROOT / "hypervisor/include":
        for path in folder.glob("**/*.h"):
            files[f"src/{path.relative_to(folder)}"] = path
    return files


def missing(kernel):
    """The files that a machine with Cloister needs and that are not there."""
    return [str(src) for src in cloister_files(kernel).values()
            if not src.exists()]


def initramfs(files=None, mode="interactive", run=None, modules=None):
    """Make an initramfs of {dest: src}, once for the same content."""
    files = dict(files or {})
    digest = hashlib.sha256(f"{mode} {modules}".encode())
    base = "debian" if mode == "debian" else "busybox"
    inputs = [ROOT / "ci/mkinitramfs", CACHE / base / "stamp",
              *([pathlib.Path(run)] if run else [])]
    for path in inputs:
        digest.update(path.read_bytes())
    for dest, src in sorted(files.items()):
        digest.update(f"\0{dest}\0".encode())
        digest.update(pathlib.Path(src).read_bytes())
    folder = BUILD / "initramfs"
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / f"{digest.hexdigest()[:16]}.cpio.gz"
    # Tests that run at the same time may want the same one.
    with open(folder / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not out.exists():
            command = [ROOT / "ci/mkinitramfs", "--mode", mode]
            if run:
                command += ["--run", run]
            if modules:
                command += ["--modules", modules]
            command += [out, *(f"{d}={s}" for d, s in sorted(files.items()))]
            subprocess.run(command, check=True)
    return out


def debian(kernel, modules):
    """A ramdisk with systemd's Debian, and modules of a kernel in the cache
    which it loads when it meets their devices."""
    return initramfs(mode="debian",
                     modules=f"{kernel}:{','.join(sorted(modules))}")
