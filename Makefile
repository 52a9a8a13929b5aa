# Situ: one graph for libraries, command, tests, benchmarks, fuzz targets and guests.
#
#   make               the library and the command          make bench [B=group]   measurements, one line each
#   make demo          set up, build, show                  make install           PREFIX=/usr/local DESTDIR=
#   make check         set up, build, run every test        make format            clang-format over the tree
#
#   PROFILE=release|verify|tsan|fuzz|cov     CC=clang|gcc     WERROR=     (warnings are errors unless emptied)
#
# How a file is compiled follows from its name alone: x_avx2.c, x_avx512.c and x_ifma.c with that level's flags; x.simd.c once
# per level.  Nothing is compiled for the build machine's own CPU.

PROFILE ?= release
ifeq ($(origin CC),default)
CC := $(or $(shell command -v clang-14),$(shell command -v clang),$(shell command -v gcc),cc)
endif
PREFIX  ?= /usr/local
WERROR  ?= -Werror
V       ?= @
BUILD   := build/$(PROFILE)-$(notdir $(CC))
VERSION := 0.1.0

IS_X86 := $(findstring x86_64,$(shell $(CC) -dumpmachine 2>/dev/null))
LEVELS := scalar $(if $(IS_X86),avx2 avx512)

CPPFLAGS_ALL := -Isrc -Iinclude -I. -I$(BUILD)/gen -D_GNU_SOURCE -DSITU_VERSION='"$(VERSION)"'
WARNINGS := -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wvla $(WERROR)
CFLAGS_release := -O3 -g
CFLAGS_verify  := -O1 -g -DSITU_VERIFY -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_tsan    := -O1 -g -fsanitize=thread
CFLAGS_fuzz    := -O1 -g -DSITU_VERIFY -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
CFLAGS_cov     := -O0 -g --coverage
CFLAGS_ALL := -std=gnu11 $(WARNINGS) -fno-strict-overflow -fPIC -fvisibility=hidden -pthread $(CFLAGS_$(PROFILE)) $(CFLAGS)
LDFLAGS_verify := -fsanitize=address,undefined
LDFLAGS_tsan   := -fsanitize=thread
LDFLAGS_fuzz   := -fsanitize=address,undefined
LDFLAGS_cov    := --coverage
LDFLAGS_ALL := -pthread $(LDFLAGS_$(PROFILE)) $(LDFLAGS)
LDLIBS := -lm

FLAGS_scalar :=
FLAGS_avx2   := -mavx2 -mbmi2
FLAGS_avx512 := -mavx512f -mavx512bw -mavx512cd -mavx512dq -mavx512vl -mavx2 -mbmi2 -mprefer-vector-width=512
FLAGS_ifma   := $(FLAGS_avx512) -mavx512ifma

# --- modules ---------------------------------------------------------------------------------------------------------
# A part that needs more than `every src/<layer>/*.c goes into the library` has a make fragment of its own, <folder>/module.mk,
# which may add to LIB_OBJS, PROGRAMS, TEST_PROGRAMS, BENCH_PROGRAMS, FUZZ_PROGRAMS and define rules.

.DEFAULT_GOAL := all
LAYERS  := base mem field ntt hash fri air stark vm curve kzg
LIB_SRC := $(filter-out %_avx2.c %_avx512.c %_ifma.c %.simd.c,$(foreach l,$(LAYERS),$(wildcard src/$(l)/*.c)))
SIMD_SRC := $(foreach l,$(LAYERS),$(wildcard src/$(l)/*.simd.c))
ifneq ($(IS_X86),)
LIB_SRC += $(foreach l,$(LAYERS),$(wildcard src/$(l)/*_avx2.c src/$(l)/*_avx512.c src/$(l)/*_ifma.c))
endif
LIB_OBJS := $(LIB_SRC:%.c=$(BUILD)/obj/%.o) \
            $(foreach level,$(LEVELS),$(SIMD_SRC:%.c=$(BUILD)/obj/%.$(level).o))
CLI_OBJS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard src/cli/*.c))
TEST_PROGRAMS  := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
TEST_SCRIPTS   := $(wildcard tests/test_*.sh)
BENCH_PROGRAMS := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/bench_*.c))
FUZZ_PROGRAMS  := $(patsubst fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard fuzz/fuzz_*.c))
HARNESS_OBJS   := $(BUILD)/obj/tests/harness/harness.o
PROGRAMS       := $(if $(CLI_OBJS),$(BUILD)/situ)
LIB := $(BUILD)/libsitu.a

include $(wildcard src/*/module.mk guest/module.mk tests/module.mk bench/module.mk)
$(foreach s,$(AIR_SYSTEMS),$(eval $(call air_system,$(word 1,$(subst :, ,$(s))),$(word 2,$(subst :, ,$(s))))))

.PHONY: all
all: $(LIB) $(PROGRAMS)

# --- rules -----------------------------------------------------------------------------------------------------------
compile = $(V)mkdir -p $(@D) && $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(1) -MMD -MP -c $< -o $@

$(BUILD)/obj/%_avx2.o: %_avx2.c | generated
	$(call compile,$(FLAGS_avx2))
$(BUILD)/obj/%_avx512.o: %_avx512.c | generated
	$(call compile,$(FLAGS_avx512))
$(BUILD)/obj/%_ifma.o: %_ifma.c | generated
	$(call compile,$(FLAGS_ifma))
$(BUILD)/obj/%.simd.scalar.o: %.simd.c | generated
	$(call compile,$(FLAGS_scalar) -DSITU_SIMD=scalar)
$(BUILD)/obj/%.simd.avx2.o: %.simd.c | generated
	$(call compile,$(FLAGS_avx2) -DSITU_SIMD=avx2 -DSITU_SIMD_AVX2)
$(BUILD)/obj/%.simd.avx512.o: %.simd.c | generated
	$(call compile,$(FLAGS_avx512) -DSITU_SIMD=avx512 -DSITU_SIMD_AVX512)
$(BUILD)/obj/%.o: %.c | generated
	$(call compile,)

# Everything that generates headers hangs below this name, so that it is there before the first compilation.
.PHONY: generated
generated: $(GENERATED)

$(LIB): $(LIB_OBJS)
	$(V)mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/situ: $(CLI_OBJS) $(LIB)
	$(V)$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)
$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(HARNESS_OBJS) $(LIB)
	$(V)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)
$(BUILD)/bench/%: $(BUILD)/obj/bench/%.o $(BUILD)/obj/bench/harness/bench.o $(LIB)
	$(V)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)
ifeq ($(PROFILE),fuzz)
$(BUILD)/fuzz/%: $(BUILD)/obj/fuzz/%.o $(LIB)
	$(V)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)
else
$(BUILD)/fuzz/%: $(BUILD)/obj/fuzz/%.o $(BUILD)/obj/fuzz/replay/replay_main.o $(LIB)
	$(V)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)
endif

# --- tests and measurements ------------------------------------------------------------------------------------------
.PHONY: setup check check-only tests bench demo format fuzz clean install
setup:
	@tools/setup.sh

tests: $(TEST_PROGRAMS)

# Set-up may install the compiler, so the rest runs in a make of its own.
check: setup
	@$(MAKE) --no-print-directory check-only

check-only: all $(TEST_PROGRAMS) $(FUZZ_PROGRAMS)
	@SITU_BUILD=$(BUILD) CC=$(CC) tools/check.sh $(TEST_PROGRAMS) $(TEST_SCRIPTS:%=./%)

bench: $(BENCH_PROGRAMS)
	@for b in $(if $(B),$(filter $(BUILD)/bench/bench_$(B)%,$(BENCH_PROGRAMS)),$(BENCH_PROGRAMS)); do $$b || exit 1; done

fuzz: $(FUZZ_PROGRAMS)

demo: setup
	@$(MAKE) --no-print-directory all
	@SITU_BUILD=$(BUILD) tools/demo.sh

# What a program needs to link against the library, and to compile its own tables: airc's output includes headers of src/, which
# go to include/situ/src; pkg-config names both.
INSTALL_DIR := $(DESTDIR)$(PREFIX)
install: all
	install -d $(INSTALL_DIR)/bin $(INSTALL_DIR)/lib/pkgconfig $(INSTALL_DIR)/include/situ $(INSTALL_DIR)/share/man/man1 \
	    $(INSTALL_DIR)/share/situ/air/std
	install -m 755 $(BUILD)/situ $(BUILD)/airc $(INSTALL_DIR)/bin
	install -m 644 $(LIB) $(INSTALL_DIR)/lib
	install -m 644 include/situ/*.h $(INSTALL_DIR)/include/situ
	install -d $(INSTALL_DIR)/include/situ/compat && install -m 644 include/situ/compat/*.h $(INSTALL_DIR)/include/situ/compat
	$(if $(CKZG_LIB),install -m 644 $(CKZG_LIB) $(INSTALL_DIR)/lib)
	for d in base field air; do install -d $(INSTALL_DIR)/include/situ/src/$$d && \
	    install -m 644 src/$$d/*.h $(INSTALL_DIR)/include/situ/src/$$d || exit 1; done
	install -m 644 src/air/std/*.air $(INSTALL_DIR)/share/situ/air/std
	for m in $(wildcard docs/man/*); do install -d $(INSTALL_DIR)/share/man/man$${m##*.} && \
	    install -m 644 $$m $(INSTALL_DIR)/share/man/man$${m##*.} || exit 1; done
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: situ' 'Description: zero-knowledge proving stack' 'Version: $(VERSION)' \
	    'Cflags: -I$${prefix}/include -I$${prefix}/include/situ/src' 'Libs: -L$${prefix}/lib -lsitu -lm -pthread' \
	    'airdir=$${prefix}/share/situ/air' > $(INSTALL_DIR)/lib/pkgconfig/situ.pc

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.SECONDARY:
.DELETE_ON_ERROR:
