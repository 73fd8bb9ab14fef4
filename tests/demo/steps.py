# SPDX-License-Identifier: GPL-2.0-only
"""The demo, step by step: extend it here.

why      what the step shows, in a user's words
command  what a user would type
expect   a regular expression that the output must match
refuse   one that it must not match
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
    refuse: str = ""


class Chapter(typing.NamedTuple):
    title: str
    steps: list


BUS_ERROR = 128 + 7     # how a shell reports SIGBUS

# An address in the memory of cell `timer`, behind its program
SECRET = "0x712f0000"


def until_said(cell, word):
    """Wait until a cell has printed a word, then show all that it printed."""
    return (f"until cellctl console {cell} | grep -q '{word}'; do "
            f"usleep 50000; done; cellctl console {cell}")


CHAPTERS = [
    Chapter("The hypervisor goes below a running Linux", [
        Step("A stock Linux is running on all four CPUs.",
             "uname -r && nproc", r"\n4$"),
        Step("Load Cloister's driver: an ordinary module, no kernel patch.",
             "insmod /cloister/cloister.ko"),
        Step("Put the hypervisor below the running Linux.",
             "cellctl enable /cloister/qemu-virt.cell"),
        Step("Linux goes on, now in the root cell, with all its CPUs.",
             "nproc", r"^4$"),
        Step("What the hypervisor says about itself.",
             "cellctl status", r"(?s)enabled.*CPUs: +4\n"),
    ]),
    Chapter("A cell with a timer, while Linux works", [
        Step("The memory that the cell will get is Linux's for now.",
             f"devmem {SECRET} 64 0x123456789abcdef0; devmem {SECRET} 64",
             "0x123456789ABCDEF0"),
        Step("Create a cell: its CPU and memory leave Linux.",
             "cellctl create /cloister/timer-cpu1.cell", r"^1$"),
        Step("Linux has one CPU less.",
             "nproc", r"^3$"),
        Step("Load a bare-metal program into the cell.",
             "cellctl load timer /cloister/timer.bin"),
        Step("Start it.",
             "cellctl start timer"),
        Step("The guest's timer runs while Linux works: lines of both.",
             "cellctl console -f timer & "
             "until cellctl console timer | grep -q ' 3 s:'; do "
             "head -c 800000 /dev/urandom | gzip | wc -c | "
             "sed 's/^/Linux: compressed to /'; done; kill $!",
             r"(?s)timer: \d+ s: .*Linux: compressed.*timer: \d+ s: "),
        Step("Why the cell's CPU entered the hypervisor, counted.",
             "cellctl stats timer", r"irq +\d\d"),
        Step("Linux cannot read the guest's memory: a bus error, not data.",
             f"devmem {SECRET} 64", code=BUS_ERROR, refuse="0x1234"),
        Step("Nor the hypervisor's.",
             "devmem 0x70000000 64", code=BUS_ERROR, refuse="(?i)0x[0-9a-f]"),
    ]),
    Chapter("A second cell beside it, with two CPUs", [
        Step("Create it, load it, start it.",
             "cellctl create /cloister/smp.cell && "
             "cellctl load smp /cloister/smp.bin && cellctl start smp"),
        Step("Its CPUs interrupt each other; one is switched off and on.",
             until_said("smp", "ok$"), r"2 CPUs, \d+ round trips, ok"),
        Step("Both cells run beside Linux.",
             "cellctl list", r"(?s)timer +running.*smp +running"),
        Step("Ask it to stop, and give its CPUs back.",
             "cellctl shutdown smp && cellctl destroy smp && nproc",
             r"^3$"),
    ]),
    Chapter("Guests that misbehave", [
        Step("A guest that touches memory which nobody gave it.",
             "cellctl create /cloister/reach.cell && "
             "cellctl load reach /cloister/fault.bin && "
             "cellctl start reach"),
        Step("It got aborts, and no data.",
             until_said("reach", "done$"), r"as expected",
             refuse=r"no fault|NO fault"),
        Step("The violations are counted; the others run on.",
             "cellctl list", r"(?s)timer +running +0 .*reach +running +5 "),
        Step("And one that reaches for the hypervisor's memory.",
             "cellctl destroy reach && "
             "cellctl create /cloister/attack.cell && "
             "cellctl load attack /cloister/fault.bin && "
             "cellctl start attack && " + until_said("attack", "done$"),
             r"(?s)read.*as expected.*write.*as expected",
             refuse=r"no fault|NO fault"),
        Step("One that ignores the request to stop...",
             "cellctl destroy attack && "
             "cellctl create /cloister/deaf.cell && "
             "cellctl load deaf /cloister/fault.bin && "
             "cellctl start deaf && " + until_said("deaf", "spinning")),
        Step("...makes nobody wait for long...",
             "cellctl shutdown deaf", r"did not answer within", code=1),
        Step("...and is ended without being asked.",
             "cellctl shutdown --force deaf && cellctl list",
             r"(?s)timer +running.*deaf +shut-down"),
        Step("The first cell has not noticed, nor has Linux.",
             "cellctl destroy deaf && nproc && cellctl console timer | "
             "tail -n 2", r"(?s)^3\n.*timer: "),
    ]),
    Chapter("Everything is given back", [
        Step("Stop the timer's cell: it prints what it has measured.",
             "cellctl shutdown timer && cellctl console timer | tail -n 5",
             r"shutdown request approved"),
        Step("Give its CPU and memory back to Linux.",
             "cellctl destroy timer && nproc", r"^4$"),
        Step("The memory is zero: nothing of the guest is left in it.",
             f"devmem {SECRET} 64", r"^0x0+$"),
        Step("Remove the hypervisor from below Linux.",
             "cellctl disable"),
        Step("Unload the driver.",
             "rmmod cloister"),
        Step("Linux works on all its CPUs.",
             "for mask in 1 2 4 8; do taskset $mask "
             "sh -c 'usleep 1000; cut -d\" \" -f39 /proc/self/stat'; done",
             r"^0\n1\n2\n3$"),
        Step("What the kernel's log says about all this.",
             "dmesg | grep -i cloister", r"(?i)cloister"),
        Step("No warning, no error in it.",
             "dmesg | grep -E 'WARNING|BUG|Oops|Call trace|stall'", code=1),
    ]),
]
