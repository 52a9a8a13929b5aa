/* err.c — names of errors. */
#include "base/base.h"

const char *situ_err_name(situ_err err)
{
    switch (err) {
    case SITU_OK: return "ok";
    case SITU_ERR_ARG: return "argument out of range";
    case SITU_ERR_LIMIT: return "limit exceeded";
    case SITU_ERR_MEMORY: return "out of memory";
    case SITU_ERR_IO: return "input/output error";
    case SITU_ERR_FORMAT: return "malformed data";
    case SITU_ERR_VERSION: return "other version or parameters";
    case SITU_ERR_REJECT: return "rejected";
    case SITU_ERR_UNSAT: return "witness does not satisfy the constraints";
    case SITU_ERR_CANCEL: return "cancelled";
    }
    return "unknown error";
}
