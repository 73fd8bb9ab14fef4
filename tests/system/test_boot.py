# SPDX-License-Identifier: GPL-2.0-only
"""The ground that all other tests stand on: stock kernels boot as needed."""

import pytest

import payload
from machine import Crash, Machine, Timeout


@pytest.mark.parametrize("smp", [4])
def test_boots_with_the_stub_at_el2(machine_factory, kernel, cpu, smp):
    machine = machine_factory(kernel, cpu=cpu, smp=smp, fresh=True)
    assert machine.must("nproc") == str(smp)
    assert machine.must("uname -r") == payload.release(kernel)
    dmesg = machine.dmesg()
    # With the kernel itself at EL2 there would be nothing to take over.
    assert "CPU: All CPU(s) started at EL2" in dmesg
    assert "VHE mode" not in dmesg


@pytest.mark.parametrize("smp", [1, 2, 8])
def test_number_of_cpus(machine_factory, smp):
    machine = machine_factory(smp=smp, fresh=True)
    assert machine.must("nproc") == str(smp)


def test_memory_above_the_limit_is_left_alone(machine_factory):
    machine = machine_factory(fresh=True)
    total = machine.must("awk '/MemTotal/ { print $2 }' /proc/meminfo")
    assert 600 * 1024 < int(total) < 768 * 1024


def test_one_boot_is_enough(machine_factory, request):
    """The second of a kind is saved, and goes on from its own file."""
    if request.config.getoption("--fresh"):
        pytest.skip("all machines boot")
    machines = [machine_factory(cloister=True, smp=3, append="saved")
                for _ in range(4)]
    assert ["-incoming" in machine.command for machine in machines] == \
        [False, True, True, True]
    for number, machine in enumerate(machines):
        assert machine.must("nproc") == "3"
        assert machine.run("cat /tmp/number").code == 1
        machine.must(f"echo {number} > /tmp/number")
    for number, machine in enumerate(machines):
        assert machine.must("cat /tmp/number") == str(number)
        # Its clock goes on, and its timer rings
        machine.must("before=$(cat /proc/uptime); usleep 1000; "
                     "until [ \"$(cat /proc/uptime)\" != \"$before\" ]; "
                     "do :; done")


@pytest.mark.long
def test_icount_is_deterministic(machine_factory, kernel):
    """Two runs must agree in each byte: measurements depend upon it."""
    script = "cat /proc/uptime; cat /proc/interrupts; dmesg\n"
    first, second = (machine_factory.script(script, kernel, icount=True)
                     for _ in range(2))
    assert first == second
    assert "All CPU(s) started at EL2" in first.output


class TestConsole:
    """The harness must not mistake one thing for another."""

    def test_exit_codes_and_output(self, machine_factory):
        machine = machine_factory()
        assert machine.run("true") == (0, "")
        assert machine.run("echo one; exit 3") == (3, "one")
        assert machine.run("printf 'no newline'") == (0, "no newline")
        assert machine.run("echo a; echo; echo b").output == "a\n\nb"
        assert machine.run("cat").code == 0
        assert machine.run("echo \"it's\" '$HOME' \\\\").output == \
            "it's $HOME \\"
        assert machine.run("if").code != 0
        assert machine.run("for i in 1 2; do\necho $i\ndone").output == \
            "1\n2"
        assert machine.run("no-such-program").code == 127
        # Looks like the end of a command, but is not.
        assert machine.run("echo @@END:1:0@@").code == 0
        assert machine.run("seq 5000").output.split("\n")[-1] == "5000"

    def test_files_and_dialogues(self, machine_factory):
        machine = machine_factory()
        data = bytes(range(256)) * 16
        machine.put("/tmp/data", data)
        assert machine.get("/tmp/data") == data
        machine.spawn("read answer; echo \"got $answer\"; exit 5")
        machine.send("yes\n")
        machine.expect("got yes")
        assert machine.wait() == (5, "got yes")
        machine.spawn("while :; do echo tick; usleep 100000; done")
        machine.expect("tick\\s+tick")
        machine.interrupt()
        code, output = machine.wait()
        assert code == 130
        assert output.startswith("tick\ntick")
        assert machine.run("echo after") == (0, "after")

    def test_kernel_messages_do_not_mix(self, machine_factory):
        machine = machine_factory()
        machine.must("echo 'hello from the log' > /dev/kmsg")
        assert machine.must("echo x") == "x"
        assert "hello from the log" in machine.dmesg()

    def test_a_hang_is_noticed(self, machine_factory):
        machine = machine_factory()
        with pytest.raises(Timeout, match="no sign of the end of `sleep 99`"):
            machine.run("sleep 99", timeout=1)
        machine.close()
        assert "PC=" in machine.log_path.read_text(encoding="utf-8")

    def test_a_late_answer_is_no_hang(self, machine_factory):
        machine = machine_factory()
        assert machine.run("sleep 12; echo done", timeout=30) == (0, "done")

    def test_a_panic_is_noticed(self, machine_factory):
        machine = machine_factory()
        with pytest.raises(Crash, match="sysrq triggered crash"):
            machine.run("echo c > /proc/sysrq-trigger")

    def test_a_machine_that_cannot_boot(self, tmp_path):
        machine = Machine("6.1", None, log=tmp_path / "log")
        with pytest.raises(Crash, match="Unable to mount root"):
            machine.boot()
        machine.close()
