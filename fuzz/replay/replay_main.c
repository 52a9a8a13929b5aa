/* replay_main.c — runs a fuzz target over the files given, or over the files of a folder: its corpus as a regression test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static unsigned n_replayed;

static void replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(1);
    }
    fseek(f, 0, SEEK_END);
    size_t n_bytes = (size_t)ftell(f);
    rewind(f);
    uint8_t *data = malloc(n_bytes ? n_bytes : 1);
    if (!data || fread(data, 1, n_bytes, f) != n_bytes) {
        perror(path);
        exit(1);
    }
    fclose(f);
    LLVMFuzzerTestOneInput(data, n_bytes);
    free(data);
    n_replayed++;
}

static void replay(const char *path)
{
    struct stat st;
    DIR *dir;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode) || !(dir = opendir(path))) {
        replay_file(path);
        return;
    }
    for (struct dirent *e; (e = readdir(dir));) {
        char name[4096];
        if (e->d_name[0] == '.') continue;
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        replay_file(name);
    }
    closedir(dir);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) replay(argv[i]);
    printf("%s: %u passed, 0 failed\n", strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0], n_replayed);
    return n_replayed == 0;
}
