#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Print what `cellconf create` reads of a machine, for a test on another one:
#
#   sh record.sh > NAME.txt          (as root, on the machine, needs base64)
#
# Binary files are base64. The device tree is one of them; for a fixture of the
# tests, take it out again and turn it into a source that can be read:
#
#   dtc -I dtb -O dts NAME.dtb > NAME.dts

echo "# SPDX-License-Identifier: GPL-2.0-only"
echo "# $(uname -sr)"
for file in /proc/iomem /proc/cmdline /proc/interrupts \
	/sys/devices/system/cpu/present /sys/devices/system/cpu/online \
	/sys/devices/system/cpu/cpu*/firmware_node/uid \
	/sys/class/dmi/id/product_name \
	/sys/bus/pci/devices/*/vendor /sys/bus/pci/devices/*/device \
	/sys/bus/pci/devices/*/class; do
	[ -f "$file" ] || continue
	echo "=== $file"
	cat "$file"
done
for link in /sys/devices/system/cpu/cpu*/of_node \
	/sys/bus/pci/devices/*/driver; do
	[ -L "$link" ] && echo "=== $link -> $(readlink "$link")"
done
for file in /sys/firmware/fdt /sys/firmware/acpi/tables/APIC \
	/sys/firmware/acpi/tables/MCFG /sys/firmware/acpi/tables/SPCR \
	/sys/firmware/acpi/tables/SRAT; do
	[ -f "$file" ] || continue
	echo "=== base64 $file"
	base64 "$file"
done
[ ! -d /sys/firmware/efi ] || echo "=== mkdir /sys/firmware/efi"
