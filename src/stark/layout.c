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

u32 stark_next_group(const situ_air_table *table, const situ_stark_params *params, u32 group, u32 first)
{
    const u16 *ends = table->logup_ends[params->log2_blowup - 1];
    return ends ? ends[group] : stark_logup_group_end(table, first, stark_degree_max(params));
}

static u32 count_groups(const situ_air_table *table, const situ_stark_params *params)
{
    const u32 i = params->log2_blowup - 1;
    return table->logup_ends[i] ? table->n_logup_groups[i]
                                : stark_logup_groups(table, stark_degree_max(params));
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

/* *heights: bit h when a table has 2^h rows. */
static situ_err place_slots(stark_layout *l, u32 *heights, const u8 *log2_rows)
{
    u32 slot = 0;
    *heights = 0;
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
            *heights |= 1u << h;
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
        for (u32 i = 0; i < table->n_interactions; i++) {
            const situ_air_interaction *it = &table->interactions[i];
            if (it->mult_max > KB_P >> log2_rows) return SITU_ERR_LIMIT;
            total[it->bus] += (u64)it->mult_max << log2_rows; /* each below p, so no sum of u32 many wraps */
        }
    }
    for (u32 bus = 0; bus < l->system->n_buses; bus++)
        if (total[bus] >= KB_P - STARK_BOUNDARY_MAX) return SITU_ERR_LIMIT;
    return SITU_OK;
}

/* Running sums come first in the auxiliary tree: where they end. */
static void count_sums(stark_layout *l, stark_group *g)
{
    for (u32 s = 0; s < l->n_present; s++) {
        stark_slot *slot = &l->slots[l->present[s]];
        if (slot->log2_rows != g->log2_rows) continue;
        slot->n_logup_groups = count_groups(&l->system->tables[slot->table], &l->params);
        if (slot->n_logup_groups == 0) continue;
        slot->sum_index = l->n_sums++;
        slot->sum_in_group = g->n_sums++;
    }
}

/* Positions of the openings; SITU_STARK_COLUMNS_MAX bounds all counts. */
static void place_openings(stark_layout *l, stark_group *g)
{
    u32 position = 0, n_tiles = 0;
    for (int t = 0; t < STARK_TREES; t++) {
        const bool over_k = t == STARK_TREE_AUX || t == STARK_TREE_QUOTIENT;
        g->n_openings[t] = over_k ? g->n_columns[t] / K6_DEGREE : g->n_columns[t];
        g->position[t] = position;
        position += (u32)u64_align_up(g->n_openings[t], STARK_TILE_COLUMNS);
        n_tiles += g->n_tiles[t];
    }
    g->shifted_position = position;
    g->n_positions = position + (u32)u64_align_up(g->n_sums, STARK_TILE_COLUMNS);
    n_tiles += (K6_DEGREE * g->n_sums + STARK_TILE_COLUMNS - 1) / STARK_TILE_COLUMNS;
    l->n_positions_max = (u32)u64_max(l->n_positions_max, g->n_positions);
    l->n_tiles_max = (u32)u64_max(l->n_tiles_max, n_tiles);
}

static situ_err fill_group(stark_layout *l, stark_group *g, u32 group_index)
{
    u64 n_columns[STARK_TREES] = {0}, n_constraints = 0;

    count_sums(l, g);
    n_columns[STARK_TREE_AUX] = (u64)K6_DEGREE * g->n_sums;
    for (u32 s = 0; s < l->n_present; s++) {
        stark_slot *slot = &l->slots[l->present[s]];
        if (slot->log2_rows != g->log2_rows) continue;
        const situ_air_table *table = &l->system->tables[slot->table];
        slot->group = group_index;
        for (int t = 0; t < STARK_TREES; t++) slot->first_column[t] = (u32)n_columns[t];
        slot->first_constraint = (u32)n_constraints;
        n_columns[STARK_TREE_PRE] += table->n_pre;
        n_columns[STARK_TREE_MAIN] += table->n_main;
        if (slot->n_logup_groups > 0)
            n_columns[STARK_TREE_AUX] += (u64)K6_DEGREE * (slot->n_logup_groups - 1);
        n_constraints += table->n_constraints + slot->n_logup_groups; /* the last one is the running sum's */
    }
    n_columns[STARK_TREE_QUOTIENT] = group_index == 0 ? (u64)K6_DEGREE << l->params.log2_blowup : 0;
    for (int t = 0; t < STARK_TREES; t++) {
        if (n_columns[t] > SITU_STARK_COLUMNS_MAX) return SITU_ERR_LIMIT;
        g->n_columns[t] = (u32)n_columns[t];
        g->n_tiles[t] = (u32)((n_columns[t] + STARK_TILE_COLUMNS - 1) / STARK_TILE_COLUMNS);
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
            n += l->groups[g].n_openings[t];
        }
    for (u32 g = 0; g < l->n_groups; g++) {
        l->groups[g].first_shifted = n;
        n += l->groups[g].n_sums;
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
    u32 heights;
    SITU_TRY(place_slots(l, &heights, log2_rows));
    SITU_TRY(check_multiplicities(l));

    for (u32 h = SITU_STARK_LOG2_ROWS_MAX; h >= SITU_STARK_LOG2_ROWS_MIN; h--) {
        if ((heights >> h & 1) == 0) continue;
        stark_group *g = &l->groups[l->n_groups];
        g->log2_rows = h;
        SITU_TRY(fill_group(l, g, l->n_groups));
        l->n_groups++;
    }
    if (l->n_groups == 0) return SITU_ERR_FORMAT;

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
