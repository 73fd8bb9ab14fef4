// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configs and images are mapped, not read: the driver copies them from there,
 * and a file that shrinks meanwhile is an EFAULT of the ioctl.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cellctl.h"

/**
 * file_map() - the bytes of a file
 * @ctx: for complaints
 * @path: the file, a regular one
 * @max: the largest size that is accepted
 * @file: filled in; of an empty file the size is 0
 *
 * Return: STATUS_OK, or STATUS_FILE after a message.
 */
int file_map(struct context *ctx, const char *path, uint64_t max, struct file_bytes *file)
{
	/* A FIFO would make open() wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int status = STATUS_FILE;
	struct stat st;
	char text[80];

	file->data = "";
	file->size = 0;
	if (fd < 0)
		return fail_file(ctx, path, NULL);
	if (fstat(fd, &st)) {
		fail_file(ctx, path, NULL);
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		fail_file(ctx, path, "is not a regular file");
		goto out;
	}
	if ((uint64_t)st.st_size > max) {
		snprintf(text, sizeof(text), "has %ju bytes, at most %" PRIu64 " are possible",
			 (uintmax_t)st.st_size, max);
		fail_file(ctx, path, text);
		goto out;
	}
	if (st.st_size) {
		void *data = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

		if (data == MAP_FAILED) {
			fail_file(ctx, path, NULL);
			goto out;
		}
		file->data = data;
		file->size = st.st_size;
	}
	status = STATUS_OK;
out:
	close(fd);
	return status;
}

/**
 * file_write() - make a file, or replace its content
 * @ctx: for complaints
 * @path: the file
 * @data: the content
 * @size: its bytes
 *
 * Return: STATUS_OK, or STATUS_FILE after a message.
 */
int file_write(struct context *ctx, const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "wbe");
	bool failed, regular;
	struct stat st;
	int status;

	if (!f)
		return fail_file(ctx, path, NULL);
	regular = !fstat(fileno(f), &st) && S_ISREG(st.st_mode);
	failed = fwrite(data, 1, size, f) != size;
	failed |= fclose(f) != 0;
	if (!failed)
		return STATUS_OK;
	status = fail_file(ctx, path, NULL);
	/* Half a file is worse than none; a device stays */
	if (regular)
		unlink(path);
	return status;
}

void file_unmap(struct file_bytes *file)
{
	if (file->size)
		munmap((void *)file->data, file->size);
	file->size = 0;
}
