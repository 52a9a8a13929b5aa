/* profile_functions.h — which function every instruction belongs to. */
#ifndef SITU_VM_PROFILE_FUNCTIONS_H
#define SITU_VM_PROFILE_FUNCTIONS_H

#include "vm/profile.h"

/* Fill function_of, function_start and function_name from the symbols; where there are none, functions start at the
 * entry and wherever a JAL calls.  SITU_ERR_MEMORY. */
situ_err vm_profile_find_functions(vm_profile *profile);

#endif /* SITU_VM_PROFILE_FUNCTIONS_H */
