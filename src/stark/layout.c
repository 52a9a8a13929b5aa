/* layout.c — see layout.h. */
#include "stark/layout.h"

#include "field/k6.h"

bool stark_params_valid(const situ_stark_params *params)
{
    return params->log2_blowup >= 1 && params->log2_blowup <= SITU_STARK_LOG2_BLOWUP_MAX &&
           params->n_queries >= 1 && params->n_queries <= SITU_STARK_QUERIES_MAX &&
           params->grinding_bits <= 32 && params->insecure <= 1 &&
           params->log2_cap <= SITU_STARK_LOG2_ROWS_MIN + params->log2_blowup;
}

/* A group's sides have the degrees  1 + denominators  and  denominators + largest (multiplicity's - tuple's)  of its interactions. */
u32 stark_logup_group_end(const situ_air_table *table, u32 first, u32 degree_max)
{
    i32 denominators = 0, excess = 1;
    u32 end = first;
    for (; end < table->n_interactions; end++) {
        const situ_air_interaction *it = &table->interactions[end];
        const i32 more = (i32)it->degree_mult - (i32)it->degree_tuple;
        denominators += (i32)it->degree_tuple;
        if (more > excess) excess = more;
        if (denominators + excess > (i32)degree_max) break;
    }
    return end;
}

u32 stark_logup_groups(const situ_air_table *table, u32 degree_max)
{
    u32 n = 0;
    for (u32 i = 0; i < table->n_interactions; n++) i = stark_logup_group_end(table, i, degree_max);
    return n;
}

static u32 logup_list(const situ_stark_params *params, bool is_stacked)
{
    return 2 * (params->log2_blowup - 1) + is_stacked;
}

u32 stark_next_group(const situ_air_table *table, const situ_stark_params *params, bool is_stacked, u32 group,
                     u32 first)
{
    const u16 *ends = table->logup_ends[logup_list(params, is_stacked)];
    return ends ? ends[group]
                : stark_logup_group_end(table, first, stark_group_degree_max(params, is_stacked));
}

static u32 count_logup_groups(const situ_air_table *table, const situ_stark_params *params, bool is_stacked)
{
    const u32 list = logup_list(params, is_stacked);
    return table->logup_ends[list] ? table->n_logup_groups[list]
                                   : stark_logup_groups(table, stark_group_degree_max(params, is_stacked));
}

static bool table_fits(const situ_air_table *table, u32 degree_max)
{
    if (table->degree > degree_max || table->n_main == 0 || table->max_instances == 0) return false;
    if (table->n_pre > SITU_STARK_COLUMNS_MAX || table->n_main > SITU_STARK_COLUMNS_MAX) return false;
    if (table->n_interactions > SITU_STARK_COLUMNS_MAX || table->n_constraints > 4 * SITU_STARK_COLUMNS_MAX)
        return false;
    if (table->n_pre > 0 && table->max_instances != 1)
        return false; /* a preprocessed column belongs to one instance */
    if (table->n_interactions > 0 && table->degree_message == 0) return false; /* not stated */
    return table->degree_message <= degree_max;
}

u32 stark_slots_of(const situ_air_system *system, const situ_stark_params *params)
{
    u32 n = 0;
    for (u32 b = 0; b < system->n_buses; b++)
        if (system->buses[b].is_global)
            return 0; /* needs sums and challenges over several proofs, which are not here yet */
    if (system->n_buses > SITU_STARK_BUSES_MAX) return 0;
    if (system->n_tables > SITU_STARK_TABLES_MAX || system->n_publics > SITU_STARK_PUBLICS_MAX) return 0;
    for (u32 t = 0; t < system->n_tables; t++) {
        if (!table_fits(&system->tables[t], stark_degree_max(params))) return 0;
        if (system->tables[t].max_instances > SITU_STARK_SLOTS_MAX - n) return 0;
        n += system->tables[t].max_instances;
    }
    return n;
}

static situ_err place_slots(stark_layout *l, const u8 *log2_rows)
{
    u32 slot = 0;
    for (u32 t = 0; t < l->system->n_tables; t++) {
        const situ_air_table *table = &l->system->tables[t];
        for (u32 k = 0; k < table->max_instances; k++, slot++) {
            const u32 h = log2_rows[slot];
            l->slots[slot].table = t;
            if (h == 0 && table->n_pre > 0) return SITU_ERR_FORMAT;
            if (h == 0) continue;
            if (h < SITU_STARK_LOG2_ROWS_MIN || h > SITU_STARK_LOG2_ROWS_MAX) return SITU_ERR_FORMAT;
            if (h + l->params.log2_blowup > KB_TWO_ADICITY) return SITU_ERR_FORMAT;
            l->slots[slot].log2_rows = h;
            l->present[l->n_present++] = (u8)slot;
        }
    }
    return SITU_OK;
}

/* For every bus, what the tables can carry, counted with multiplicity, leaves room below p for the verifier's own messages
 * (STARK_BOUNDARY_MAX); so a sum of multiplicities is zero modulo p only if it is zero.  Providers of lookups are left out: a
 * message that is asked for has a sum of askers in (0, p), which only a provider's row with that very message can make up for. */
static situ_err check_multiplicities(const stark_layout *l)
{
    u64 total[SITU_STARK_BUSES_MAX] = {0};
    for (u32 s = 0; s < l->n_present; s++) {
        const u32 log2_rows = l->slots[l->present[s]].log2_rows;
        const situ_air_table *table = &l->system->tables[l->slots[l->present[s]].table];
        const situ_air_interaction *it = table->interactions, *end = it + table->n_interactions;
        for (; it != end; it++) {
            const u64 most = (u64)it->mult_max << log2_rows;
            if (most > KB_P) return SITU_ERR_LIMIT;
            total[it->bus] += most; /* each at most p, so no sum of u32 many wraps */
        }
    }
    for (u32 bus = 0; bus < l->system->n_buses; bus++)
        if (total[bus] >= KB_P - STARK_BOUNDARY_MAX) return SITU_ERR_LIMIT;
    return SITU_OK;
}

/* --- groups --------------------------------------------------------------------------------------------- */

/* The tables of one height, while it is decided which groups are stacked. */
typedef struct {
    u32 n_main, n_functions; /* columns; functions over K, one for each LogUp group, as if stacked */
    u64 n_columns;           /* all, not stacked                                                   */
    bool may_stack;
    u32 log2_stack;
} height_plan;

static u32 ceil_shift(u32 n, u32 log2) { return (n + (1u << log2) - 1) >> log2; }

static u32 tiles_of(u32 n_columns) { return (n_columns + STARK_TILE_COLUMNS - 1) / STARK_TILE_COLUMNS; }

/* Tiles of a row of the main and the auxiliary tree. */
static u32 tiles_if_stacked(const height_plan *plan, u32 log2_stack)
{
    return tiles_of(ceil_shift(plan->n_main, log2_stack)) +
           tiles_of(K6_DEGREE * ceil_shift(plan->n_functions, log2_stack));
}

/* The key's columns are committed before any other height is known, so they are never stacked. */
static void add_to_plan(height_plan *plan, const situ_air_table *table, const situ_stark_params *params)
{
    const u32 degree = stark_group_degree_max(params, true);
    if (table->n_pre > 0 || table->degree > degree || table->degree_message > degree) plan->may_stack = false;
    plan->n_main += table->n_main;
    if (plan->may_stack) plan->n_functions += count_logup_groups(table, params, true);
    plan->n_columns +=
        table->n_pre + table->n_main + (u64)K6_DEGREE * count_logup_groups(table, params, false);
}

/* Stack a height as far as that saves tiles, where no other group is as tall, in `taken`, or the tallest.  Constraints are then evaluated
 * on more points, at a cost that is bounded by a share of all cells.  points_left: as many more may be opened. */
static void choose_stack(height_plan *plan, u32 h, u32 h_max, u32 taken, u64 n_cells, u32 points_left)
{
    u32 best = tiles_if_stacked(plan, 0);
    for (u32 k = 1; plan->may_stack && k <= STARK_LOG2_STACK_MAX && h + k < h_max; k++) {
        if ((1u << k) - 1 > points_left || plan->n_columns << (h + k) > n_cells / STARK_STACK_SHARE) return;
        if ((taken >> (h + k) & 1) != 0 || tiles_if_stacked(plan, k) >= best) continue;
        best = tiles_if_stacked(plan, k);
        plan->log2_stack = k;
    }
}

/* Which heights become which groups, of heights that differ; taller ones choose first. */
static void place_groups(stark_layout *l)
{
    height_plan plans[SITU_STARK_LOG2_ROWS_MAX + 1] = {0};
    u8 group_of[SITU_STARK_LOG2_ROWS_MAX + 1], table_height[SITU_STARK_LOG2_ROWS_MAX + 1] = {0};
    u32 h_max = 0, taken = 0, n_points = 0;
    u64 n_cells = 0;

    for (u32 h = SITU_STARK_LOG2_ROWS_MIN; h <= SITU_STARK_LOG2_ROWS_MAX; h++)
        plans[h].may_stack = l->params.log2_blowup > 1;
    for (u32 i = 0; i < l->n_present; i++) {
        const stark_slot *slot = &l->slots[l->present[i]];
        add_to_plan(&plans[slot->log2_rows], &l->system->tables[slot->table], &l->params);
    }
    for (u32 h = SITU_STARK_LOG2_ROWS_MIN; h <= SITU_STARK_LOG2_ROWS_MAX; h++) {
        if (plans[h].n_columns == 0) continue;
        h_max = h;
        n_points++;
        n_cells += plans[h].n_columns << h;
        if (!plans[h].may_stack) taken |= 1u << h;
    }
    for (u32 h = h_max; h >= SITU_STARK_LOG2_ROWS_MIN; h--) {
        if (plans[h].n_columns == 0) continue;
        choose_stack(&plans[h], h, h_max, taken, n_cells, SITU_SECURITY_POINTS_MAX - n_points);
        n_points += (1u << plans[h].log2_stack) - 1;
        taken |= 1u << (h + plans[h].log2_stack);
        table_height[h + plans[h].log2_stack] = (u8)h;
    }
    for (u32 h = h_max; h >= SITU_STARK_LOG2_ROWS_MIN; h--) {
        if (table_height[h] == 0) continue;
        group_of[table_height[h]] = (u8)l->n_groups;
        l->groups[l->n_groups].log2_rows = h;
        l->groups[l->n_groups++].log2_stack = h - table_height[h];
    }
    for (u32 i = 0; i < l->n_present; i++) {
        stark_slot *slot = &l->slots[l->present[i]];
        slot->group = group_of[slot->log2_rows];
    }
}

/* Running sums come first in the auxiliary tree: where they end. */
static void count_sums(stark_layout *l, stark_group *g, u32 group)
{
    for (u32 s = 0; s < l->n_present; s++) {
        stark_slot *slot = &l->slots[l->present[s]];
        if (slot->group != group) continue;
        slot->n_logup_groups =
            count_logup_groups(&l->system->tables[slot->table], &l->params, g->log2_stack > 0);
        if (slot->n_logup_groups == 0) continue;
        slot->sum_index = l->n_sums++;
        slot->sum_in_group = g->n_sums++;
    }
}

/* Positions of the openings; SITU_STARK_COLUMNS_MAX bounds all counts. */
static void place_openings(stark_layout *l, stark_group *g)
{
    u32 position = 0, n_tiles = 0;
    for (u32 t = 0; t < STARK_TREES; t++) {
        g->n_openings[t] = stark_is_over_k(t) ? g->n_stacked[t] / K6_DEGREE : g->n_stacked[t];
        g->position[t] = position;
        position += (u32)u64_align_up(g->n_openings[t], STARK_TILE_COLUMNS);
        n_tiles += g->n_tiles[t] << g->log2_stack;
    }
    if (g->n_sums > 0) {
        g->n_shifted = (u32)u64_min(g->n_sums, g->n_openings[STARK_TREE_AUX]);
        g->n_shifted_points = (g->n_sums + g->n_shifted - 1) / g->n_shifted;
    }
    g->shifted_position = position;
    g->n_positions = position + (u32)u64_align_up(g->n_shifted, STARK_TILE_COLUMNS);
    n_tiles += tiles_of(K6_DEGREE * g->n_shifted) * g->n_shifted_points;
    l->n_positions_max = (u32)u64_max(l->n_positions_max, g->n_positions);
    l->n_tiles_max = (u32)u64_max(l->n_tiles_max, n_tiles);
    l->n_points += stark_n_points(g);
}

static situ_err fill_group(stark_layout *l, stark_group *g, u32 group)
{
    u64 n_columns[STARK_TREES] = {0}, n_constraints = 0;

    count_sums(l, g, group);
    n_columns[STARK_TREE_AUX] = (u64)K6_DEGREE * g->n_sums;
    for (u32 s = 0; s < l->n_present; s++) {
        stark_slot *slot = &l->slots[l->present[s]];
        if (slot->group != group) continue;
        const situ_air_table *table = &l->system->tables[slot->table];
        for (int t = 0; t < STARK_TREES; t++) slot->first_column[t] = (u32)n_columns[t];
        slot->first_constraint = (u32)n_constraints;
        n_columns[STARK_TREE_PRE] += table->n_pre;
        n_columns[STARK_TREE_MAIN] += table->n_main;
        if (slot->n_logup_groups > 0)
            n_columns[STARK_TREE_AUX] += (u64)K6_DEGREE * (slot->n_logup_groups - 1);
        n_constraints += table->n_constraints + slot->n_logup_groups; /* the last one is the running sum's */
    }
    n_columns[STARK_TREE_QUOTIENT] = group == 0 ? (u64)K6_DEGREE << l->params.log2_blowup : 0;
    for (u32 t = 0; t < STARK_TREES; t++) {
        if (n_columns[t] > SITU_STARK_COLUMNS_MAX) return SITU_ERR_LIMIT;
        const u32 unit = stark_is_over_k(t) ? K6_DEGREE : 1;
        g->n_columns[t] = (u32)n_columns[t];
        g->n_stacked[t] = unit * ceil_shift(g->n_columns[t] / unit, g->log2_stack);
        g->n_tiles[t] = tiles_of(g->n_stacked[t]);
    }
    g->n_constraints = (u32)n_constraints;
    place_openings(l, g);
    return SITU_OK;
}

static void place_trees(stark_layout *l)
{
    for (int t = 0; t < STARK_TREES; t++) {
        stark_tree_shape *tree = &l->trees[t];
        for (u32 g = 0; g < l->n_groups; g++) {
            if (l->groups[g].n_tiles[t] == 0) continue;
            const u32 log2_rows = l->groups[g].log2_rows + l->params.log2_blowup;
            if (tree->n_groups == 0) tree->log2_leaves = log2_rows;
            tree->log2_rows[tree->n_groups] = log2_rows;
            tree->n_tiles[tree->n_groups] = l->groups[g].n_tiles[t];
            tree->group[tree->n_groups++] = g;
            tree->n_tiles_all += l->groups[g].n_tiles[t];
        }
        tree->n_path = tree->n_groups == 0 ? 0 : tree->log2_leaves - l->params.log2_cap;
    }
}

static void place_values(stark_layout *l)
{
    u32 n = 0;
    for (int t = 0; t < STARK_TREES; t++)
        for (u32 g = 0; g < l->n_groups; g++) {
            l->groups[g].first_value[t] = n;
            n += l->groups[g].n_openings[t] << l->groups[g].log2_stack;
        }
    for (u32 g = 0; g < l->n_groups; g++) {
        l->groups[g].first_shifted = n;
        n += l->groups[g].n_shifted * l->groups[g].n_shifted_points;
    }
    l->n_values = n;
}

static void measure(stark_layout *l)
{
    const u64 cap_bytes = 32u * (u64)stark_cap_digests(l);
    u64 n_caps = l->fri.n_layers;
    u64 stride = 0;

    for (int t = 0; t < STARK_TREES; t++) {
        if (l->trees[t].n_groups == 0) continue;
        if (t != STARK_TREE_PRE) n_caps++; /* the key holds that one's */
        stride += (u64)l->trees[t].n_tiles_all * STARK_TILE_ROW_BYTES + 32u * (u64)l->trees[t].n_path;
    }
    for (u32 i = 0; i < l->fri.n_layers; i++)
        stride +=
            STARK_FRI_ROW_BYTES + 32u * (u64)(situ_fri_log2_layer_rows(&l->fri, i) - l->params.log2_cap);
    l->bytes_commitments = n_caps * cap_bytes;
    l->bytes_sums = (u64)l->n_sums * sizeof(k6);
    l->bytes_values = (u64)l->n_values * sizeof(k6);
    l->bytes_final = ((u64)1 << l->fri.log2_final) * sizeof(k6) + sizeof(u64);
    l->query_stride = stride;
    l->bytes_queries = stride * l->params.n_queries;
}

situ_err stark_layout_make(stark_layout *l, const situ_air_system *system, const situ_stark_params *params,
                           const u8 *log2_rows)
{
    if (!stark_params_valid(params)) return SITU_ERR_ARG;
    *l = (stark_layout){.system = system, .params = *params};
    l->n_slots = stark_slots_of(system, params);
    if (l->n_slots == 0) return SITU_ERR_ARG;
    SITU_TRY(place_slots(l, log2_rows));
    SITU_TRY(check_multiplicities(l));
    if (l->n_present == 0) return SITU_ERR_FORMAT;
    place_groups(l);
    for (u32 g = 0; g < l->n_groups; g++) SITU_TRY(fill_group(l, &l->groups[g], g));

    place_trees(l);
    place_values(l);
    SITU_TRY(situ_fri_schedule_make(&l->fri, l->groups[0].log2_rows, params->log2_blowup));
    measure(l);
    return SITU_OK;
}

situ_stark_params situ_stark_params_default(uint32_t log2_blowup)
{
    const situ_security_row *row = situ_security_row_for(log2_blowup);
    SITU_ASSERT(row != NULL);
    return (situ_stark_params){
        .log2_blowup = log2_blowup,
        .n_queries = row->n_queries,
        .grinding_bits = SITU_SECURITY_GRINDING,
        .log2_cap = SITU_STARK_LOG2_CAP,
    };
}

situ_security_params stark_layout_security(const stark_layout *l)
{
    situ_security_params s = {
        .log2_blowup = l->params.log2_blowup,
        .constraint_degree = stark_degree_max(&l->params),
        .n_queries = l->params.n_queries,
        .grinding = l->params.grinding_bits,
        .n_columns = l->n_positions_max,
        .n_points = l->n_points,
        .tuple_width = 2,
    };
    for (u32 g = 0; g < l->n_groups; g++) {
        s.heights |= 1u << l->groups[g].log2_rows;
        s.n_constraints += l->groups[g].n_constraints;
    }
    for (u32 i = 0; i < l->n_present; i++) {
        const stark_slot *slot = &l->slots[l->present[i]];
        s.n_bus_messages += (u64)l->system->tables[slot->table].n_interactions << slot->log2_rows;
    }
    for (u32 b = 0; b < l->system->n_buses; b++)
        s.tuple_width = (u32)u64_max(s.tuple_width, l->system->buses[b].width);
    if (s.n_constraints == 0) s.n_constraints = 1;
    if (s.n_bus_messages == 0) s.n_bus_messages = 1;
    return s;
}

situ_err stark_layout_check_security(const stark_layout *l)
{
    if (l->params.insecure) return SITU_OK;
    const situ_security_params s = stark_layout_security(l);
    return situ_security_check(&s);
}
