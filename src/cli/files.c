/* files.c — see files.h. */
#include "cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cmd.h"

static int read_stream(int fd, file_bytes *f)
{
    size_t room = 0;
    for (;;) {
        if (f->n_bytes == room) {
            room = room ? 2 * room : 65536;
            void *grown = realloc(f->bytes, room);
            if (!grown) return ENOMEM;
            f->bytes = grown;
        }
        ssize_t n = read(fd, (char *)f->bytes + f->n_bytes, room - f->n_bytes);
        if (n == 0) return 0;
        if (n < 0) return errno;
        f->n_bytes += (size_t)n;
    }
}

int file_read(const char *path, file_bytes *f)
{
    struct stat st;
    *f = (file_bytes){0};
    int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
    int error = fd < 0 || fstat(fd, &st) != 0 ? errno : S_ISDIR(st.st_mode) ? EISDIR : 0;

    if (!error && S_ISREG(st.st_mode) && st.st_size > 0) {
        f->n_bytes = (size_t)st.st_size;
        f->bytes = mmap(NULL, f->n_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
        f->is_mapped = f->bytes != MAP_FAILED;
        if (!f->is_mapped) error = errno, f->bytes = NULL;
    } else if (!error) {
        error = read_stream(fd, f);
    }
    if (fd >= 0) close(fd);
    return error ? cmd_fail("%s: %s", path, strerror(error)) : 0;
}

void file_free(file_bytes *f)
{
    if (f->is_mapped)
        munmap(f->bytes, f->n_bytes);
    else
        free(f->bytes);
}

/* Written beside its place under another name first, so that there is a whole file or none. */
int file_write(const char *path, const void *bytes, size_t n_bytes)
{
    char temporary[4096];
    if (!strcmp(path, "-"))
        return fwrite(bytes, 1, n_bytes, stdout) == n_bytes
                   ? 0
                   : cmd_fail("standard output: %s", strerror(errno));
    if (snprintf(temporary, sizeof temporary, "%s.%ld.tmp", path, (long)getpid()) >= (int)sizeof temporary) {
        return cmd_fail("%s: name too long", path);
    }
    FILE *f = fopen(temporary, "wb");
    bool is_written = f && fwrite(bytes, 1, n_bytes, f) == n_bytes;
    if (f) is_written = fclose(f) == 0 && is_written;
    if (is_written && rename(temporary, path) == 0) return 0;
    int error = errno;
    if (f) unlink(temporary);
    return cmd_fail("%s: %s", path, strerror(error));
}
