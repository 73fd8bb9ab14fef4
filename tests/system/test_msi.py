# SPDX-License-Identifier: GPL-2.0-only
"""Message-signalled interrupts of root: a disk that is never quiet while the
hypervisor comes and goes. One interrupt less, and a reader waits for ever."""

import lzma

import cloister as c
from payload import CACHE

DISK = ["-drive", "if=none,id=disk,driver=null-co,size=64M,read-zeroes=on,"
        "latency-ns=500000",
        "-device", "virtio-blk-pci,drive=disk"]
READER = """while [ ! -e /tmp/stop ]; do
  dd if=/dev/vda of=/dev/null bs=4k count=50 iflag=direct 2> /dev/null || exit 1
  echo >> /tmp/read.$1
done
"""


def module(kernel, name, folder):
    """A module of the kernel, unpacked."""
    found, = (CACHE / kernel / "usr").glob(f"lib/modules/*/kernel/**/{name}.ko*")
    path = folder / f"{name}.ko"
    data = found.read_bytes()
    path.write_bytes(lzma.decompress(data) if found.suffix == ".xz" else data)
    return {f"cloister/{name}.ko": path}


def test_disk(machine_factory, tmp_path):
    cloister = c.boot(machine_factory, "6.12", enabled=False, qemu_args=DISK,
                      files=module("6.12", "virtio_blk", tmp_path))
    must = cloister.must
    must("insmod /cloister/virtio_blk.ko")
    cloister.wait_for("grep -q 'ITS-.*virtio0-req' /proc/interrupts", "MSI-X")
    cloister.insmod()
    cloister.put("/tmp/reader.sh", READER)
    must("for n in 0 1 2 3; do sh /tmp/reader.sh $n > /dev/null & done")
    for _ in range(30):
        cloister.enable()
        cloister.disable()
    must("touch /tmp/stop")
    cloister.wait_for("! pgrep -f reader.sh > /dev/null", "the last reader", 30,
                      show="ps; grep virtio0 /proc/interrupts; dmesg | tail")
    must("[ $(ls /tmp/read.? | wc -l) = 4 ]")
