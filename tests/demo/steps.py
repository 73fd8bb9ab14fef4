# SPDX-License-Identifier: GPL-2.0-only
"""The demo, step by step: extend it here.

why      what the step shows, in a user's words
command  what a user would type
expect   a regular expression that the output must match
code     the exit code that the command must have
until    for a command that goes on until Ctrl-C: what to wait for
timeout  seconds
"""

import typing


class Step(typing.NamedTuple):
    why: str
    command: str
    expect: str = ""
    code: int = 0
    until: str = ""
    timeout: int = 30


STEPS = [
    Step("A stock Linux is running on all four CPUs.",
         "uname -r && nproc", r"\n4$"),
    Step("Load Cloister's driver: an ordinary module, no kernel patch.",
         "insmod /cloister/cloister.ko"),
    Step("Put the hypervisor below the running Linux.",
         "cellctl enable /cloister/qemu-virt.cell"),
    Step("Linux goes on, now in the root cell, with all its CPUs.",
         "nproc", r"^4$"),
    Step("Create a cell: its CPU and memory leave Linux.",
         "cellctl create /cloister/timer.cell"),
    Step("Linux has one CPU less.",
         "nproc", r"^3$"),
    Step("Load a bare-metal program into the cell.",
         "cellctl load timer /cloister/timer.bin"),
    Step("Start it.",
         "cellctl start timer"),
    Step("The list of cells shows it running.",
         "cellctl list", r"timer.*running"),
    Step("Watch its console: it measures how late its timer's interrupts are.",
         "cellctl console --follow timer",
         until=r"(?:\w[^\n]*\n[^\n]*){3}"),
    Step("Why its CPU entered the hypervisor, counted.",
         "cellctl stats timer", r"\d"),
    Step("Stop the cell.",
         "cellctl shutdown timer"),
    Step("Give its CPU and memory back to Linux.",
         "cellctl destroy timer"),
    Step("Linux has four CPUs again.",
         "nproc", r"^4$"),
    Step("Remove the hypervisor from below Linux.",
         "cellctl disable"),
    Step("Unload the driver: nothing is left.",
         "rmmod cloister"),
    Step("What the kernel's log says about all this.",
         "dmesg | grep -i cloister", r"(?i)cloister"),
]
