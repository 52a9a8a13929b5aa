# src/curve and src/kzg stand on blst, whose source `make setup` puts into deps/ (tools/setup.d/blst.sh).  It is one C file and
# one assembly file; __BLST_PORTABLE__ makes it choose its code by the CPU it runs on.  Without deps/ the rest still builds.

BLST := deps/blst
CKZG := deps/c-kzg
KZG_TESTS  := msm kzg kzg_poly ckzg_compat

ifneq ($(wildcard $(BLST)/src/server.c),)
CPPFLAGS_ALL += -isystem $(BLST)/bindings -DSITU_DEPS_DIR='"$(CURDIR)/deps"'
BLST_OBJS := $(BUILD)/obj/deps/blst/server.o $(BUILD)/obj/deps/blst/assembly.o
LIB_OBJS += $(BLST_OBJS)

$(BUILD)/obj/deps/blst/server.o: $(BLST)/src/server.c
	$(V)mkdir -p $(@D) && $(CC) -O2 -fPIC -fvisibility=hidden -fno-builtin -D__BLST_PORTABLE__ -w -c $< -o $@
$(BUILD)/obj/deps/blst/assembly.o: $(BLST)/build/assembly.S
	$(V)mkdir -p $(@D) && $(CC) -fPIC -D__BLST_PORTABLE__ -w -c $< -o $@

# c-kzg itself, for measurements and differential tests only.
CKZG_OBJ := $(BUILD)/obj/deps/c-kzg/ckzg.o
$(CKZG_OBJ): $(CKZG)/ckzg.c
	$(V)mkdir -p $(@D) && $(CC) -O2 -fPIC -I$(CKZG) -I$(BLST)/bindings -w -c $< -o $@
$(BUILD)/bench/bench_kzg: $(CKZG_OBJ)
$(BUILD)/tests/test_kzg: $(CKZG_OBJ)
$(BUILD)/obj/bench/bench_kzg.o $(BUILD)/obj/tests/test_kzg.o: CPPFLAGS_ALL += -isystem $(CKZG)

# c-kzg's interface on ours: a library of its own.
CKZG_LIB := $(BUILD)/libsitu_ckzg.a
$(CKZG_LIB): $(BUILD)/obj/src/kzg/compat/ckzg.o
	$(V)mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^
PROGRAMS += $(CKZG_LIB)
$(BUILD)/tests/test_ckzg_compat: $(BUILD)/obj/tests/test_ckzg_compat.o $(HARNESS_OBJS) $(CKZG_LIB) $(LIB)
	$(V)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS)
else
$(info situ: deps/blst is not here, so MSM and KZG are left out; `make setup` fetches it)
LIB_OBJS := $(filter-out $(BUILD)/obj/src/curve/% $(BUILD)/obj/src/kzg/%,$(LIB_OBJS))
CLI_OBJS := $(filter-out %/cmd_kzg.o %/cmd_bench.o,$(CLI_OBJS))
TEST_PROGRAMS  := $(filter-out $(KZG_TESTS:%=$(BUILD)/tests/test_%),$(TEST_PROGRAMS))
TEST_SCRIPTS   := $(filter-out tests/test_kzg% tests/test_bench%,$(TEST_SCRIPTS))
BENCH_PROGRAMS := $(filter-out $(BUILD)/bench/bench_msm $(BUILD)/bench/bench_kzg,$(BENCH_PROGRAMS))
FUZZ_PROGRAMS  := $(filter-out $(BUILD)/fuzz/fuzz_msm $(BUILD)/fuzz/fuzz_kzg%,$(FUZZ_PROGRAMS))
endif
