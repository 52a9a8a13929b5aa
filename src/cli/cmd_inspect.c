/* cmd_inspect.c — `situ inspect`: what a proof contains.  Verifies nothing. */
#include "cli/cmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/files.h"
#include "cli/guest.h"
#include "cli/text.h"
#include "gen/vm/vm.h"
#include "stark/archive.h"
#include "stark/layout.h"
#include "stark/security.h"

static const char help[] = "Usage: situ inspect PROOF [--json]\n"
                           "\n"
                           "Show what a proof contains and claims: exit code, output, sizes by section, "
                           "parameters, heights of the tables,\n"
                           "bits of security by round.  Nothing is verified: `situ verify` does that.\n"
                           "\n"
                           "Example:\n"
                           "  situ inspect run.proof\n";

static const char *const section_names[STARK_SECTIONS] = {"commitments", "claimed sums",
                                                          "out-of-domain values", "final polynomial",
                                                          "queries"};

/* The better of the two regimes. */
static situ_err account(situ_security_report *best, const situ_security_params *p)
{
    situ_security_report unique;
    const situ_security_row *row = situ_security_row_for(p->log2_blowup);
    if (!row) return SITU_ERR_ARG;
    SITU_TRY(situ_security_account(best, p, SITU_REGIME_JOHNSON, row->multiplicity, SITU_BATCHING_LEVELS));
    SITU_TRY(situ_security_account(&unique, p, SITU_REGIME_UNIQUE, 0, SITU_BATCHING_LEVELS));
    if (unique.total > best->total) *best = unique;
    return SITU_OK;
}

static void print_tables(const stark_layout *l)
{
    puts("\ntables       rows    main columns");
    for (u32 s = 0; s < l->n_slots; s++) {
        const stark_slot *slot = &l->slots[s];
        if (slot->log2_rows == 0) continue;
        const situ_air_table *t = &situ_vm_system.tables[slot->table];
        printf("  %-18s 2^%-2u %5u\n", t->name, slot->log2_rows, t->n_main);
    }
}

static void print_claim(const situ_zkvm_claim *c, size_t n_bytes)
{
    char text[24];
    printf("claims, unverified:\nexit code    %" PRIu64 "\n", c->exit_code);
    print_output(stdout, c->output, c->n_output);
    fputs("program      ", stdout);
    print_hex(stdout, c->program_digest, sizeof c->program_digest);
    fputs("\nkey          ", stdout);
    print_hex(stdout, c->vk_digest, sizeof c->vk_digest);
    printf("\n\nproof        %s\n", text_bytes(text, n_bytes));
    printf("  %-22s %10zu\n", "verifying key", c->vk_bytes);
    printf("  %-22s %10zu\n", "public output", c->n_output);
}

static void print_security(const stark_layout *l)
{
    const situ_security_params p = stark_layout_security(l);
    situ_security_report r;
    printf("\nparameters   blowup %u, %u queries, %u bits of grinding, caps of 2^%u digests%s\n",
           1u << l->params.log2_blowup, l->params.n_queries, l->params.grinding_bits, l->params.log2_cap,
           l->params.insecure ? ", INSECURE: for tests" : "");
    if (account(&r, &p)) return;
    printf("security     %.2f bits, proven (%s)\n", r.total, situ_security_regime_name(r.regime));
    for (u32 i = 0; i < r.n_rounds; i++) printf("  %-40s %8.2f\n", r.rounds[i].name, r.rounds[i].bits);
}

static void print_json(const situ_zkvm_claim *c, const stark_header *h, const stark_layout *l, size_t n_bytes)
{
    const situ_security_params p = stark_layout_security(l);
    situ_security_report r;
    const char *separator = "";
    printf("{\"exit_code\":%" PRIu64 ",\"output\":\"", c->exit_code);
    print_hex(stdout, c->output, c->n_output);
    fputs("\",\"program_digest\":\"", stdout);
    print_hex(stdout, c->program_digest, sizeof c->program_digest);
    fputs("\",\"vkey_digest\":\"", stdout);
    print_hex(stdout, c->vk_digest, sizeof c->vk_digest);
    printf("\",\"bytes\":%zu,\"sections\":{\"verifying key\":%zu", n_bytes, c->vk_bytes);
    for (u32 i = 0; i < STARK_SECTIONS; i++)
        printf(",\"%s\":%" PRIu64, section_names[i], h->section_bytes[i]);
    printf("},\"blowup\":%u,\"queries\":%u,\"grinding\":%u,\"insecure\":%s,\"tables\":[",
           1u << l->params.log2_blowup, l->params.n_queries, l->params.grinding_bits,
           l->params.insecure ? "true" : "false");
    for (u32 s = 0; s < l->n_slots; s++) {
        if (l->slots[s].log2_rows == 0) continue;
        printf("%s{\"name\":\"%s\",\"log2_rows\":%u}", separator,
               situ_vm_system.tables[l->slots[s].table].name, l->slots[s].log2_rows);
        separator = ",";
    }
    fputs("],\"security\":{", stdout);
    if (!account(&r, &p)) {
        for (u32 i = 0; i < r.n_rounds; i++) printf("\"%s\":%.4f,", r.rounds[i].name, r.rounds[i].bits);
        printf("\"total\":%.4f", r.total);
    }
    puts("}}");
}

static int inspect(const char *path, const void *proof, size_t n_bytes, bool is_json)
{
    situ_stark_reason reason = {.check = ""};
    situ_zkvm_claim claim;
    stark_layout layout;
    situ_err err = situ_zkvm_read(&claim, proof, n_bytes, &reason);
    if (err)
        return cmd_fail("%s: no proof: %s: %s, at byte %" PRIu64, path, situ_err_name(err), reason.check,
                        reason.offset);
    const stark_header *h = claim.argument;
    if (claim.argument_bytes < sizeof *h || h->magic != STARK_MAGIC || h->version != STARK_VERSION)
        return cmd_fail("%s: no proof: its argument is malformed", path);
    const situ_stark_params params = {h->params[0], h->params[1], h->params[2], h->params[3], h->params[4]};
    if (!stark_params_valid(&params) || stark_layout_make(&layout, &situ_vm_system, &params, h->log2_rows))
        return cmd_fail("%s: no proof: impossible parameters or heights", path);
    if (is_json) {
        print_json(&claim, h, &layout, n_bytes);
        return 0;
    }
    print_claim(&claim, n_bytes);
    for (u32 i = 0; i < STARK_SECTIONS; i++)
        printf("  %-22s %10" PRIu64 "\n", section_names[i], h->section_bytes[i]);
    print_tables(&layout);
    print_security(&layout);
    return 0;
}

int cmd_inspect(int argc, char **argv)
{
    const char *path = NULL;
    bool is_json = false;
    file_bytes proof;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help")) return fputs(help, stdout) < 0;
        if (!strcmp(argv[i], "--json"))
            is_json = true;
        else if (argv[i][0] == '-' && argv[i][1])
            return guest_usage("inspect", "no option", argv[i]);
        else if (path)
            return guest_usage("inspect", "more than one proof:", argv[i]);
        else
            path = argv[i];
    }
    if (!path) return guest_usage("inspect", "which proof?", NULL);
    if (file_read(path, &proof)) return 1;
    int status = inspect(path, proof.bytes, proof.n_bytes, is_json);
    file_free(&proof);
    return status;
}
