# The AIR compiler, and the systems it compiles.
#
# A part registers a system in its own module.mk:     AIR_SYSTEMS += vm:src/vm/vm.air
# Its C goes into the library, its header is          #include "gen/vm/vm.h"
# its page is                                         $(BUILD)/gen/vm/vm.md

AIRC     := $(BUILD)/airc
AIRC_SRC := $(wildcard src/air/compiler/*.c) src/hash/blake3.c src/hash/blake3_compress.c src/base/panic.c

# Compiled in one go and not through objects: those need the generated headers first.
AIRC_FLAGS := -std=gnu11 $(WARNINGS) $(if $(filter verify,$(PROFILE)),$(CFLAGS_verify),-O1 -g)
$(AIRC): $(AIRC_SRC) $(wildcard src/air/compiler/*.h) src/hash/blake3.h src/base/base.h
	$(V)mkdir -p $(@D) && $(CC) $(CPPFLAGS_ALL) $(AIRC_FLAGS) -o $@ $(AIRC_SRC)
PROGRAMS += $(AIRC)

CPPFLAGS_ALL += -I$(BUILD)

# $(1) name, $(2) root file.  airc leaves files that do not change untouched, and writes stamp.d.
define air_system
$(BUILD)/gen/$(1)/stamp: $(2) $$(AIRC)
	$$(V)mkdir -p $$(@D) && $$(AIRC) $(2) -I src/air -o $$(@D) && touch $$@
$(addprefix $(BUILD)/gen/$(1)/$(1),.h _meta.c _eval.inc _muladd.inc _packed.simd.c _verify.c _check.c .md): $(BUILD)/gen/$(1)/stamp ;
GENERATED += $(BUILD)/gen/$(1)/stamp
LIB_OBJS += $(patsubst %,$(BUILD)/obj/$(BUILD)/gen/$(1)/$(1)_%.o,meta verify check $(addprefix packed.simd.,$(LEVELS)))
endef

# Accelerators, each in a system of its own that proves a chain of them.
AIR_SYSTEMS += keccak_chain:src/air/keccak_chain.air blake3_chain:src/air/blake3_chain.air
