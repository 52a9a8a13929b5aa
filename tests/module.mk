# Systems for tests, fuzz targets and examples.
AIR_SYSTEMS += fibonacci:tests/air/fibonacci.air chain:tests/air/chain.air
AIR_SYSTEMS += sample:tests/air/sample.air

# Tests that share more than the harness.
$(BUILD)/tests/test_stark $(BUILD)/tests/test_evil_prover: $(BUILD)/obj/tests/stark/toy.o
$(BUILD)/fuzz/fuzz_stark_verify: $(BUILD)/obj/tests/stark/toy.o $(HARNESS_OBJS)

# Examples: built like a user's program, run by tests/test_examples.sh.
AIR_SYSTEMS += two_chains:examples/two_chains/two_chains.air
EXAMPLES := $(BUILD)/examples/two_chains
$(BUILD)/examples/two_chains: $(BUILD)/obj/examples/two_chains/main.o $(LIB)
	$(V)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)
PROGRAMS += $(EXAMPLES)

# The AIR compiler, but its process.
$(BUILD)/fuzz/fuzz_airc: $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out %/main.c %/process.c,$(wildcard src/air/compiler/*.c)))
