/* cmd_verify.c — `situ verify`: is this a proof of a run of that program? */
#include "cli/cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/files.h"
#include "cli/guest.h"
#include "cli/progress.h"
#include "cli/text.h"

static const char help[] =
    "Usage: situ verify PROOF (--program ELF | --vkey FILE | --vkey-digest HEX) [OPTION]...\n"
    "\n"
    "Verify a proof and say what it proves: program, exit code, public output.  What program it must be of "
    "you say\n"
    "yourself; never take that from whom you have the proof.\n"
    "\n"
    "  -p, --program ELF        the program; its verifying key is computed\n"
    "      --vkey FILE          its verifying key, as `situ vkey` writes it\n"
    "      --vkey-digest HEX    the key's digest, 64 digits\n"
    "      --expect-exit-code N the exit code that the run must have had (default 0)\n"
    "      --output FILE        write the proven output there (- is standard output; the report then goes "
    "to\n"
    "                           standard error)\n"
    "      --insecure-test-parameters\n"
    "                           accept a proof made with these words; it proves nothing\n"
    "      --threads N          threads to compute a key with\n"
    "      --json               report as one JSON object on standard output\n"
    "      --quiet              no report; the exit status tells\n"
    "      --help               this text\n"
    "\n"
    "The exit status is 0 when the proof is good, 1 when it is not, 2 for wrong usage.\n"
    "\n"
    "Examples:\n"
    "  situ verify book.proof --program sha256.elf\n"
    "  situ verify book.proof --vkey-digest $(cat sha256.vkey.digest) --output digest.bin\n";

typedef struct {
    const char *proof, *program, *vkey, *digest, *output;
    uint64_t exit_code, n_threads;
    bool allow_insecure, is_json, is_quiet, shows_help;
} verify_options;

enum {
    OPT_VKEY = 256,
    OPT_DIGEST,
    OPT_EXIT,
    OPT_OUTPUT,
    OPT_INSECURE,
    OPT_THREADS,
    OPT_JSON,
    OPT_QUIET,
    OPT_HELP
};

static const struct option long_options[] = {
    {"program", required_argument, NULL, 'p'},
    {"vkey", required_argument, NULL, OPT_VKEY},
    {"vkey-digest", required_argument, NULL, OPT_DIGEST},
    {"expect-exit-code", required_argument, NULL, OPT_EXIT},
    {"output", required_argument, NULL, OPT_OUTPUT},
    {"insecure-test-parameters", no_argument, NULL, OPT_INSECURE},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"json", no_argument, NULL, OPT_JSON},
    {"quiet", no_argument, NULL, OPT_QUIET},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static int usage(const char *what, const char *arg) { return guest_usage("verify", what, arg); }

static int take_option(verify_options *o, int option, char **argv)
{
    switch (option) {
    case 'p': o->program = optarg; return 0;
    case OPT_VKEY: o->vkey = optarg; return 0;
    case OPT_DIGEST: o->digest = optarg; return 0;
    case OPT_EXIT:
        return text_parse_u64(optarg, &o->exit_code)
                   ? 0
                   : usage("--expect-exit-code wants a number, not", optarg);
    case OPT_OUTPUT: o->output = optarg; return 0;
    case OPT_INSECURE: o->allow_insecure = true; return 0;
    case OPT_THREADS:
        return text_parse_u64(optarg, &o->n_threads) && o->n_threads >= 1 && o->n_threads <= SITU_THREADS_MAX
                   ? 0
                   : usage("--threads wants a number from 1 to 1024, not", optarg);
    case OPT_JSON: o->is_json = true; return 0;
    case OPT_QUIET: o->is_quiet = true; return 0;
    case OPT_HELP: o->shows_help = true; return 0;
    case ':': return usage("a value is missing after", argv[optind - 1]);
    default: return usage("no option", argv[optind - 1]);
    }
}

static int parse(int argc, char **argv, verify_options *o)
{
    int option, status;
    *o = (verify_options){0};
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":p:", long_options, NULL)) != -1)
        if ((status = take_option(o, option, argv))) return status;
    if (o->shows_help) return 0;
    if (optind < argc) o->proof = argv[optind++];
    if (optind < argc) return usage("more than one proof:", argv[optind]);
    if (!o->proof) return usage("which proof?", NULL);
    if (!!o->program + !!o->vkey + !!o->digest != 1)
        return usage("of what program? one of --program, --vkey, --vkey-digest", NULL);
    return 0;
}

/* --- which key ------------------------------------------------------------------------------------------ */

/* The digest of the program's key at the proof's parameters: they must be the default ones of a blowup. */
static int digest_of_program(const verify_options *o, const situ_zkvm_claim *claim, uint8_t *digest)
{
    char message[SITU_MESSAGE_BYTES];
    situ_program *program;
    situ_zkvm_key *key;
    situ_pool *pool;
    size_t vk_bytes;
    const uint32_t log2_blowup = claim->params.log2_blowup;
    if (log2_blowup < 1 || log2_blowup > SITU_STARK_LOG2_BLOWUP_MAX)
        return cmd_fail("%s: parameters are unknown: blowup 2^%u", o->proof, log2_blowup);
    const situ_stark_params params = guest_params(log2_blowup, claim->params.insecure == 1);
    if (memcmp(&params, &claim->params, sizeof params))
        return cmd_fail(
            "%s: made with other parameters than this program's at its blowup; verify it by --vkey",
            o->proof);
    if (guest_load(&program, o->program)) return 1;
    situ_err err = situ_pool_create(&pool, (uint32_t)o->n_threads);
    int status = err ? cmd_fail("no threads: %s", situ_err_name(err)) : 0;
    if (!status && situ_zkvm_key_create(&key, program, &params, pool, message))
        status = cmd_fail("%s: %s", o->program, message);
    if (!status) {
        const void *vk = situ_zkvm_key_vk(key, &vk_bytes);
        situ_zkvm_vk_digest(digest, vk, vk_bytes);
        situ_zkvm_key_destroy(key);
    }
    situ_pool_destroy(pool);
    situ_program_free(program);
    return status;
}

static int digest_of_file(const verify_options *o, uint8_t *digest)
{
    file_bytes vk;
    situ_stark_params params;
    uint8_t program_digest[SITU_ZKVM_DIGEST_BYTES];
    if (file_read(o->vkey, &vk)) return 1;
    situ_err err = situ_zkvm_vk_read(&params, program_digest, vk.bytes, vk.n_bytes);
    if (!err) situ_zkvm_vk_digest(digest, vk.bytes, vk.n_bytes);
    file_free(&vk);
    return err ? cmd_fail("%s: no verifying key: %s", o->vkey, situ_err_name(err)) : 0;
}

static int find_digest(const verify_options *o, const situ_zkvm_claim *claim, uint8_t *digest)
{
    if (o->program) return digest_of_program(o, claim, digest);
    if (o->vkey) return digest_of_file(o, digest);
    return text_parse_hex(digest, SITU_ZKVM_DIGEST_BYTES, o->digest)
               ? 0
               : guest_usage("verify", "--vkey-digest wants 64 hexadecimal digits, not", o->digest);
}

/* --- report --------------------------------------------------------------------------------------------- */

static void print_report(FILE *to, const verify_options *o, const situ_zkvm_claim *c, double seconds)
{
    char time[24];
    fputs(c->params.insecure ? "VERIFIED WITH INSECURE TEST PARAMETERS: this proves nothing\n"
                             : "verified: this program halted with this exit code and printed this\n",
          to);
    fputs("program      ", to);
    print_hex(to, c->program_digest, sizeof c->program_digest);
    fputs("\nkey          ", to);
    print_hex(to, c->vk_digest, sizeof c->vk_digest);
    fprintf(to, "\nexit code    %" PRIu64 "\n", c->exit_code);
    if (!o->output) print_output(to, c->output, c->n_output);
    fprintf(to, "time         %s\n", text_seconds(time, seconds));
}

static void print_json(const situ_zkvm_claim *c, double seconds)
{
    fputs("{\"verified\":true,\"program_digest\":\"", stdout);
    print_hex(stdout, c->program_digest, sizeof c->program_digest);
    fputs("\",\"vkey_digest\":\"", stdout);
    print_hex(stdout, c->vk_digest, sizeof c->vk_digest);
    printf("\",\"exit_code\":%" PRIu64 ",\"output\":\"", c->exit_code);
    print_hex(stdout, c->output, c->n_output);
    printf("\",\"seconds\":%.6f,\"insecure\":%s}\n", seconds, c->params.insecure ? "true" : "false");
}

static int refuse(const verify_options *o, const situ_zkvm_claim *c, const situ_zkvm_expected *expected,
                  situ_err err, const situ_stark_reason *reason)
{
    if (o->is_json)
        printf("{\"verified\":false,\"check\":\"%s\",\"offset\":%" PRIu64 "}\n", reason->check,
               reason->offset);
    if (memcmp(c->vk_digest, expected->vk_digest, sizeof c->vk_digest))
        return cmd_fail("%s: REFUSED: a proof of another program, or with another version or parameters",
                        o->proof);
    if (c->exit_code != expected->exit_code)
        return cmd_fail("%s: REFUSED: exit code %" PRIu64 ", expected %" PRIu64 " (--expect-exit-code)",
                        o->proof, c->exit_code, expected->exit_code);
    if (c->params.insecure && !expected->allow_insecure)
        return cmd_fail("%s: REFUSED: made with --insecure-test-parameters, so it proves nothing", o->proof);
    return cmd_fail("%s: REFUSED: %s: %s, at byte %" PRIu64, o->proof, situ_err_name(err), reason->check,
                    reason->offset);
}

static int verify_bytes(const verify_options *o, const void *proof, size_t n_bytes)
{
    situ_stark_reason reason = {.check = ""};
    situ_zkvm_claim claim;
    situ_zkvm_expected expected = {.exit_code = o->exit_code, .allow_insecure = o->allow_insecure};
    situ_err err = situ_zkvm_read(&claim, proof, n_bytes, &reason);
    if (err)
        return cmd_fail("%s: REFUSED: no proof: %s: %s, at byte %" PRIu64, o->proof, situ_err_name(err),
                        reason.check, reason.offset);
    int status = find_digest(o, &claim, expected.vk_digest);
    if (status) return status;
    void *scratch = aligned_alloc(64, situ_zkvm_verify_scratch_bytes());
    if (!scratch) return cmd_fail("out of memory");
    double start = progress_now();
    err = situ_zkvm_verify(&claim, &expected, proof, n_bytes, scratch, &reason);
    double seconds = progress_now() - start;
    free(scratch);
    if (err) return refuse(o, &claim, &expected, err, &reason);

    if (o->output && file_write(o->output, claim.output, claim.n_output)) return 1;
    if (o->is_json)
        print_json(&claim, seconds);
    else if (!o->is_quiet)
        print_report(o->output && !strcmp(o->output, "-") ? stderr : stdout, o, &claim, seconds);
    return 0;
}

int cmd_verify(int argc, char **argv)
{
    verify_options o;
    file_bytes proof;
    int status = parse(argc, argv, &o);
    if (status) return status;
    if (o.shows_help) return fputs(help, stdout) < 0;
    if (file_read(o.proof, &proof)) return 1;
    status = verify_bytes(&o, proof.bytes, proof.n_bytes);
    file_free(&proof);
    return status;
}
