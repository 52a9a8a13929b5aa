/* kzg_setup.h — the set-up that a command works with. */
#ifndef SITU_CLI_KZG_SETUP_H
#define SITU_CLI_KZG_SETUP_H

#include "situ/kzg.h"

/* From a file in any of its forms; `path` NULL: the one that $SITU_KZG_SETUP names.  Failures are reported; the
 * result is the exit status, 0 or 1. */
int kzg_setup_load(situ_kzg **kzg, const char *path, situ_pool *pool);

#endif /* SITU_CLI_KZG_SETUP_H */
