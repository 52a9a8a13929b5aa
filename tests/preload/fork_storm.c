/* fork_storm.c — forks while eight threads allocate; every child allocates at once and checks what it gets.
 *
 * Run under the library.  Argument: number of forks (300).
 */
#include <stdatomic.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 8, KEPT = 4 };

static atomic_bool stop;

static int churn(unsigned rounds, unsigned seed)
{
    unsigned char *kept[KEPT] = {0};
    size_t sizes[KEPT] = {0};
    for (unsigned i = 0; i < rounds && !(rounds > 1000 && atomic_load(&stop)); i++) {
        unsigned k = (seed = seed * 1664525 + 1013904223) >> 8 & (KEPT - 1);
        if (kept[k] && kept[k][0] != (unsigned char)sizes[k]) return 1;
        if (kept[k] && kept[k][sizes[k] - 1] != (unsigned char)sizes[k]) return 1;
        free(kept[k]);
        sizes[k] = 30000 + (seed >> 12) % 700000;
        kept[k] = seed & 64 ? calloc(1, sizes[k]) : malloc(sizes[k]);
        if (!kept[k]) return 2;
        if (seed & 64 && (kept[k][0] | kept[k][sizes[k] / 2] | kept[k][sizes[k] - 1])) return 3;
        kept[k][0] = kept[k][sizes[k] - 1] = (unsigned char)sizes[k];
    }
    for (int k = 0; k < KEPT; k++) free(kept[k]);
    return 0;
}

static void *thread_main(void *arg)
{
    return (void *)(intptr_t)churn(~0u, (unsigned)(uintptr_t)arg);
}

/* A handler that allocates, registered before the library's own: it runs while the heap is locked. */
static void allocate_in_handler(void) { free(malloc(300000)); }
__attribute__((constructor)) static void register_early(void)
{
    pthread_atfork(allocate_in_handler, allocate_in_handler, allocate_in_handler);
}

int main(int argc, char **argv)
{
    int n_forks = argc > 1 && *argv[1] ? atoi(argv[1]) : 300, bad = 0;
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, thread_main, (void *)(i + 1)) != 0) return 9;
    for (int i = 0; i < n_forks && !bad; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(120); /* a deadlock is a failure */
            _exit(churn(12, (unsigned)i));
        }
        int status;
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0) bad = printf("fork %d: %x\n", i, status);
    }
    atomic_store(&stop, 1);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        if (result) bad = printf("thread %d: %d\n", i, (int)(intptr_t)result);
    }
    return bad != 0;
}
