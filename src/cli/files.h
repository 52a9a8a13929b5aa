/* files.h — whole files in and out.  Failures are reported; the result is the exit status, 0 or 1. */
#ifndef SITU_CLI_FILES_H
#define SITU_CLI_FILES_H

#include "base/base.h"

/* A file's bytes, mapped, or read when it is no regular file; page- or malloc-aligned. */
typedef struct {
    void *bytes;
    size_t n_bytes;
    bool is_mapped;
} file_bytes;

/* `-` is standard input. */
int file_read(const char *path, file_bytes *f) SITU_MUST_USE;
void file_free(file_bytes *f);

/* Under another name first, then renamed: there is a whole file or none.  `-` is standard output. */
int file_write(const char *path, const void *bytes, size_t n_bytes) SITU_MUST_USE;

#endif /* SITU_CLI_FILES_H */
