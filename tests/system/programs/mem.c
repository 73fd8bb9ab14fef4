// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physical memory, as a user with all rights reaches it through /dev/mem.
 *
 *	mem read ADDRESS SIZE	prints the first word and how many are not zero
 *	mem fill ADDRESS SIZE WORD
 *	mem hold ADDRESS	reads a word there again and again, for ever
 *
 * An access that is refused ends in a SIGBUS: this is said, and the exit code
 * is 3. It is 2 where the kernel itself refuses the mapping.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static sigjmp_buf bus_error;
static void *volatile fault_address;

static void on_bus_error(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	fault_address = info->si_addr;
	siglongjmp(bus_error, 1);
}

static volatile uint64_t *map(uint64_t address, uint64_t size)
{
	uint64_t offset = address % (uint64_t)sysconf(_SC_PAGESIZE);
	int fd = open("/dev/mem", O_RDWR | O_SYNC);
	char *p;

	if (fd < 0) {
		perror("mem: /dev/mem");
		exit(2);
	}
	p = mmap(NULL, size + offset, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		 (off_t)(address - offset));
	if (p == MAP_FAILED) {
		perror("mem: mmap");
		exit(2);
	}
	close(fd);
	return (volatile uint64_t *)(p + offset);
}

static void fill(volatile uint64_t *p, uint64_t size, uint64_t word)
{
	for (uint64_t i = 0; i < size / 8; i++)
		p[i] = word;
}

static void show(volatile uint64_t *p, uint64_t size)
{
	uint64_t first = p[0], nonzero = 0;

	for (uint64_t i = 0; i < size / 8; i++)
		nonzero += p[i] != 0;
	printf("first 0x%016llx, %llu of %llu words are not zero\n", (unsigned long long)first,
	       (unsigned long long)nonzero, (unsigned long long)(size / 8));
}

static void hold(volatile uint64_t *p)
{
	printf("first 0x%016llx\n", (unsigned long long)*p);
	fflush(stdout);
	for (;;)
		(void)*p;
}

static int usage(void)
{
	fputs("usage: mem read ADDRESS SIZE | mem fill ADDRESS SIZE WORD | mem hold ADDRESS\n",
	      stderr);
	return 1;
}

int main(int argc, char **argv)
{
	static const char *const mode[] = { "hold", "read", "fill" };
	struct sigaction action = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO };
	uint64_t address, size;
	volatile uint64_t *p;

	if (argc < 3 || argc > 5 || strcmp(argv[1], mode[argc - 3]))
		return usage();
	address = strtoull(argv[2], NULL, 0);
	size = argc == 3 ? 8 : strtoull(argv[3], NULL, 0);
	p = map(address, size);

	sigaction(SIGBUS, &action, NULL);
	if (sigsetjmp(bus_error, 1)) {
		printf("SIGBUS at 0x%llx\n",
		       (unsigned long long)(address + ((char *)fault_address - (char *)p)));
		return 3;
	}
	if (argc == 3)
		hold(p);
	if (argc == 5)
		fill(p, size, strtoull(argv[4], NULL, 0));
	else
		show(p, size);
	return 0;
}
