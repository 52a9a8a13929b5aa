/* judge.h — what must hold of a table or system once all its expressions are known. */
#ifndef SITU_AIR_COMPILER_JUDGE_H
#define SITU_AIR_COMPILER_JUDGE_H

#include "air/compiler/airc.h"

/* Degrees, integer ranges, typed bus fields, inherited columns, multiplicities, columns nobody mentions;
 * fills the degrees and mult_max of constraints and interactions. */
void judge_table(const model *m, table *t);

void judge_system(const model *m);

#endif /* SITU_AIR_COMPILER_JUDGE_H */
