/* SPDX-License-Identifier: GPL-2.0-only */
#include <layout.h>

OUTPUT_ARCH(aarch64)
ENTRY(image_header)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
}

SECTIONS
{
	. = VA_IMAGE;
	__image_start = .;
	.text : {
		KEEP(*(.head))
		/* Runs with the MMU off, or mapped where it physically is */
		KEEP(*(.idmap.text))
		__idmap_end = .;
		/* Fits before the vectors, which are aligned */
		*boot.o(.text .text.*)
		. = ALIGN(2048);
		KEEP(*(.vectors))
#define INSPECT *inspect.o *inspect_gva.o *stage1.o *pt_audit.o *s1_walk.o
		*(EXCLUDE_FILE(INSPECT) .text EXCLUDE_FILE(INSPECT) .text.*)
	} :text
	/* Looking at live tables: apart, so that its size can be told */
	.text_inspect : { *(.text .text.*) } :text
	. = ALIGN(4096);
	__text_end = .;
	.rodata : { *(.rodata .rodata.*) . = ALIGN(4096); } :rodata
	__rodata_end = .;
	.data : { *(.data .data.*) *(.boot.data) . = ALIGN(16); } :data
	__file_end = .;
	.bss (NOLOAD) : {
		*(.bss .bss.* COMMON)
		. = ALIGN(4096);
		*(.bss.pages)
		/* Survives a warm reset: looked at before the image is loaded again */
		__log_start = .;
		. += LOG_SIZE;
		. = ALIGN(4096);
	} :data
	__image_end = .;

	__file_size = __file_end - __image_start;
	__mem_size = __image_end - __image_start;
	__params_offset = boot_params - __image_start;
	__log_offset = __log_start - __image_start;

	ASSERT(__idmap_end - __image_start <= 4096, "the first page switches the MMU on and off")
	ASSERT(__mem_size <= 0x200000, "the image is mapped by one table")

	/DISCARD/ : { *(.comment) *(.note*) *(.eh_frame*) *(.ARM.attributes) }
}
