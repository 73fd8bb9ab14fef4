// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starts, by kexec, a kernel of a few instructions: it says at which exception
 * level it was entered, on QEMU's PL011, and switches the machine off.
 *
 *	ktiny
 */
#include <errno.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TARGET 0x50000000ul /* RAM of Linux */
#define PAGE 4096

/* Runs anywhere, with the MMU off */
asm(".pushsection .rodata\n"
    ".balign 8\n"
    ".globl tiny, tiny_end\n"
    "tiny:\n\t"
    "mov	x1, #0x09000000\n\t"
    "adr	x2, 3f\n"
    "1:	ldrb	w3, [x2], #1\n\t"
    "cbz	w3, 2f\n\t"
    "str	w3, [x1]\n\t"
    "b		1b\n"
    "2:	mrs	x3, CurrentEL\n\t"
    "lsr	x3, x3, #2\n\t"
    "add	w3, w3, #'0'\n\t"
    "str	w3, [x1]\n\t"
    "mov	w3, #'\\n'\n\t"
    "str	w3, [x1]\n\t"
    "mov	w0, #0x84000000\n\t" /* PSCI SYSTEM_OFF */
    "add	w0, w0, #8\n\t"
    "smc	#0\n\t"
    "b		.\n"
    "3:	.asciz	\"\\ntiny kernel at EL\"\n"
    "tiny_end:\n"
    ".popsection");
extern const char tiny[], tiny_end[];

int main(void)
{
	static char page[PAGE];
	struct kexec_segment segment = { page, sizeof(page), (void *)TARGET, sizeof(page) };

	memcpy(page, tiny, (size_t)(tiny_end - tiny));
	if (syscall(SYS_kexec_load, TARGET, 1, &segment, KEXEC_ARCH_AARCH64)) {
		perror("ktiny: kexec_load");
		return 1;
	}
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, 0);
	perror("ktiny: reboot");
	return 1;
}
