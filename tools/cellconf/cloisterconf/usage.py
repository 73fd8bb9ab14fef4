# SPDX-License-Identifier: GPL-2.0-only
"""The commands, their options, and what --help says of them."""

import argparse
import textwrap

EXIT_STATUS = """\
exit status:
  0  success
  1  a config is not valid
  2  wrong usage
  3  a file cannot be read or written
"""
DIFF_STATUS = """\
exit status:
  0  no difference
  1  different
  2  trouble: a config is not valid or cannot be read, or wrong usage
"""


def seal(parser):
    """Fill in kind, size and checksum of a linked config.

    Drops empty sections, and refuses what is no config. `cellconf build` does
    this, too; seal is the last step for those who link by themselves.

    example:
      objcopy -O binary timer.elf timer.bin
      cellconf seal timer.bin timer.cell
    """
    parser.add_argument("input", metavar="IN",
                        help="what objcopy made of the linked config")
    parser.add_argument("output", metavar="OUT", help="the config to write")


def show(parser):
    """Print what a config says.

    In JSON, addresses are strings ("0x..."), sizes and numbers are numbers.

    example:
      cellconf show timer.cell
    """
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("file", metavar="FILE", help="a sealed config")


def compiler_options(parser):
    """What the compiler of a source is told."""
    parser.add_argument("-D", dest="define", metavar="NAME[=VALUE]",
                        action="append", help="define a macro")
    parser.add_argument("-I", dest="include", metavar="FOLDER",
                        action="append", help="look there for headers")


def check(parser):
    """Check a system config and cell configs.

    Says each rule that a file breaks, by the hypervisor's own code: what is
    refused here is refused there. The cells are checked for existing at the
    same time. Warnings are about what is possible, and hardly wanted.

    Each file is a sealed config, or a source in C (named *.c), which is built
    first. Without a system config among them, only what needs none is checked.

    examples:
      cellconf check system.cell hello.cell timer.c
      cellconf check --any system.cell *.cell
    """
    parser.add_argument("--any", action="store_true",
                        help="the cells exist one at a time: what they cannot"
                             " have together is a warning")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--pa-bits", metavar="BITS", type=int, default=48,
                        choices=range(32, 53),
                        help="width of the machine's physical addresses"
                             " (32 to 52, default: 48)")
    parser.add_argument("--max-spi", metavar="INTID", type=int, default=1019,
                        choices=range(32, 1020),
                        help="its highest SPI (default: 1019)")
    compiler_options(parser)
    parser.add_argument("files", metavar="FILE", nargs="+",
                        help="configs, of which one is the system's")


def build(parser):
    """Compile, link and seal a config in C.

    The compiler is gcc with the prefix CROSS_COMPILE of the environment, by
    default aarch64-linux-gnu- (none on arm64). Where that is not installed, the
    machine's own does as well.

    examples:
      cellconf build timer.c timer.cell
      cellconf build -D HELLO_UART -I ../board hello.c hello-uart.cell
    """
    compiler_options(parser)
    parser.add_argument("source", metavar="SOURCE", help="a config in C")
    parser.add_argument("output", metavar="OUT", help="the config to write")


def diff(parser):
    """Say what changed between two configs.

    Each is a sealed config, or a source in C (named *.c). Regions, CPUs and
    interrupts are told apart by what they are, not by their place in a list:
    another order of regions is no difference.

    example:
      cellconf diff timer.cell timer.c
    """
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("a", metavar="A", help="the older one")
    parser.add_argument("b", metavar="B", help="the newer one")


def create(parser):
    """Make configs for the machine that this runs on.

    Writes system.c, which can be enabled as it is, and cell.c, a cell to begin
    with. Run it as root, before anything is enabled.

    Memory for the hypervisor and for cells is what mem= on the kernel's
    command line left out (not with UEFI), and nodes of /reserved-memory that
    have no-map and a name that begins with cloister or cell. If there is none,
    it says what to add, and stops.

    examples:
      cellconf create --blob -o /etc/cloister
      cellconf create --hypervisor-memory 4M@0x70000000 \\
                      --cell-memory 1G@0x71000000
    """
    parser.add_argument("-o", "--output", metavar="FOLDER", default=".",
                        help="where the files go (default: here)")
    parser.add_argument("--blob", action="store_true",
                        help="write sealed configs, too: no compiler is needed"
                             " then")
    parser.add_argument("--force", action="store_true",
                        help="overwrite files that are there")
    parser.add_argument("--hypervisor-memory", metavar="SIZE@START",
                        help="memory for the hypervisor")
    parser.add_argument("--cell-memory", metavar="SIZE@START", action="append",
                        help="memory that cells may have; may be given several"
                             " times")
    parser.add_argument("--root", metavar="FOLDER", default="/",
                        help="read proc and sys in there: a record of another"
                             " machine")


def report(parser):
    """Write an HTML page with pictures of a machine and its cells.

    Shows who has which memory, CPUs and interrupts, what each cell sees, and
    what is wrong or odd. The page is one file, without scripts, and needs no
    network. It is written even if a config is not valid; the exit status is 1
    then.

    example:
      cellconf report -o plan.html system.cell hello.cell timer.c
    """
    parser.add_argument("-o", "--output", metavar="PAGE",
                        default="report.html",
                        help="the page to write (default: report.html)")
    parser.add_argument("--title", metavar="TEXT",
                        help="the heading (default: the system config's name)")
    parser.add_argument("files", metavar="FILE", nargs="+",
                        help="one system config and any cell configs: sealed,"
                             " or sources in C (named *.c)")


def dt(parser):
    """Write the device tree that a Linux in a cell gets.

    It is the one that `cellctl linux --write-dtb` makes, of a system config and a
    cell config, each sealed or a source in C (named *.c).

    examples:
      cellconf dt system.cell linux.c | dtc -I dtb
      cellconf dt -o linux.dtb --dtb my-devices.dtb system.cell linux.cell
    """
    parser.add_argument("-o", "--output", metavar="FILE",
                        help="where the tree goes (default: standard output)")
    parser.add_argument("--append", metavar="ARGS",
                        help="the kernel's command line")
    parser.add_argument("--dtb", metavar="FILE",
                        help="a device tree (.dtb) to put over it: nodes are"
                             " added, properties replaced; an overlay is"
                             " applied")
    compiler_options(parser)
    parser.add_argument("system", metavar="SYSTEM", help="the system config")
    parser.add_argument("cell", metavar="CELL", help="the cell config")


COMMANDS = (create, build, seal, show, check, diff, report, dt)


def parser_for(functions):
    """The parser of the command line; {name: function} run the commands."""
    top = argparse.ArgumentParser(
        prog="cellconf", epilog=EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Makes, seals, shows, checks and compares configs of"
                    " Cloister.\ncellconf COMMAND --help tells more.")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for add in COMMANDS:
        title, _, rest = add.__doc__.partition("\n\n")
        parser = commands.add_parser(
            add.__name__, help=title[0].lower() + title.rstrip(".")[1:],
            description=title + "\n\n" + textwrap.dedent(rest).rstrip(),
            epilog=DIFF_STATUS if add is diff else EXIT_STATUS,
            formatter_class=argparse.RawDescriptionHelpFormatter)
        add(parser)
        parser.set_defaults(function=functions[add.__name__])
    return top
