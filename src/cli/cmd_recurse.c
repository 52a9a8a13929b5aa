/* cmd_recurse.c — `situ recurse`: make of a proof what the verifier guest reads. */
#include "cli/cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/files.h"
#include "cli/guest.h"
#include "cli/text.h"
#include "situ/recursion.h"

static const char help[] =
    "Usage: situ recurse PROOF -o BLOB [OPTION]...\n"
    "\n"
    "Make of a proof the input of the verifier guest (verifier.elf), which verifies it inside the VM.  A "
    "proof of "
    "that run\n"
    "is a proof of the inner run too.  Its public output is: digest of the inner verifying key (32 bytes), "
    "inner "
    "exit\n"
    "code (8 bytes, little-endian), inner output.\n"
    "\n"
    "  -o, --output FILE   the blob: 16 bytes and the proof\n"
    "      --insecure-test-parameters\n"
    "                      take a proof made with these words; only verifier-insecure.elf accepts it\n"
    "      --quiet         no report\n"
    "      --help          this text\n"
    "\n"
    "The proof is verified before the blob is written: against its own key, so see the digest that is "
    "printed.\n"
    "The exit status is 0 when a blob was written, 1 when not, 2 for wrong usage.\n"
    "\n"
    "Examples:\n"
    "  situ prove sha256.elf --input book.txt -o book.proof --blowup 8\n"
    "  situ recurse book.proof -o book.blob\n"
    "  situ run verifier.elf --input book.blob\n"
    "  situ prove verifier.elf --input book.blob -o outer.proof\n";

typedef struct {
    const char *proof, *blob;
    bool allow_insecure, is_quiet, shows_help;
} recurse_options;

enum { OPT_INSECURE = 256, OPT_QUIET, OPT_HELP };

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"insecure-test-parameters", no_argument, NULL, OPT_INSECURE},
    {"quiet", no_argument, NULL, OPT_QUIET},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static int usage(const char *what, const char *arg) { return guest_usage("recurse", what, arg); }

static int parse(int argc, char **argv, recurse_options *o)
{
    int option;
    *o = (recurse_options){0};
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:", long_options, NULL)) != -1) {
        switch (option) {
        case 'o': o->blob = optarg; break;
        case OPT_INSECURE: o->allow_insecure = true; break;
        case OPT_QUIET: o->is_quiet = true; break;
        case OPT_HELP: o->shows_help = true; return 0;
        case ':': return usage("a value is missing after", argv[optind - 1]);
        default: return usage("no option", argv[optind - 1]);
        }
    }
    if (optind < argc) o->proof = argv[optind++];
    if (optind < argc) return usage("more than one proof:", argv[optind]);
    if (!o->proof) return usage("which proof?", NULL);
    return o->blob ? 0 : usage("where to? -o FILE", NULL);
}

static int check_proof(const recurse_options *o, situ_zkvm_claim *claim, const void *proof, size_t n_bytes)
{
    situ_stark_reason reason = {.check = ""};
    situ_err err = situ_zkvm_read(claim, proof, n_bytes, &reason);
    if (!err && claim->params.insecure && !o->allow_insecure)
        return cmd_fail("%s: REFUSED: made with --insecure-test-parameters, so it proves nothing", o->proof);
    if (!err) {
        void *scratch = aligned_alloc(64, situ_zkvm_verify_scratch_bytes());
        if (!scratch) return cmd_fail("out of memory");
        err = situ_zkvm_verify_claim(claim, o->allow_insecure, scratch, &reason);
        free(scratch);
    }
    return err ? cmd_fail("%s: REFUSED: %s: %s, at byte %" PRIu64, o->proof, situ_err_name(err), reason.check,
                          reason.offset)
               : 0;
}

static int write_blob(const recurse_options *o, const void *proof, size_t n_bytes)
{
    const situ_recursion_prefix prefix = {.magic = SITU_RECURSION_MAGIC, .version = SITU_RECURSION_VERSION};
    uint8_t *blob = malloc(sizeof prefix + n_bytes);
    if (!blob) return cmd_fail("out of memory");
    memcpy(blob, &prefix, sizeof prefix);
    memcpy(blob + sizeof prefix, proof, n_bytes);
    int status = file_write(o->blob, blob, sizeof prefix + n_bytes);
    free(blob);
    return status;
}

int cmd_recurse(int argc, char **argv)
{
    recurse_options o;
    file_bytes proof;
    situ_zkvm_claim claim;
    char size[24];
    int status = parse(argc, argv, &o);
    if (status) return status;
    if (o.shows_help) return fputs(help, stdout) < 0;
    if (file_read(o.proof, &proof)) return 1;
    status = check_proof(&o, &claim, proof.bytes, proof.n_bytes);
    if (!status) status = write_blob(&o, proof.bytes, proof.n_bytes);
    if (!status && !o.is_quiet) {
        FILE *to = strcmp(o.blob, "-") ? stdout : stderr;
        fputs("program      ", to);
        print_hex(to, claim.program_digest, sizeof claim.program_digest);
        fputs("\nkey          ", to);
        print_hex(to, claim.vk_digest, sizeof claim.vk_digest);
        fprintf(to, "\nexit code    %" PRIu64 "\nblob         %s, %s\n", claim.exit_code, o.blob,
                text_bytes(size, sizeof(situ_recursion_prefix) + proof.n_bytes));
    }
    file_free(&proof);
    return status;
}
