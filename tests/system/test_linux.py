# SPDX-License-Identifier: GPL-2.0-only
"""Stock kernels as a second Linux, in a cell."""

import pathlib
import re
import subprocess
import time

import pytest

import blobs
import cloister as c
import payload
from machine import MachineError

RAM, RAM_SIZE = 0x90000000, 512 * blobs.MIB
UART, UART_SPI, GICD_ISENABLER1 = 0x09000000, 33, 0x08000104
# Root's kernel may touch it when the cell has ended
UART_FLAGS = blobs.READ | blobs.WRITE | blobs.IO | blobs.ROOTSHARED
# Only a cell with both CPUs switches off
INIT = "[ $(nproc) = 2 ] || echo c > /proc/sysrq-trigger; poweroff -f\n"


def config(**fields):
    """linux.cell without a console and a button, unless told otherwise."""
    result = blobs.load("linux")
    result.spis = []
    result.cell.update({"console": {"type": 0}, "console_irq": 0,
                        "power_button": {}, **fields})
    return result


@pytest.fixture
def boot(machine_factory, tmp_path):
    """Boots a machine with a kernel and a ramdisk for a cell in it."""
    def run(kernel, script=INIT, files=None, root=None, **options):
        (tmp_path / "run.sh").write_text(script)
        cloister = c.boot(machine_factory, root, files={
            "cloister/vmlinuz": payload.CACHE / kernel / "image",
            "cloister/initrd": payload.initramfs(
                mode="script", run=tmp_path / "run.sh"),
            **(files or {})}, **options)
        return cloister
    return run


def start(cloister, cell, *options, kernel="/cloister/vmlinuz"):
    cloister.put("/tmp/linux.cell", cell.encode())
    return cloister.ctl(f"linux /tmp/linux.cell {kernel} --initrd"
                        f" /cloister/initrd {' '.join(options)}", timeout=60)


def ends_by_itself(cloister):
    """Its init has found both CPUs, and switched the cell off."""
    cloister.wait_state("linux", "shut-down", timeout=120)
    info = cloister.info("linux")
    assert (info["violations"], info["restarts"]) == (0, 0), info
    for cpu in cloister.json("stats linux"):
        assert cpu["exits"]["total"] > 20, cpu


@pytest.mark.mostly("6.12")
def test_boots(boot, kernel):
    """To its init, and again with the same images, and with other ones."""
    cloister = boot(kernel)
    before = cloister.used()
    text = start(cloister, config())
    assert f"kernel:      0x{RAM:x}, " in text
    assert cloister.online() == "0-1"
    ends_by_itself(cloister)
    cloister.ctl("start linux")
    ends_by_itself(cloister)
    # Another command line, in the cell that is there
    text = start(cloister, config(), "--append", "maxcpus=2", "--json")
    assert f'"kernel": "0x{RAM:x}"' in text
    ends_by_itself(cloister)
    cloister.ctl("destroy linux")
    assert cloister.used() == before


@pytest.mark.mostly("6.12")
def test_reboots(boot, kernel):
    """By itself, with its images as they were loaded, as often as it likes."""
    cloister = boot(kernel, script="""
        [ $(nproc) = 2 ] || poweroff -f
        grep -q again=3 /proc/cmdline && poweroff -f
        reboot -f
        """)
    before = cloister.used()
    start(cloister, config())
    for times in range(1, 4):
        cloister.wait_for(f"[ $(dmesg | grep -c 'starts anew') -ge {times} ]",
                          f"its reboot number {times}", timeout=120)
    info = cloister.info("linux")
    assert (info["violations"], info["restarts"]) == (0, 0), info
    cloister.ctl("shutdown linux")
    assert cloister.state("linux") == "shut-down"
    # Then it stays so
    anew = cloister.must("dmesg | grep -c 'starts anew'")
    start(cloister, config(), "--append", "again=3")
    ends_by_itself(cloister)
    assert cloister.must("dmesg | grep -c 'starts anew'") == anew
    cloister.ctl("destroy linux")
    assert cloister.used() == before


USER_TREE = """/dts-v1/; / {
    gic: interrupt-controller@8000000 { };
    pmu { compatible = "arm,armv8-pmuv3"; interrupts-extended = <&gic 1 7 4>; };
};"""
PMU = """
ls /sys/bus/event_source/devices | grep pmuv3
grep -c 'arm-pmu' /proc/interrupts
"""


def test_user_tree(boot, tmp_path):
    """A device that a user adds is found, and all that there was still works."""
    tree = subprocess.run(["dtc", "-q"], input=USER_TREE.encode(), check=True,
                          stdout=subprocess.PIPE).stdout
    (tmp_path / "user.dtb").write_bytes(tree)
    cloister = boot("6.12", script=PMU,
                    files={"cloister/user.dtb": tmp_path / "user.dtb"})
    start(cloister, blobs.load("linux"), "--dtb", "/cloister/user.dtb")
    ends_by_itself(cloister)
    text = cloister.console("linux").replace("\r", "")
    assert re.search("^armv8_.*pmuv3.*\n1$", text, re.M), text
    cloister.ctl("destroy linux")


RTC, RTC_SPI = 0x09010000, 34
# A read of its device is over when the alarm rings
CLOCK = """
cd /sys/class/rtc/rtc0
echo "$(cat name): $(cat since_epoch)"
exec 3< /dev/rtc0
echo +2 > wakealarm
dd bs=8 count=1 <&3 > /dev/null 2>&1 && echo rings
set -- $(grep rtc-pl031 /proc/interrupts)
echo "$(($2 + $3)) interrupts"
"""
ROOTS_CLOCK = "/sys/bus/amba/drivers/rtc-pl031"


def test_device_of_the_config(boot):
    """The machine's clock, of which nobody but the config says what it is; root
    has it before and behind."""
    cloister = boot("6.12", script=CLOCK, enabled=False)
    system = blobs.load("qemu-virt-4")
    page, = [r for r in system.mem if r["phys_start"] == RTC]
    page["flags"] |= blobs.ASSIGNABLE
    cloister.put("/tmp/system.cell", system.encode())
    cloister.insmod()
    cloister.enable("/tmp/system.cell")
    cell = blobs.load("linux")
    cell.mem.append(blobs.region(
        RTC, 4096, flags=blobs.READ | blobs.WRITE | blobs.IO))
    cell.spis.append(RTC_SPI)
    cell.devices = [{
        "compatible": b"arm,pl031 arm,primecell", "name": b"rtc",
        "address": RTC, "size": 4096, "irqs": [RTC_SPI], "clock_hz": 24000000}]
    with pytest.raises(MachineError, match="MEM_LINUX_RAM"):
        start(cloister, cell)
    cloister.must(f"echo 9010000.pl031 > {ROOTS_CLOCK}/unbind")
    # Of what is wrong with a device, the driver speaks, too
    cell.devices[0]["edge"] = 2
    cloister.put("/tmp/bad.cell", cell.encode())
    cloister.refused("create /tmp/bad.cell", "DEVICE_EDGE")
    cell.devices[0]["edge"] = 0
    start(cloister, cell)
    ends_by_itself(cloister)
    text = cloister.console("linux").replace("\r", "")
    said = re.search(r"^rtc-pl031 9010000\.rtc: (\d+)\nrings\n"
                     r"[1-9]\d* interrupts$", text, re.M)
    assert said and abs(int(said[1]) - time.time()) < 600, text
    cloister.ctl("destroy linux")
    cloister.must(f"echo 9010000.pl031 > {ROOTS_CLOCK}/bind")
    # Something of root still holds the number that it had
    now = int(cloister.must("cat /sys/class/rtc/rtc*/since_epoch"))
    assert abs(now - time.time()) < 600


def test_other_kernels(boot):
    """In the same cell, with the ramdisk elsewhere: root keeps no images but
    those of the last one."""
    kernels = payload.KERNELS[:2]
    cloister = boot(kernels[0], root="6.12", files={
        f"cloister/{name}": payload.CACHE / name / "image"
        for name in kernels})
    images = "grep '[[]cloister] .*vmalloc' /proc/vmallocinfo; true"
    before, at, kept = cloister.must(images).splitlines(), [], []
    for name in kernels:
        text = start(cloister, config(), kernel=f"/cloister/{name}")
        at += re.findall("initrd: +(0x[0-9a-f]+)", text)
        # A large one's pages are listed in another
        kept.append(len(cloister.must(images).splitlines()))
        assert kept[-1] == kept[0] >= 3, kept
        ends_by_itself(cloister)
    assert len(at) == 2 and at[0] != at[1], at
    cloister.ctl("start linux")
    ends_by_itself(cloister)
    cloister.ctl("destroy linux")
    assert cloister.must(images).splitlines() == before


BANKS = """
echo "$(nproc) CPUs, banks: $(grep -cE '^[89ab].*System RAM' /proc/iomem)"
# Each CPU, and more memory than any of the banks has
for cpu in $(seq 0 $(($(nproc) - 1))); do
    taskset $(printf %x $((1 << cpu))) true || poweroff -f
done
mkdir /full && mount -t tmpfs -o size=400M none /full &&
    dd if=/dev/zero of=/full/x bs=1M count=360 2> /dev/null && echo all work
"""


def test_sizes(boot):
    """One CPU to four; RAM in several pieces, not all of it loadable."""
    cloister = boot("6.12", script=BANKS, smp=8)
    for cpus in [7], [2, 5, 6], [4, 3, 7, 1]:
        cell = blobs.load("linux")
        cell.cpus = cpus
        cell.mem = [blobs.region(0xb0000000, 128 * blobs.MIB,
                                 flags=blobs.RAM & ~blobs.LOADABLE),
                    blobs.region(RAM, 256 * blobs.MIB),
                    blobs.region(0xa8000000, 96 * blobs.MIB)]
        start(cloister, cell)
        ends_by_itself(cloister)
        text = cloister.console("linux").replace("\r", "")
        assert f"\n{len(cpus)} CPUs, banks: 3\nall work\n" in text, text
        cloister.ctl("destroy linux")


def login(cloister, name, release):
    """A shell on the cell's console, which is typed to."""
    cloister.ctl(f"linux /cloister/{name}.cell /cloister/vmlinuz"
                 " --initrd /cloister/shell --append earlycon", timeout=60)
    # The last line: an earlier life may have left one, too
    cloister.wait_for("cellctl console linux | tail -n 1 | grep -q '^cloister# '",
                      "the cell's prompt", timeout=120,
                      show="cellctl console linux")
    cloister.put("/tmp/typed",
                 "dmesg | grep -E 'model:|KASLR|physical CPU'; uname -r;"
                 " echo $(nproc) CPUs\n")
    cloister.ctl("console -i linux < /tmp/typed", timeout=60)
    text = cloister.wait_console("linux", "^2 CPUs", timeout=60)
    assert re.search("] Booting Linux on physical CPU 0x0*2 ", text)
    assert re.search("] Machine model: Cloister cell linux", text)
    assert re.search("] KASLR enabled", text)
    assert release in text.replace("\r", "").splitlines()


def switch_off(cloister):
    cloister.put("/tmp/typed", "poweroff -f\n")
    cloister.run("cellctl console -i linux < /tmp/typed", timeout=60)
    ends_by_itself(cloister)


@pytest.mark.parametrize("other", (1, pytest.param(2, marks=pytest.mark.long)))
def test_console(boot, kernel, other):
    """From earlycon to a shell, and the same in the next life; with a root of
    each other version."""
    cloister = boot(kernel, files={"cloister/shell": payload.initramfs()},
                    root=c.other_kernel(kernel, other))
    login(cloister, "linux", payload.release(kernel))
    switch_off(cloister)
    login(cloister, "linux", payload.release(kernel))
    # One that runs is not touched
    cloister.refused("linux /cloister/linux.cell /cloister/vmlinuz",
                     "CELL_STATE", timeout=60)
    assert cloister.state("linux") == "running"
    switch_off(cloister)
    cloister.ctl("destroy linux")


@pytest.mark.parametrize("gic, name", (
    (3, "linux-direct"), (2, "linux"), (2, "linux-direct")))
def test_interrupts(boot, gic, name):
    """However they reach it."""
    cloister = boot("6.12", gic=gic,
                    files={"cloister/shell": payload.initramfs()})
    login(cloister, name, payload.release("6.12"))
    switch_off(cloister)
    cloister.ctl("destroy linux")


def test_uart_of_the_machine(boot):
    """The cell has the only one: root says nothing until it is back, and what
    is typed meanwhile, the cell reads."""
    cloister = boot("6.12", files={"cloister/shell": payload.initramfs()},
                    append="iomem=relaxed")
    machine = cloister.machine
    cell = config(console={"type": 1, "address": UART}, console_irq=UART_SPI)
    cell.spis = [UART_SPI]
    cell.mem += [blobs.region(UART, 4096, flags=UART_FLAGS)]
    cloister.put("/tmp/linux.cell", cell.encode())
    machine.spawn(
        "cellctl linux /tmp/linux.cell /cloister/vmlinuz --initrd"
        " /cloister/shell > /tmp/said 2>&1;"
        " while cellctl list | grep -q 'linux *running'; do usleep 50000; done;"
        # Root's driver had not let go of its interrupt, which came back off
        f" cellctl destroy linux && devmem {GICD_ISENABLER1:#x} 32"
        f" {1 << UART_SPI - 32} && cat /tmp/said")
    machine.expect("Machine model: Cloister cell linux", timeout=120)
    machine.expect("cloister# ", timeout=120)
    machine.send("grep -o uart-pl011 /proc/interrupts; echo $(nproc) CPUs\n")
    assert "\nuart-pl011" in machine.expect("\n2 CPUs").string
    machine.send("poweroff -f\n")
    code, output = machine.wait(timeout=60)
    assert code == 0 and "device tree: 0x" in output
    cloister.cpus_work()


def test_same_tree(boot, tmp_path):
    """On the target and elsewhere, to the byte."""
    cloister = boot("6.12")
    cloister.ctl("linux /cloister/linux.cell --append quiet"
                 " --write-dtb /tmp/linux.dtb")
    assert cloister.names() == ["root"]
    offline = tmp_path / "linux.dtb"
    configs = payload.BUILD / "configs/qemu-virt"
    subprocess.run([payload.ROOT / "tools/cellconf/cellconf", "dt", "-o",
                    offline, "--append", "quiet",
                    configs / "qemu-virt-4.cell", configs / "linux.cell"],
                   check=True)
    assert cloister.machine.get("/tmp/linux.dtb") == offline.read_bytes()


def test_nothing_stays(boot, tmp_path):
    """What is refused, before or after the cell is made, leaves no cell."""
    cut = tmp_path / "cut"
    cut.write_bytes(pathlib.Path(
        payload.CACHE / "6.12/image").read_bytes()[:8 << 20])
    cloister = boot("6.12", files={"cloister/cut": cut})
    before = cloister.used()
    code, text = cloister.run("cellctl linux /cloister/linux.cell"
                              " /cloister/cut")
    assert code == 3 and "is cut off: it has 8388608 bytes" in text
    # CPU 1 is another cell's
    cloister.launch("/cloister/hello.cell", "hello")
    cell = config()
    cell.cpus = [1, 2]
    with pytest.raises(MachineError, match="CPU_TAKEN"):
        start(cloister, cell)
    assert cloister.names() == ["root", "hello"]
    cloister.end("hello")
    start(cloister, config())
    # It runs, or has just ended: it is the one that was started
    other = config(flags=0)
    cloister.put("/tmp/other.cell", other.encode())
    code, text = cloister.run("cellctl linux /tmp/other.cell"
                              " /cloister/vmlinuz")
    assert code == 1 and "exists with another config" in text
    ends_by_itself(cloister)
    cloister.ctl("destroy linux")
    assert cloister.used() == before


def test_interrupted(boot):
    """A signal while it loads: what was made is gone, and can be made again."""
    cloister = boot("6.12")
    before = cloister.used()
    cloister.put("/tmp/linux.cell", config().encode())
    # Long enough that the signal is there before the end
    cloister.must("truncate -s 256M /tmp/large")
    for number, code in (("TERM", 143), ("HUP", 129)):
        text = cloister.must(
            "cellctl linux /tmp/linux.cell /cloister/vmlinuz --initrd"
            " /tmp/large 2>&1 & until [ -e"
            f" {c.SYSFS}/cells/1 ]; do :; done; kill -{number} $!;"
            " wait $!; echo code $?", timeout=60)
        assert "cellctl: linux: interrupted" in text
        assert f"code {code}" in text
        assert (cloister.names(), cloister.used()) == (["root"], before)
    cloister.cpus_work()
    start(cloister, config())
    ends_by_itself(cloister)
    cloister.ctl("destroy linux")


BAD_FILES = (
    ("linux.cell /cloister/initrd", "initrd: is no arm64 kernel"),
    ("linux.cell /tmp/cut", "cut: is cut off: it has"),
    ("small.cell /cloister/vmlinuz", r"vmlinuz: needs \d+ bytes of RAM from"),
    ("linux.cell /cloister/vmlinuz --initrd /tmp/large",
     "large: has 536870912 bytes and does not fit behind the kernel"),
    ("linux.cell /cloister/vmlinuz --dtb /tmp/cut.dtb",
     r"cut.dtb: is cut off: the device tree has \d+ bytes"),
    ("linux.cell /cloister/vmlinuz --dtb /tmp/large",
     "large: has 536870912 bytes, at most"),
    ("linux.cell /cloister/vmlinuz --dtb /tmp/linux.cell",
     "linux.cell: is no device tree"),
)


def test_bad_files(boot):
    """Each is told by its name, and nobody is the worse for it."""
    cloister = boot("6.12")
    small = config()
    small.mem[0]["size"] = 16 * blobs.MIB
    cloister.put("/tmp/linux.cell", config().encode())
    cloister.put("/tmp/small.cell", small.encode())
    cloister.ctl("linux /tmp/linux.cell --write-dtb /tmp/whole.dtb")
    cloister.must("cd /tmp; head -c 700 whole.dtb > cut.dtb;"
                  " head -c 1000000 /cloister/vmlinuz > cut;"
                  " truncate -s 512M large")
    cloister.launch(blobs.cell("beside", cpus=[1]), "hello")
    before = cloister.used()
    for words, text in BAD_FILES:
        code, said = cloister.run(f"cd /tmp; cellctl linux {words}", 60)
        assert code == 3 and re.search(text, said), (words, code, said)
        assert cloister.used() == before, words
    cloister.alive("beside")
    cloister.end("beside")
    # The cell that none of them made, with what is right
    start(cloister, config())
    ends_by_itself(cloister)
    cloister.ctl("destroy linux")
