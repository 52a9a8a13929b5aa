/* test_air_muladd.c — the evaluators made of multiply-adds, which the verifier guest uses, say what the host's say: every constraint,
 * multiplicity and message of every table, at random points of K; and a single altered operation is noticed.  So do those whose values
 * are addresses, which it uses for what is too long for that. */
#include <stdlib.h>

#include "air/air.h"
#include "air/eval_k6_at.h"
#include "air/eval_muladd.h"
#include "gen/chain/chain.h"
#include "gen/sample/sample.h"
#include "gen/vm/vm.h"
#include "tests/test.h"

/* The call that is to go wrong, counted over all evaluations; none when it is 0. */
static u64 n_calls, bad_call;

static SITU_NOINLINE void counted_mul_add(k6 *out, const k6 *a, const k6 *b, const k6 *c)
{
    k6_mul_add_into(out, a, b, c);
    if (++n_calls == bad_call) out->c[n_calls % K6_DEGREE] = kb_add(out->c[n_calls % K6_DEGREE], KB_ONE);
}

#include "gen/vm/vm_eval.inc"

AIR_AT_EVALUATOR(at_keccak, eval_keccak)
AIR_AT_EVALUATOR(at_k_fold, eval_k_fold)
AIR_AT_EVALUATOR(at_keccak_f, eval_keccak_f)
AIR_AT_EVALUATOR(at_load_misaligned, eval_load_misaligned)
AIR_AT_EVALUATOR(at_shift, eval_shift)

#undef AIR_MULADD
#define AIR_MULADD() counted_mul_add(air_out, air_a, air_b, air_c)

#define constants     chain_constants
#define temporaries   chain_temporaries
#define muladd_tables chain_tables
#include "gen/chain/chain_muladd.inc"
#undef constants
#undef temporaries
#undef muladd_tables
#define constants     sample_constants
#define temporaries   sample_temporaries
#define muladd_tables sample_tables
#include "gen/sample/sample_muladd.inc"
#undef constants
#undef temporaries
#undef muladd_tables
#define constants     vm_constants
#define temporaries   vm_temporaries
#define muladd_tables vm_tables
#include "gen/vm/vm_muladd.inc"

static k6 random_k6(void)
{
    k6 x;
    for (int i = 0; i < K6_DEGREE; i++) x.c[i] = (kb)test_random_below(KB_P);
    return x;
}

static k6 *random_k6s(size_t n)
{
    k6 *x = calloc(n + 1, sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = random_k6();
    return x;
}

/* One table at one random point, both ways. */
typedef struct {
    const situ_air_system *system;
    const situ_air_table *table;
    kb publics[64];
    situ_air_point at;
    k6 *constraints, *mults, *values; /* the host's */
} point;

static point point_make(const situ_air_system *system, u32 t)
{
    const situ_air_table *table = &system->tables[t];
    point p = {.system = system, .table = table};
    k6 *publics = random_k6s(system->n_publics), *beta = random_k6s(257);
    for (u32 i = 0; i < system->n_publics; i++) {
        p.publics[i] = (kb)test_random_below(KB_P);
        publics[i] = k6_from_kb(p.publics[i]);
    }
    beta[0] = k6_one();
    for (u32 i = 2; i < 257; i++) beta[i] = k6_mul(beta[i - 1], beta[1]);
    p.at = (situ_air_point){.pre = random_k6s(table->n_pre),
                            .main = random_k6s(table->n_main),
                            .publics = publics,
                            .beta = beta,
                            .bus_gamma = random_k6s(system->n_buses),
                            .constraints = random_k6s(table->n_constraints),
                            .mults = calloc(table->n_interactions + 1, sizeof *p.at.mults),
                            .denominators = random_k6s(table->n_interactions)};
    p.constraints = random_k6s(table->n_constraints);
    p.mults = random_k6s(table->n_interactions);
    p.values = random_k6s(table->n_values);
    table->eval_k(p.at.pre, p.at.main, p.publics, p.constraints, p.mults, p.values);
    return p;
}

static void point_free(point *p)
{
    free((void *)p->at.pre);
    free((void *)p->at.main);
    free((void *)p->at.publics);
    free((void *)p->at.beta);
    free((void *)p->at.bus_gamma);
    free(p->at.constraints);
    free((void *)p->at.mults);
    free(p->at.denominators);
    free(p->constraints);
    free(p->mults);
    free(p->values);
}

static k6 denominator(const point *p, u32 i)
{
    const situ_air_interaction *it = &p->table->interactions[i];
    k6 d = p->at.bus_gamma[it->bus];
    for (u32 k = 0; k < p->system->buses[it->bus].width; k++)
        d = k6_add(d, k6_mul(p->at.beta[k + 1], p->values[it->first_value + k]));
    return d;
}

/* How many of the outputs differ. */
static u32 count_differences(const point *p)
{
    u32 n = 0;
    for (u32 i = 0; i < p->table->n_constraints; i++) n += !k6_equal(p->at.constraints[i], p->constraints[i]);
    for (u32 i = 0; i < p->table->n_interactions; i++) {
        n += !k6_equal(*p->at.mults[i], p->mults[i]);
        n += !k6_equal(p->at.denominators[i], denominator(p, i));
    }
    return n;
}

static const struct {
    const situ_air_system *system;
    situ_air_eval_muladd *const *tables;
} SYSTEMS[] = {{&situ_chain_system, chain_tables},
               {&situ_sample_system, sample_tables},
               {&situ_vm_system, vm_tables}};

TEST(every_table_agrees_with_the_host)
{
    u32 n = 0;
    bad_call = 0;
    for (u32 s = 0; s < SITU_ARRAY_LEN(SYSTEMS); s++)
        for (u32 t = 0; t < SYSTEMS[s].system->n_tables; t++) {
            if (!SYSTEMS[s].tables[t]) continue;
            for (int round = 0; round < 2; round++) {
                point p = point_make(SYSTEMS[s].system, t);
                SYSTEMS[s].tables[t](&p.at);
                u32 differences = count_differences(&p);
                if (differences) fprintf(stderr, "%s: %u outputs differ\n", p.table->name, differences);
                CHECK_EQ(differences, 0);
                point_free(&p);
                n++;
            }
        }
    CHECK(n > 100);
}

static void check_at(u32 t, situ_air_eval_k *eval)
{
    point p = point_make(&situ_vm_system, t);
    const situ_air_table *table = p.table;
    k6 *constraints = random_k6s(table->n_constraints), *mults = random_k6s(table->n_interactions);
    k6 *values = random_k6s(table->n_values);
    eval(p.at.pre, p.at.main, p.publics, constraints, mults, values);
    for (u32 i = 0; i < table->n_constraints; i++) CHECK(k6_equal(constraints[i], p.constraints[i]));
    for (u32 i = 0; i < table->n_interactions; i++) CHECK(k6_equal(mults[i], p.mults[i]));
    for (u32 i = 0; i < table->n_values; i++) CHECK(k6_equal(values[i], p.values[i]));
    free(constraints);
    free(mults);
    free(values);
    point_free(&p);
}

TEST(values_by_address_agree_with_the_host)
{
    check_at(SITU_VM_TABLE_K_FOLD, at_k_fold);
    check_at(SITU_VM_TABLE_KECCAK, at_keccak);
    check_at(SITU_VM_TABLE_KECCAK_F, at_keccak_f);
    check_at(SITU_VM_TABLE_LOAD_MISALIGNED, at_load_misaligned);
    check_at(SITU_VM_TABLE_SHIFT, at_shift);
}

/* In the machine only the widest tables go without. */
TEST(tables_without)
{
    for (u32 t = 0; t < situ_vm_system.n_tables; t++)
        CHECK_EQ(vm_tables[t] == NULL,
                 t == SITU_VM_TABLE_KECCAK_F || t == SITU_VM_TABLE_KECCAK || t == SITU_VM_TABLE_K_FOLD);
}

/* Each call matters: for every table, one call after another goes wrong, or for long ones a random choice. */
TEST(any_call_that_goes_wrong_shows)
{
    for (u32 t = 0; t < situ_vm_system.n_tables; t++) {
        if (!vm_tables[t]) continue;
        point p = point_make(&situ_vm_system, t);
        n_calls = bad_call = 0;
        vm_tables[t](&p.at);
        const u64 all = n_calls, step = 1 + all / 64;
        for (u64 i = 1; i <= all; i += step) {
            n_calls = 0;
            bad_call = i + test_random_below((u32)u64_min(step, all - i + 1));
            vm_tables[t](&p.at);
            CHECK_EQ(n_calls, all);
            CHECK(count_differences(&p) > 0);
        }
        bad_call = 0;
        point_free(&p);
    }
}

TEST_MAIN()
