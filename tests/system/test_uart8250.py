# SPDX-License-Identifier: GPL-2.0-only
"""A 16550 as debug console, and as the console of a cell: QEMU's machine has
one as a PCI device, whose ports are in the window for port I/O."""

import pytest

import blobs
import cloister as c
from blobs import ASSIGNABLE, IO, IO_8, MIB, READ, WRITE

PORTS = 0x3eff0000      # of the PCI host bridge, as memory
HOLE = 0x0b000000
PL011, UART8250 = 1, 3
LOG = 1 << 2


class Serial:
    """A machine with the PCI device; what it sends is in a file."""

    def __init__(self, machine_factory, path):
        self.path = path
        self.cloister = c.boot(machine_factory, enabled=False, qemu_args=[
            "-chardev", f"file,id=uart,path={path}",
            "-device", "pci-serial,chardev=uart"])
        self.cloister.insmod()
        # class 0x0700: a serial port
        self.device = self.cloister.must(
            "cd /sys/bus/pci/devices; grep -l 0x0700 */class | cut -d/ -f1")
        port = self.cloister.must(
            f"head -n 1 /sys/bus/pci/devices/{self.device}/resource").split()
        self.address = PORTS + int(port[0], 16)

    def enable(self, type_=UART8250, flags=0, address=None):
        """With the UART as debug console."""
        config = blobs.load("qemu-virt-4")
        config.system["debug_console"] = {
            "type": type_, "flags": flags, "address": address or self.address}
        ports, = [r for r in config.mem if r["phys_start"] == PORTS]
        ports["flags"] |= ASSIGNABLE
        self.cloister.put("/tmp/system.cell", config.encode())

    def text(self):
        """All that the UART has sent."""
        return self.path.read_text(encoding="utf-8", errors="replace")


@pytest.fixture
def serial(machine_factory, tmp_path):
    return Serial(machine_factory, tmp_path / "uart")


def test_debug_console(serial):
    cloister = serial.cloister
    # Nothing is said there, unless all of the log is wanted
    serial.enable()
    cloister.ctl("enable /tmp/system.cell")
    cloister.disable()
    assert serial.text() == ""
    serial.enable(flags=LOG)
    cloister.ctl("enable /tmp/system.cell")
    assert "4 CPUs, 40 IPA bits" in serial.text()
    cloister.launch("/cloister/hello.cell", "hello")
    cloister.end("hello")
    # To the last character what is in the log
    assert serial.text() == cloister.ctl("console --hypervisor") + "\n"
    cloister.disable()

    # Neither a device that is not there, nor one at a wrong address
    serial.enable(address=HOLE)
    cloister.refused("enable /tmp/system.cell", "CONSOLE_TYPE", "ENODEV")
    serial.enable(address=serial.address + 0xffc)
    cloister.refused("enable /tmp/system.cell", "CONSOLE_ALIGN")
    serial.enable(type_=4)
    cloister.refused("enable /tmp/system.cell", "CONSOLE_TYPE")
    cloister.enable()
    cloister.disable()


def test_console_of_a_cell(serial):
    """Eight bytes of a page, by bytes; what Linux has of it beside stays."""
    cloister = serial.cloister
    config = blobs.cell("hello", ram=blobs.CELLS + 4 * MIB, console={
        "type": UART8250, "address": serial.address}, more=[blobs.region(
            serial.address, 8, flags=READ | WRITE | IO | IO_8)])
    serial.enable(type_=PL011, address=0x09000000)
    cloister.ctl("enable /tmp/system.cell")
    cloister.must(f"echo {serial.device} > "
                  f"/sys/bus/pci/devices/{serial.device}/driver/unbind")
    cloister.launch(config, "hello")
    # It answers when it has begun, and its farewell is the last thing it says
    cloister.ctl("shutdown hello")
    assert serial.text().startswith("hello: greetings from EL1")
    assert serial.text().endswith("approved, good bye\n")
    assert cloister.info("hello")["violations"] == 0
    assert cloister.run(f"devmem {serial.address:#x} 8").code == 128 + 7
    cloister.must(f"devmem {serial.address + 8:#x} 8")
    cloister.ctl("destroy hello")
    cloister.must(f"devmem {serial.address + 5:#x} 8")
    cloister.disable()
