/* kzg_ceremony.h — the ceremony's set-up, for fuzz targets. */
#ifndef SITU_FUZZ_KZG_CEREMONY_H
#define SITU_FUZZ_KZG_CEREMONY_H

#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"
#include "situ/kzg.h"

#define KZG_CEREMONY_TEXT_MAX (1 << 20)

/* Text of the file, and its length. */
static SITU_UNUSED char *kzg_ceremony_text(size_t *len)
{
    FILE *f = fopen(SITU_DEPS_DIR "/c-kzg/trusted_setup.txt", "rb");
    char *text = malloc(KZG_CEREMONY_TEXT_MAX);
    if (!f || !text) abort();
    *len = fread(text, 1, KZG_CEREMONY_TEXT_MAX, f);
    fclose(f);
    return text;
}

static SITU_UNUSED situ_kzg *kzg_ceremony(void)
{
    situ_kzg *kzg;
    size_t len;
    char *text = kzg_ceremony_text(&len);
    if (situ_kzg_parse(&kzg, text, len, NULL, NULL) != SITU_OK) abort();
    free(text);
    return kzg;
}

#endif /* SITU_FUZZ_KZG_CEREMONY_H */
