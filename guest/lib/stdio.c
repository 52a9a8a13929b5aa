/* stdio.c — picolibc's streams: printf to the public output, stderr to the debugging text.  Linked only into
 * programs that use them. */
#include <stdio.h>
#include <string.h>

#include "guest.h"

static char gathered[1024];
static size_t n_gathered;

void situ_stdio_flush(void)
{
    guest_write(1, gathered, n_gathered);
    n_gathered = 0;
}

static int put_output(char c, FILE *file)
{
    (void)file;
    if (n_gathered == sizeof gathered) situ_stdio_flush();
    gathered[n_gathered++] = c;
    return (unsigned char)c;
}

static int put_debug(char c, FILE *file)
{
    (void)file;
    guest_write(2, &c, 1);
    return (unsigned char)c;
}

static int get_input(FILE *file)
{
    static size_t at;
    const uint8_t *input;
    size_t n;
    (void)file;
    read_input(&input, &n);
    return at < n ? input[at++] : _FDEV_EOF;
}

static FILE output_stream = FDEV_SETUP_STREAM(put_output, NULL, NULL, _FDEV_SETUP_WRITE);
static FILE debug_stream = FDEV_SETUP_STREAM(put_debug, NULL, NULL, _FDEV_SETUP_WRITE);
static FILE input_stream = FDEV_SETUP_STREAM(NULL, get_input, NULL, _FDEV_SETUP_READ);

FILE *const stdin = &input_stream;
FILE *const stdout = &output_stream;
FILE *const stderr = &debug_stream;
