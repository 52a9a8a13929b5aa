/* sort.c — sort 32-bit numbers (the input, little-endian) and output count, smallest, median, largest, and a checksum of
 * the sorted sequence, as text.  Heap sort: no recursion, no memory but a copy of the input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <situ/guest.h>

static void sift_down(uint32_t *a, size_t root, size_t n)
{
    uint32_t value = a[root];
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && a[child + 1] > a[child]) child++;
        if (a[child] <= value) break;
        a[root] = a[child];
    }
    a[root] = value;
}

static void heap_sort(uint32_t *a, size_t n)
{
    for (size_t i = n / 2; i-- > 0;) sift_down(a, i, n);
    for (size_t end = n; end-- > 1;) {
        uint32_t largest = a[0];
        a[0] = a[end];
        a[end] = largest;
        sift_down(a, 0, end);
    }
}

int main(void)
{
    const uint8_t *input;
    size_t n_bytes;

    read_input(&input, &n_bytes);
    size_t n = n_bytes / 4;
    if (n == 0) return 1;
    uint32_t *a = malloc(4 * n);
    if (!a) situ_abort("out of memory");
    memcpy(a, input, 4 * n);
    heap_sort(a, n);
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) sum = sum * 31 + a[i];
    printf("%lu numbers: smallest %lu, median %lu, largest %lu, checksum %08lx\n", (unsigned long)n,
           (unsigned long)a[0], (unsigned long)a[n / 2], (unsigned long)a[n - 1], (unsigned long)sum);
    return 0;
}
