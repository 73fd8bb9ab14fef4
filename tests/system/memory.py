# SPDX-License-Identifier: GPL-2.0-only
"""Memory of root's Linux: how much it has, and what the driver holds of it."""

import re

# Of free_memory(), in KiB: threads and their stacks come and go, which is some
# 250. A page for each of the 300 cells of test_cells_long is more than this.
NOISE = 1024

# Kernel parameter: every object of a slab knows who made it, for Objects
TRACED = "slub_debug=U"

# What can be dropped, and slabs without an object, are dropped; counters of
# each CPU are added up. Pages on the lists of each CPU are free, too: they are
# some MiB more or less, depending on which CPUs were busy.
FREE = r"""
for i in 1 2 3; do
  echo 3 > /proc/sys/vm/drop_caches
  for cache in /sys/kernel/slab/*; do
    [ -L $cache ] || echo 1 > $cache/shrink
  done
  cat /proc/sys/vm/stat_refresh
  awk '$1 == "nr_free_pages" || $1 == "count:" { n += $2 * 4 }
       END { print n }' /proc/zoneinfo
done
"""

# A paragraph for each way that objects of a cache were made: how many, then
# who called whom. What Linux makes for a CPU that comes online is its own, and
# so are its list of addresses, which it tidies now and then (vmallocinfo has
# those in use, see used()), and its index of all files in sysfs, with nodes that
# others' files share (the files themselves are counted).
OBJECTS = r"""
echo 3 > /proc/sys/vm/drop_caches
cd /sys/kernel/debug/slab && awk -v RS= '
  /\[cloister\]/ && !/ (add|remove)_cpu\+/ {
    match($0, /[a-z0-9_.]+\+[^ ]+ \[cloister\]/)
    maker = substr($0, RSTART, RLENGTH)
    sub(/\+.*/, "", maker)
    sub("/.*", "", FILENAME)
    n[FILENAME " " maker] += $1
  }
  END { for (what in n) print what, n[what] }' */alloc_traces |
  grep -vE '^(radix_tree_node|vmap_area) ' | sort
"""


def free_memory(cloister):
    """KiB that are free once all is dropped that can be; the best of several
    readings."""
    cloister.put("/tmp/free", FREE)
    return max(map(int, cloister.must("sh /tmp/free", 120).split()))


class Objects:
    """What the driver has allocated of slabs, by cache and function, to the
    single object; the machine was booted with TRACED."""

    def __init__(self, cloister):
        self.cloister = cloister
        cloister.put("/tmp/objects", OBJECTS)
        cloister.must("sh /tmp/objects > /tmp/objects.before", 60)
        # At least the folder of root's cell, or nothing would be looked at
        assert re.search("^kmalloc-[a-z0-9-]+ cl_new_cell 1$", cloister.must(
            "cat /tmp/objects.before"), re.M)

    def wait_same(self):
        """As many as at first. RCU frees some a little later, and whoever has
        read a file of a cell's folder leaves that in a cache."""
        self.cloister.wait_for(
            "sh /tmp/objects | cmp -s - /tmp/objects.before",
            "as many objects of the driver's as before", 60,
            show="sh /tmp/objects | diff /tmp/objects.before -")
