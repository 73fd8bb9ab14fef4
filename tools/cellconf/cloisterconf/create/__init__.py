# SPDX-License-Identifier: GPL-2.0-only
"""cellconf create: configs for the machine that it runs on.

    target.py       files of /proc and /sys, perhaps recorded ones
    devicetree.py   the device tree, with addresses as the CPUs see them
    acpi.py         the tables of a machine without a device tree
    machine.py      what the machine is: CPUs, memory, GIC, PCI, devices
    memory.py       what memory Linux leaves alone, and who gets it
    plan.py         the two configs, as lists of fields
    emit.py         the same in C and as sealed blobs

Nothing but Python's own library is used, as targets may have no more.
"""


class CreateError(Exception):
    """No config can be made; the message says why, and what to do."""
