#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What `make shell` runs in the machine before its first prompt.
for command in "insmod /cloister/cloister.ko" \
	"cellctl enable /cloister/qemu-virt.cell"; do
	echo "cloister# $command"
	$command || break
done
cat <<'END'

Cloister is below this Linux. Try:
  cellctl create /cloister/timer.cell
  cellctl load timer /cloister/timer.bin
  cellctl start timer
  cellctl list
  cellctl console timer       (Ctrl-C leaves)
  cellctl --help
END
ls /cloister
