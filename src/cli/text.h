/* text.h — numbers, sizes, times and bytes as people read and write them. */
#ifndef SITU_CLI_TEXT_H
#define SITU_CLI_TEXT_H

#include <stdio.h>

#include "base/base.h"

/* 1234567 as 1,234,567. */
void print_number(FILE *to, uint64_t n);
void print_hex(FILE *to, const uint8_t *bytes, size_t n);

/* Public output of a guest: text as it is, anything else in hex; not all of it when it is long. */
void print_output(FILE *to, const uint8_t *output, size_t n_output);

/* "1.5 MiB", "12.3 ms"; the text is returned. */
const char *text_bytes(char text[24], uint64_t n);
const char *text_seconds(char text[24], double seconds);

/* Exactly 2 n hex digits. */
bool text_parse_hex(uint8_t *bytes, size_t n, const char *text);
bool text_parse_u64(const char *text, uint64_t *n);
/* 4096, 64K, 2GiB. */
bool text_parse_bytes(const char *text, uint64_t *n);

#endif /* SITU_CLI_TEXT_H */
