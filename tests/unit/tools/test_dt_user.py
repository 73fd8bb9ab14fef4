# SPDX-License-Identifier: GPL-2.0-only
"""A user's tree over the device tree of a Linux in a cell."""

import itertools

import pytest

from cloisterconf import dt
from cloisterconf.errors import TreeError
from fdt import cells, dtc, parse, reservations
from tree_configs import (GIC, PL011, RTC, cell, system, tree_of, uart,
                          with_devices)


def test_a_user_corrects_a_device():
    after = tree_of(system(), with_devices(RTC), user=dtc("""/dts-v1/; / {
        rclk: clock-9010000 { clock-frequency = <1000>; };
        rtc@9010000 { wakeup-source; };
        other@a000000 { clocks = <&rclk>; };
    };"""))
    number = after["/clock-9010000"]["phandle"]
    assert cells(number) == [1]
    assert cells(after["/clock-9010000"]["clock-frequency"]) == [1000]
    assert after["/rtc@9010000"]["clocks"] == number
    assert after["/other@a000000"]["clocks"] == number
    assert after["/rtc@9010000"]["wakeup-source"] == b""


SERIAL_AND_BUTTON = uart(PL011, spis=[33, 225], console_irq=33, power_button={
    "address": 0x9030000, "irq": 225})


def merged(source, *options):
    return tree_of(system(), uart(spis=[224], console_irq=224),
                   user=dtc("/dts-v1/; " + source, *options))


def test_merge():
    """Properties replace, nodes are added, all else stays."""
    before = tree_of(system(), uart(spis=[224], console_irq=224))
    after = merged("""/ {
        model = "pump";
        serial@9000000 { current-speed = <9600>; };
        soc { #address-cells = <2>; clk: clock { phandle = <1>; };
              ethernet@a000000 { clocks = <&clk>; interrupts = <0 7 4>; }; };
    };""")
    assert after["/"] == {**before["/"], "model": b"pump\0"}
    assert after["/serial@9000000"] == {
        **before["/serial@9000000"], "current-speed": b"\0\0\x25\x80"}
    assert after["/soc/ethernet@a000000"] == {
        "clocks": b"\0\0\0\1", "interrupts": b"\0\0\0\0\0\0\0\7\0\0\0\4"}
    assert set(after) - set(before) == {"/soc", "/soc/clock",
                                        "/soc/ethernet@a000000"}
    assert after[GIC] == before[GIC]


def test_merge_by_whole_names():
    """A name without an address is not that of a node with one, unless there
    is no other node that can be meant."""
    before = merged("/ { };")
    after = merged("""/ { timer@a000000 { a; }; timer { b; }; clock@1 { c; };
        clock { d; }; memory { e; }; };""")
    assert after["/timer"] == {**before["/timer"], "b": b""}
    assert after["/memory@71000000"] == {**before["/memory@71000000"],
                                         "e": b""}
    added = {path: after[path] for path in set(after) - set(before)}
    assert added == {"/timer@a000000": {"a": b""}, "/clock@1": {"c": b""},
                     "/clock": {"d": b""}}


def test_merge_with_labels():
    """A source names generated nodes by labels of its own, so dtc numbers
    them: whoever meant them before, does so still."""
    before = tree_of(system(), SERIAL_AND_BUTTON)
    after = tree_of(system(), SERIAL_AND_BUTTON, user=dtc("""/dts-v1/; / {
        gic: interrupt-controller@8000000 { };
        gpio: gpio@9030000 { };
        uclk: uart-clock { };
        bus: bus-clock { };
        device@a000000 { interrupts-extended = <&gic 0 7 4>;
                         gpios = <&gpio 1 0>; clocks = <&uclk &bus>; };
    };"""))
    gic, gpio, uart_clock, bus_clock = (
        cells(after[path]["phandle"])[0]
        for path in (GIC, "/gpio@9030000", "/uart-clock", "/bus-clock"))
    assert sorted((gic, gpio, uart_clock, bus_clock)) == [1, 2, 3, 4]
    assert cells(after["/device@a000000"]["interrupts-extended"])[0] == gic
    assert cells(after["/"]["interrupt-parent"]) == [gic]
    assert cells(after["/serial@9000000"]["clocks"]) == 2 * [uart_clock]
    assert cells(after["/gpio@9030000"]["clocks"]) == [bus_clock]
    assert cells(after["/gpio-keys/key-power"]["gpios"]) == [gpio, 3, 0]
    # And nothing else is another one
    for path in ("/timer", "/cpus", "/psci", "/chosen"):
        assert after[path] == before[path]


@pytest.mark.parametrize("source", (
    "%s / { n { }; };", "/plugin/; %s &{/} { n { }; };"))
def test_reserved_memory_of_a_user(source):
    """It is in no node, so Linux would not hear of it by any."""
    made = dt.build(system(), cell(), user=dtc("/dts-v1/;" + source % (
        "/memreserve/ 0x71f00000 0x1000; /memreserve/ 0xffffffff80000000 1;")))
    assert reservations(made) == [(0x71f00000, 0x1000),
                                  (0xffffffff80000000, 1)]
    assert "/n" in parse(made)
    assert reservations(dt.build(system(), cell())) == []


@pytest.mark.parametrize("source", (
    "/ { n { phandle = <0x8000>; }; };",
    "/ { a { b { phandle = <0x8003>; }; }; };",
    "/ { n { phandle = <0x8023>; }; };",
    "/ { uart-clock { phandle = <0x8000>; }; };",
    "/ { n { phandle = <1 2>; }; };"))
def test_phandles_collide(source):
    with pytest.raises(TreeError) as error:
        tree_of(system(), SERIAL_AND_BUTTON,
                user=dtc("/dts-v1/; " + source, "-f"))
    assert error.value.of_user
    assert str(error.value) == (
        "the device tree cannot be merged, as generated nodes have the phandles"
        " from 0x8000 on: FDT_ERR_BADPHANDLE")
    # Those next to them, and that of the node itself
    for other in ("n { phandle = <0x8024>; };", "n { phandle = <0x7fff>; };",
                  "uart-clock { phandle = <0x8001>; };"):
        tree_of(system(), SERIAL_AND_BUTTON,
                user=dtc("/dts-v1/; / { " + other + " };", "-f"))


def test_overlay_with_a_label():
    """What libfdt makes of a generated node that has one more number."""
    user = dtc("""/dts-v1/; /plugin/; / {
        fragment@0 { target-path = "/interrupt-controller@8000000";
                     gic: __overlay__ { }; };
        fragment@1 { target-path = "/"; __overlay__ {
                     n { interrupts-extended = <&gic 0 7 4>; }; }; }; };""")
    try:
        after = tree_of(system(), uart(), user=user)
    except TreeError as error:
        assert error.of_user and "have the phandles from 0x8000" in str(error)
        return
    gic = cells(after[GIC]["phandle"])
    assert cells(after["/"]["interrupt-parent"]) == gic
    assert cells(after["/n"]["interrupts-extended"])[:1] == gic


def test_overlay():
    after = merged("""/plugin/; &{/} {
        soc { clk: clock { }; device { clocks = <&clk>; }; }; };
        &{/serial@9000000} { current-speed = <9600>; };""")
    assert cells(after["/serial@9000000"]["current-speed"]) == [9600]
    assert after["/soc/device"]["clocks"] == after["/soc/clock"]["phandle"]
    # Numbers of both trees differ
    phandles = [node["phandle"] for node in after.values()
                if "phandle" in node]
    assert len(phandles) == len(set(phandles)) == 2


def test_overlay_of_what_is_not_there():
    with pytest.raises(TreeError, match="overlay cannot be applied:"
                       " FDT_ERR_NOTFOUND") as error:
        merged("/plugin/; &{/absent} { a; };")
    assert error.value.of_user


def damaged(change):
    """What is said of a user's tree that a function has changed."""
    user = bytearray(dtc("/dts-v1/; / { node { a = \"text\"; }; };"))
    with pytest.raises(TreeError) as error:
        dt.build(system(), cell(), user=bytes(change(user)))
    assert error.value.of_user
    return str(error.value)


def test_damaged_user_tree():
    assert "is no device tree (.dtb): 5 bytes" in damaged(lambda t: b"/dts-")
    assert "is no device tree" in damaged(lambda t: b"")
    assert "is no device tree" in damaged(lambda t: b"\0" + t[1:])
    size = len(dtc("/dts-v1/; / { node { a = \"text\"; }; };"))
    assert damaged(lambda t: t[:-1]) == (
        f"is cut off: the device tree has {size} bytes, the file {size - 1}")

    # libfdt's own check would not survive this one
    assert damaged(lambda t: t[:23] + b"\4" + t[24:]) == (
        "is a device tree of version 4: 16 and later ones are known")

    def negative_length(tree):
        at = tree.index(b"\0\0\0\3\0\0\0\5")
        return tree[:at + 4] + b"\xff\xff\xff\xf8" + tree[at + 8:]
    assert "is damaged: FDT_ERR_BADSTRUCTURE" in damaged(negative_length)

    def begin_nothing(tree):
        at = tree.index(b"\0\0\0\1node")
        return tree[:at + 3] + b"\2" + tree[at + 4:]
    assert "the device tree is damaged: FDT_ERR_BADSTRUCTURE" in \
        damaged(begin_nothing)


def test_every_byte_of_a_user_tree():
    """Whatever is wrong with it, there is an answer."""
    user = dtc("/dts-v1/; / { node@1 { a = <1 2>; b { }; }; };")
    machine, config = system(), cell()
    for at, value in itertools.product(range(len(user)), (0, 1, 0xff)):
        try:
            dt.build(machine, config,
                     user=user[:at] + bytes([value]) + user[at + 1:])
        except TreeError as error:
            assert error.of_user


def test_too_deep():
    with pytest.raises(TreeError, match="cannot be merged"):
        merged("/ {" + "n {" * 40 + "};" * 40 + "};")
