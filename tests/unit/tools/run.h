/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs cellctl within a test, and keeps what it printed. */
#ifndef RUN_H
#define RUN_H

#include "fake.h"

/**
 * struct run - one run of cellctl
 * @status: exit status
 * @out: what it printed
 * @err: what it complained
 * @tty: set before the run: @out is a terminal
 */
struct run {
	int status;
	char *out;
	char *err;
	bool tty;
};

/* The last run; its text is freed by the next one and by teardown() */
extern struct run result;

/* run("list", "--json"): cellctl list --json */
#define run(...) run_words(((char *[]){ "cellctl", ##__VA_ARGS__, NULL }))
void run_words(char **words);

int setup(void **state);
int teardown(void **state);

/* Path of a new file with this content; removed by teardown() */
char *make_file(const char *content, size_t size);

#define assert_contains(text, part) assert_true_message(strstr(text, part), text, part)
#define assert_true_message(condition, text, part)                       \
	do {                                                             \
		if (!(condition))                                        \
			fail_msg("expected \"%s\" in:\n%s", part, text); \
	} while (0)

#endif
