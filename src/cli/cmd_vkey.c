/* cmd_vkey.c — `situ vkey`: a program's verifying key and its digest. */
#include "cli/cmd.h"

#include <getopt.h>
#include <stdio.h>

#include "cli/files.h"
#include "cli/guest.h"
#include "cli/text.h"

static const char help[] = "Usage: situ vkey PROGRAM [-o FILE] [OPTION]...\n"
                           "\n"
                           "Compute a program's verifying key and print its digest, which identifies "
                           "program, parameters and this version's\n"
                           "constraints.\n"
                           "\n"
                           "  -o, --output FILE   write the key there (a few KiB)\n"
                           "      --blowup N      of the proofs: 2 (default), 4, 8 or 16\n"
                           "      --insecure-test-parameters\n"
                           "                      of proofs made with these words\n"
                           "      --json          report as one JSON object\n"
                           "      --help          this text\n"
                           "\n"
                           "Examples:\n"
                           "  situ vkey sha256.elf -o sha256.vkey\n"
                           "  situ verify book.proof --vkey sha256.vkey\n";

typedef struct {
    const char *program, *output;
    uint32_t log2_blowup;
    bool is_insecure, is_json, shows_help;
} vkey_options;

enum { OPT_BLOWUP = 256, OPT_INSECURE, OPT_JSON, OPT_HELP };

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"blowup", required_argument, NULL, OPT_BLOWUP},
    {"insecure-test-parameters", no_argument, NULL, OPT_INSECURE},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static int usage(const char *what, const char *arg) { return guest_usage("vkey", what, arg); }

static int parse(int argc, char **argv, vkey_options *o)
{
    int option;
    *o = (vkey_options){.log2_blowup = 1};
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:", long_options, NULL)) != -1) {
        switch (option) {
        case 'o': o->output = optarg; break;
        case OPT_BLOWUP:
            if (!guest_parse_blowup(&o->log2_blowup, optarg))
                return usage("--blowup wants 2, 4, 8 or 16, not", optarg);
            break;
        case OPT_INSECURE: o->is_insecure = true; break;
        case OPT_JSON: o->is_json = true; break;
        case OPT_HELP: o->shows_help = true; return 0;
        case ':': return usage("a value is missing after", argv[optind - 1]);
        default: return usage("no option", argv[optind - 1]);
        }
    }
    if (optind < argc) o->program = argv[optind++];
    if (optind < argc) return usage("more than one program:", argv[optind]);
    return o->program ? 0 : usage("which program?", NULL);
}

static int report(const vkey_options *o, const situ_zkvm_key *key)
{
    size_t vk_bytes;
    situ_stark_params params;
    uint8_t digest[SITU_ZKVM_DIGEST_BYTES], program_digest[SITU_ZKVM_DIGEST_BYTES];
    const void *vk = situ_zkvm_key_vk(key, &vk_bytes);
    if (situ_zkvm_vk_read(&params, program_digest, vk, vk_bytes)) return cmd_fail("%s: no key", o->program);
    situ_zkvm_vk_digest(digest, vk, vk_bytes);
    if (o->output && file_write(o->output, vk, vk_bytes)) return 1;
    fputs(o->is_json ? "{\"program_digest\":\"" : "program      ", stdout);
    print_hex(stdout, program_digest, sizeof program_digest);
    fputs(o->is_json ? "\",\"vkey_digest\":\"" : "\nkey          ", stdout);
    print_hex(stdout, digest, sizeof digest);
    if (o->is_json)
        printf("\",\"vkey_bytes\":%zu,\"blowup\":%u}\n", vk_bytes, 1u << params.log2_blowup);
    else
        printf("\nblowup       %u\n", 1u << params.log2_blowup);
    return 0;
}

int cmd_vkey(int argc, char **argv)
{
    char message[SITU_MESSAGE_BYTES];
    vkey_options o;
    situ_program *program;
    situ_zkvm_key *key;
    situ_pool *pool;
    int status = parse(argc, argv, &o);
    if (status) return status;
    if (o.shows_help) return fputs(help, stdout) < 0;
    if (guest_load(&program, o.program)) return 1;
    const situ_stark_params params = guest_params(o.log2_blowup, o.is_insecure);
    situ_err err = situ_pool_create(&pool, 0);
    if (err) {
        status = cmd_fail("no threads: %s", situ_err_name(err));
    } else if (situ_zkvm_key_create(&key, program, &params, pool, message)) {
        status = cmd_fail("%s: %s", o.program, message);
    } else {
        status = report(&o, key);
        situ_zkvm_key_destroy(key);
    }
    situ_pool_destroy(pool);
    situ_program_free(program);
    return status;
}
