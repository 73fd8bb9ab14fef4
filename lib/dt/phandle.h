/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers of generated nodes. dtc gives those of a user's tree numbers from 1 on. */
#ifndef DT_PHANDLE_H
#define DT_PHANDLE_H

#include <cloister/config.h>

/* From the last one on: a clock for each device that a config can have */
enum { PHANDLE_GIC = 0x8000, PHANDLE_CLOCK, PHANDLE_GPIO, PHANDLE_BUS_CLOCK, PHANDLE_DEVICE_CLOCK };

#define PHANDLE_FIRST PHANDLE_GIC
#define PHANDLE_LAST (PHANDLE_DEVICE_CLOCK + CL_MAX_DEVICES - 1)

#endif
