/* Set-up files: text, JSON and cache.  The input is the file; no such input should be a set-up. */
#include <stdlib.h>

#include "situ/kzg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    situ_kzg *kzg = NULL;
    situ_kzg_fault fault = {0, NULL};
    if (situ_kzg_parse(&kzg, (const char *)data, len, &fault, NULL) == SITU_OK)
        situ_kzg_destroy(kzg);
    else if (kzg || !fault.expected || fault.offset > len)
        abort();
    kzg = NULL;
    if (situ_kzg_cache_read(&kzg, data, len, NULL) == SITU_OK)
        situ_kzg_destroy(kzg);
    else if (kzg)
        abort();
    return 0;
}
