# SPDX-License-Identifier: GPL-2.0-only
"""The demo of a second Linux; steps.py says what a step consists of."""

from steps import Chapter, Step, until_said

PROMPT = "root@cell:"


CHAPTERS = [
    Chapter("A second Linux beside the first", [
        Step("A stock Linux is running on all four CPUs.",
             "uname -r && nproc", r"\n4$"),
        Step("Put the hypervisor below it.",
             "insmod /cloister/cloister.ko && "
             "cellctl enable /cloister/qemu-virt.cell"),
        Step("What the second Linux is made from: a distribution's kernel, a "
             "ramdisk with a Debian, and a config.",
             "ls -l /cloister/vmlinuz /cloister/debian.img /cloister/linux.cell",
             r"(?s)vmlinuz.*linux\.cell|linux\.cell.*vmlinuz"),
        Step("Create the cell, load kernel, ramdisk and a device tree that is "
             "made from the config, start it.",
             "cellctl linux /cloister/linux.cell /cloister/vmlinuz "
             "--initrd /cloister/debian.img --append SYSTEMD_COLORS=0",
             r"device tree: 0x"),
        Step("Two CPUs and 512 MiB are not this Linux's any more.",
             "nproc && cellctl show linux", r"(?s)^2\n.*running"),
        Step("A real-time program gets a CPU of its own, too.",
             "cellctl create /cloister/timer-cpu1.cell && "
             "cellctl load timer /cloister/timer.bin "
             "&& cellctl start timer && cellctl list",
             r"(?s)linux +running.*timer +running"),
    ]),
    Chapter("It is a Debian as any other", [
        Step("Its console, until systemd has started everything.",
             until_said("linux", PROMPT) + " | tail -n 25", PROMPT,
             timeout=240),
        Step("Its kernel, its distribution, its CPUs: typed on its console.",
             "type-in linux 'uname -r; grep PRETTY /etc/os-release; nproc' ^2",
             r"(?s)6\.12.*Debian GNU/Linux.*\n2\s", timeout=60),
        Step("What systemd says.",
             "type-in linux 'systemctl is-system-running --wait' ^running",
             r"(?m)^running", timeout=120),
        Step("A heavy load in it, for a while.",
             "type-in linux 'stress-ng --verify --cpu 2 --cpu-ops 200 --vm 1 "
             "--vm-bytes 64M --vm-ops 2000 --timer 1 --timer-ops 2000' "
             "'run completed'",
             r"successful run completed", timeout=240),
        Step("The real-time program meanwhile. (What it waits for here is the "
             "emulation of four CPUs.)",
             "cellctl console timer | grep ' s: ' | tail -n 3",
             r"timer: \d+ s"),
        Step("Why the CPUs of the second Linux entered the hypervisor.",
             "cellctl stats linux", r"total"),
    ]),
    Chapter("It begins anew, and ends", [
        Step("`reboot` in it: it starts again from what was loaded.",
             "echo 'systemctl reboot' | cellctl console -i linux > /tmp/said; "
             "until dmesg | grep 'starts anew'; do usleep 50000; done",
             "starts anew", timeout=120),
        Step("There it is again.",
             "until cellctl console linux | tail -n 1 | "
             f"grep '{PROMPT}'; do usleep 50000; done",
             PROMPT, timeout=240),
        Step("As soon as systemd looks at the cell's power button...",
             "type-in linux 'journalctl -f -n all -u systemd-logind | "
             "grep -m 1 Watching' Watching",
             "Watching system buttons", timeout=120),
        Step("...a press of it ends this Linux in good order.",
             "cellctl shutdown --timeout 120000 linux && cellctl list && "
             "cellctl console linux | tail -n 3",
             r"(?s)linux +shut-down.*reboot: Power down", timeout=150),
        Step("Everything is given back.",
             "cellctl shutdown timer && cellctl destroy timer && "
             "cellctl destroy linux && cellctl disable && rmmod cloister && "
             "nproc", r"^4$"),
        Step("No warning, no error in the first one's log.",
             "dmesg | grep -E 'WARNING|BUG|Oops|Call trace|stall'", code=1),
    ]),
]
