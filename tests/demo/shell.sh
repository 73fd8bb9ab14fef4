#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What `make shell` runs in the machine before its first prompt.
for command in "insmod /cloister/cloister.ko" \
	"cellctl enable /cloister/qemu-virt.cell"; do
	echo "cloister# $command"
	if ! $command; then
		echo "Cloister is not enabled; the files are in /cloister"
		exit 1
	fi
done
cat <<'END'

Cloister is below this Linux. Try:
  cellctl create /cloister/timer.cell
  cellctl load timer /cloister/timer.bin
  cellctl start timer
  cellctl list
  cellctl console -f timer    (Ctrl-C leaves)
  cellctl --help
END
ls /cloister
