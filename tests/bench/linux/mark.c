// SPDX-License-Identifier: GPL-2.0-only
/* In the machine: has plugin.c note its counts. */
#include "mark.h"

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

int main(void)
{
	asm volatile(".inst " TEXT(MARK));
	return 0;
}
