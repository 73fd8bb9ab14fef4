// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that can do DMA. Without an IOMMU that the hypervisor drives, nothing
 * keeps them from memory that is not root's, so at least it is said which they are.
 */
#include <linux/dma-mapping.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/property.h>

#include "driver.h"

/* More would push everything else out of the kernel's log */
#define MAX_NAMED 64

static void name_one(u32 *count, const struct device *dev, const char *what)
{
	if (!(*count)++)
		pr_warn("no IOMMU contains DMA; these devices can read and write all memory, the hypervisor's and that of cells included:\n");
	if (*count > MAX_NAMED)
		return;
	pr_warn("DMA master %s %s (%s%s)\n", dev->bus->name, dev_name(dev),
		dev->driver ? dev_driver_string(dev) : "no driver", what);
}

/*
 * Every function but bridges: that one is no bus master now, or has no driver, is
 * nothing that lasts. A bridge passes on what those behind it do.
 */
static int look_at_function(struct device *dev, void *arg)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	u16 command = 0;

	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL || pdev->class >> 16 == PCI_BASE_CLASS_BRIDGE)
		return 0;
	pci_read_config_word(pdev, PCI_COMMAND, &command);
	name_one(arg, dev, command & PCI_COMMAND_MASTER ? ", bus master" : "");
	return 0;
}

/*
 * Linux does not know which of these do DMA. The firmware's description tells, or
 * what the driver has said about addresses; without either a device is missed.
 * Those without a driver are left out: a device tree names many that do not exist.
 */
static int look_at_device(struct device *dev, void *arg)
{
	static const char *const signs[] = { "dma-coherent", "dma-noncoherent", "dma-ranges",
					     "iommus", "#dma-cells" };
	bool dma = dev->coherent_dma_mask != DMA_BIT_MASK(32) ||
		   (dev->dma_mask && *dev->dma_mask != DMA_BIT_MASK(32)) ||
		   (dev->dma_parms && dev->dma_parms->max_segment_size);
	u32 i;

	if (!dev->driver || device_property_match_string(dev, "device_type", "pci") >= 0)
		return 0;
	for (i = 0; i < ARRAY_SIZE(signs); i++)
		dma = dma || device_property_present(dev, signs[i]);
	if (dma)
		name_one(arg, dev, "");
	return 0;
}

/**
 * cl_warn_dma() - name the devices whose DMA nobody contains
 *
 * Return: how many there are.
 */
u32 cl_warn_dma(void)
{
	u32 count = 0;

	if (IS_ENABLED(CONFIG_PCI))
		bus_for_each_dev(&pci_bus_type, NULL, &count, look_at_function);
	bus_for_each_dev(&platform_bus_type, NULL, &count, look_at_device);
	if (count > MAX_NAMED)
		pr_warn("DMA masters: %u more\n", count - MAX_NAMED);
	return count;
}
