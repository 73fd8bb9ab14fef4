// SPDX-License-Identifier: GPL-2.0-only
/* The command line: global options, and the table of commands. */
#include <errno.h>
#include <string.h>

#include "cellctl.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

#define CELL_HELP "CELL is a name or an ID; '=NAME' is a name that looks like an ID.\n"

static const struct command commands[] = {
	{
		"enable",
		"SYSTEM",
		"start the hypervisor below the running kernel",
		"SYSTEM is a sealed system config (.cell).\n",
		cmd_enable,
	},
	{
		"disable",
		"",
		"stop the hypervisor; no cell may exist",
		"",
		cmd_disable,
	},
	{
		"status",
		"[--json]",
		"show whether the hypervisor runs, and its memory",
		"      --json        print JSON\n",
		cmd_status,
	},
	{
		"create",
		"[--json] CONFIG",
		"make a cell, and print its ID",
		"CONFIG is a sealed cell config (.cell).\n\n"
		"      --json        print JSON\n",
		cmd_create,
	},
	{
		"load",
		"CELL IMAGE [-a ADDRESS] [IMAGE -a ADDRESS]...",
		"put images into a stopped cell",
		CELL_HELP
		"\n"
		"  -a, --address=ADDRESS\n"
		"                    where the image before it goes, as the cell sees its\n"
		"                    memory; the first image goes to 0 by default\n",
		cmd_load,
	},
	{
		"linux",
		"[OPTION]... CONFIG [KERNEL]",
		"start a distribution's Linux in a cell",
		"CONFIG is a sealed cell config (.cell), KERNEL an arm64 kernel: Image, packed by\n"
		"gzip or zstd, or EFI zboot. The cell is made, or used again if it is there and\n"
		"does not run. Its device tree is made from the configs.\n\n"
		"      --initrd=FILE the initial ramdisk\n"
		"      --append=ARGS the kernel's command line\n"
		"      --dtb=FILE    a device tree to put over the one that is made: nodes are\n"
		"                    added, properties replaced; an overlay is applied\n"
		"      --write-dtb=FILE\n"
		"                    write the device tree, without the random seeds; without\n"
		"                    KERNEL nothing else is done\n"
		"      --json        print JSON\n",
		cmd_linux,
	},
	{
		"start",
		"CELL",
		"run a cell from its entry point",
		CELL_HELP,
		cmd_start,
	},
	{
		"shutdown",
		"[-t MS] [--force] CELL",
		"ask a cell to stop, and stop it",
		CELL_HELP
		"\n"
		"  -t, --timeout=MS  how long the cell may take to answer; default: as its\n"
		"                    config says\n"
		"      --force       stop it even if it denies, is locked, or does not answer\n",
		cmd_shutdown,
	},
	{
		"destroy",
		"[--force] CELL",
		"give all that a cell has back to root",
		CELL_HELP "\n"
			  "      --force       stop it before, whatever it says\n",
		cmd_destroy,
	},
	{
		"list",
		"[--json]",
		"list the cells",
		"      --json        print JSON\n",
		cmd_list,
	},
	{
		"show",
		"[--json] CELL",
		"show a cell's state, and why it failed",
		CELL_HELP "\n"
			  "      --json        print JSON\n",
		cmd_show,
	},
	{
		"stats",
		"[--json] [CELL | --cpu=N]",
		"count why guests entered the hypervisor",
		CELL_HELP "Without CELL and --cpu, all CPUs are shown.\n"
			  "\n"
			  "      --cpu=N       one CPU, by its number in the system config\n"
			  "      --json        print JSON\n",
		cmd_stats,
	},
	{
		"console",
		"[-f | -i] [--raw] [--json] {CELL | --hypervisor}",
		"print what a cell has printed to its virtual console",
		CELL_HELP
		"\n"
		"  -f, --follow      go on until the cell ends, or ^C\n"
		"  -i, --interactive as -f, and what is typed goes to the cell, until ^];\n"
		"                    what is piped, until its end and a second of silence\n"
		"      --hypervisor  the hypervisor's own log\n"
		"      --raw         do not escape control characters on a terminal\n"
		"      --json        print JSON\n",
		cmd_console,
	},
	{
		"translate",
		"[--json] {CELL ADDRESS | --gva CPU ADDRESS}",
		"show where an address of a cell leads",
		CELL_HELP "CPU is a number in the system config.\n"
			  "The exit status is 1 if nothing is mapped there.\n"
			  "\n"
			  "      --gva         a virtual address of the guest that runs on a CPU,\n"
			  "                    through the guest's own page tables\n"
			  "      --json        print JSON\n",
		cmd_translate,
	},
	{
		"tables",
		"[--json] CELL",
		"show what the page tables of a cell consist of",
		CELL_HELP "\n"
			  "      --json        print JSON\n",
		cmd_tables,
	},
	{
		"audit",
		"[--json]",
		"compare the page tables of all cells with their configs",
		"The exit status is 1 if anything is not as they say.\n\n"
		"      --json        print JSON\n",
		cmd_audit,
	},
};

static void global_help(FILE *f)
{
	fputs("Usage: cellctl [--device=PATH] [--json] COMMAND [ARGUMENT]...\n"
	      "Controls the Cloister hypervisor and its cells.\n\nCommands:\n",
	      f);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(f, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\nOptions:\n"
	      "      --device=PATH the driver's device, default " DEVICE_PATH "\n"
	      "      --json        print JSON, where a command prints anything\n"
	      "  -h, --help        this text; behind a command: its own\n"
	      "  -V, --version     print the version\n"
	      "\n"
	      "Exit status: 0 success, 1 refused by driver or hypervisor, or the answer is no,\n"
	      "2 wrong usage, 3 a file or the device cannot be used. See cellctl(8).\n",
	      f);
}

static void command_help(FILE *f, const struct command *command)
{
	fprintf(f, "Usage: cellctl %s%s%s\n", command->name, *command->synopsis ? " " : "",
		command->synopsis);
	fprintf(f, "%c%s.\n", command->summary[0] - 'a' + 'A', command->summary + 1);
	if (*command->help)
		fprintf(f, "\n%s", command->help);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	}
	return false;
}

static int run_command(struct context *ctx, int argc, char **argv)
{
	const struct command *command = find_command(argv[0]);
	int status;

	if (!command)
		return usage_error(ctx, "there is no command '%s'", argv[0]);
	if (asks_for_help(argc, argv)) {
		command_help(ctx->out, command);
		return STATUS_OK;
	}
	ctx->command = command->name;
	status = command->run(ctx, argc, argv);
	device_close(ctx);
	return status;
}

static int dispatch(struct context *ctx, int argc, char **argv)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		const char *word = argv[i];

		if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
			global_help(ctx->out);
			return STATUS_OK;
		}
		if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
			fprintf(ctx->out, "cellctl %s (ABI %d)\n", VERSION, CL_ABI_VERSION);
			return STATUS_OK;
		}
		if (!strcmp(word, "--json"))
			ctx->json = true;
		else if (!strncmp(word, "--device=", 9) && word[9])
			ctx->device = word + 9;
		else if (!strcmp(word, "--device") && i + 1 < argc)
			ctx->device = argv[++i];
		else if (!strcmp(word, "--device") || !strcmp(word, "--device="))
			return usage_error(ctx, "--device needs a value");
		else
			return usage_error(ctx, "there is no option %s", word);
	}
	if (i >= argc)
		return usage_error(ctx, "a command is needed");
	return run_command(ctx, argc - i, argv + i);
}

/**
 * cellctl_main() - the whole program
 * @ctx: driver and streams
 * @argc: as main()'s
 * @argv: as main()'s
 *
 * Return: enum status
 */
int cellctl_main(struct context *ctx, int argc, char **argv)
{
	int status = dispatch(ctx, argc, argv);

	/* A full disk must not look like an empty list. */
	if ((fflush(ctx->out) || ferror(ctx->out)) && status == STATUS_OK) {
		fprintf(ctx->err, "cellctl: cannot write the output: %s\n", strerror(errno));
		status = STATUS_FILE;
	}
	return status;
}
