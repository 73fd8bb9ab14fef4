// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

#define MAX_FILES 8

struct run result;
static char *files[MAX_FILES];
static unsigned int nr_files;

static void forget(void)
{
	free(result.out);
	free(result.err);
	result.out = NULL;
	result.err = NULL;
}

void run_words(char **words)
{
	size_t out_size, err_size;
	struct context ctx = {
		.ops = &fake_device,
		.fd = -1,
		.device = DEVICE_PATH,
		.tty = result.tty,
	};
	int argc = 0;

	forget();
	while (words[argc])
		argc++;
	ctx.out = open_memstream(&result.out, &out_size);
	ctx.err = open_memstream(&result.err, &err_size);
	result.status = cellctl_main(&ctx, argc, words);
	fclose(ctx.out);
	fclose(ctx.err);
	/* Whatever happened, the device is closed again. */
	assert_int_equal(fake.fds, 0);
}

int setup(void **state)
{
	(void)state;
	fake_reset();
	result.tty = false;
	return 0;
}

int teardown(void **state)
{
	(void)state;
	forget();
	while (nr_files) {
		unlink(files[--nr_files]);
		free(files[nr_files]);
	}
	return 0;
}

char *make_file(const char *content, size_t size)
{
	char path[] = "/tmp/cellctl-test-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0 && nr_files < MAX_FILES);
	assert_int_equal(write(fd, content, size), size);
	close(fd);
	files[nr_files] = strdup(path);
	return files[nr_files++];
}
