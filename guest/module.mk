# Guests: the kit (start.o, libsitu-guest.a, guest.ld, guest.specs) and the examples, compiled by the RISC-V cross compiler.
# Without that compiler nothing of it is built, and tests that need it say so.

GUEST_CC  := $(shell command -v riscv64-unknown-elf-gcc)
GUEST_DIR := build/guest
PICOLIBC  ?= /usr/lib/picolibc/riscv64-unknown-elf
GUEST_LIB_SRC  := $(wildcard guest/lib/*.c)
GUEST_LIB_OBJS := $(GUEST_LIB_SRC:guest/lib/%.c=$(GUEST_DIR)/obj/%.o) $(GUEST_DIR)/obj/cxx.o
GUEST_HEADERS  := $(wildcard guest/include/*.h guest/include/situ/*.h guest/lib/*.h)
GUEST_KIT      := $(GUEST_DIR)/start.o $(GUEST_DIR)/libsitu-guest.a $(GUEST_DIR)/guest.ld $(GUEST_DIR)/guest.specs \
                  $(patsubst guest/include/%,$(GUEST_DIR)/include/%,$(wildcard guest/include/*.h guest/include/situ/*.h))
GUEST_EXAMPLES := $(patsubst guest/examples/%.c,$(GUEST_DIR)/%.elf,$(wildcard guest/examples/*.c)) \
                  $(patsubst guest/examples/%.cc,$(GUEST_DIR)/%.elf,$(wildcard guest/examples/*.cc)) \
                  $(patsubst guest/examples/%.S,$(GUEST_DIR)/%.elf,$(wildcard guest/examples/*.S))

GUEST_CFLAGS := -march=rv64im -mabi=lp64 -O2 -g -Wall -Wextra $(WERROR)
GUEST_LIB_FLAGS := --specs=$(GUEST_DIR)/guest.specs $(GUEST_CFLAGS) -Iguest/lib
GUEST_LINK := --specs=$(GUEST_DIR)/guest.specs $(GUEST_CFLAGS)

ifneq ($(GUEST_CC),)
PROGRAMS += guests
endif

.PHONY: guests guest-kit install-guest
guest-kit: $(GUEST_KIT)
guests: $(GUEST_KIT) $(GUEST_EXAMPLES)

$(GUEST_DIR)/guest.specs: guest/guest.specs.in
	$(V)mkdir -p $(@D) && sed -e 's|@DIR@|$(abspath $(GUEST_DIR))|g' -e 's|@PICOLIBC@|$(PICOLIBC)|g' $< > $@
$(GUEST_DIR)/guest.ld: guest/guest.ld
	$(V)mkdir -p $(@D) && cp $< $@
$(GUEST_DIR)/include/%: guest/include/%
	$(V)mkdir -p $(@D) && cp $< $@
$(GUEST_DIR)/start.o: guest/lib/start.S $(GUEST_DIR)/guest.specs
	$(V)$(GUEST_CC) --specs=$(GUEST_DIR)/guest.specs -march=rv64im -mabi=lp64 -c $< -o $@
$(GUEST_DIR)/obj/%.o: guest/lib/%.c $(GUEST_DIR)/guest.specs $(GUEST_HEADERS)
	$(V)mkdir -p $(@D) && $(GUEST_CC) $(GUEST_LIB_FLAGS) -Iguest/include -c $< -o $@
$(GUEST_DIR)/obj/%.o: guest/lib/%.cc $(GUEST_DIR)/guest.specs $(GUEST_HEADERS)
	$(V)mkdir -p $(@D) && $(GUEST_CC) -x c++ $(GUEST_LIB_FLAGS) -Iguest/include -c $< -o $@
$(GUEST_DIR)/libsitu-guest.a: $(GUEST_LIB_OBJS)
	$(V)rm -f $@ && $(GUEST_CC)-ar rcs $@ $^

$(GUEST_DIR)/%.elf: guest/examples/%.c $(GUEST_KIT)
	$(V)$(GUEST_CC) $(GUEST_LINK) $< -o $@
$(GUEST_DIR)/%.elf: guest/examples/%.cc $(GUEST_KIT)
	$(V)$(GUEST_CC) -x c++ $(GUEST_LINK) $< -o $@
$(GUEST_DIR)/%.elf: guest/examples/%.S $(GUEST_KIT)
	$(V)$(GUEST_CC) $(GUEST_LINK) $< -o $@

# The verifier of runs as a guest, from the sources of the host's verifier.  One guest refuses proofs made with parameters marked
# insecure, the other, for tests, all others.
VERIFIER_SRC := src/base/freestanding.c src/field/kb.c src/field/k6.c src/field/points.c src/fri/fri.c src/hash/blake3.c \
                src/hash/blake3_compress.c src/hash/merkle_verify.c src/hash/transcript.c src/stark/layout.c src/stark/protocol.c \
                src/stark/security_table.c src/stark/verify.c src/stark/verify_constraints.c \
                src/stark/verify_queries.c src/vm/zkvm_verify.c src/vm/statement.c
VERIFIER_OBJS := $(VERIFIER_SRC:%.c=$(GUEST_DIR)/obj/%.o) $(GUEST_DIR)/obj/gen/vm_verify.o \
                 $(GUEST_DIR)/obj/guest/verifier/k6_mul.o $(GUEST_DIR)/obj/guest/verifier/weigh.o \
                 $(GUEST_DIR)/obj/guest/verifier/fold.o
# A multiplication is one cycle, not a reason for shifts and subtractions: tuned as for size.
# Copies of a few words as calls of memcpy would cost more than the words, and memcpy itself must not be made of them.
VERIFIER_FLAGS := --specs=$(GUEST_DIR)/guest.specs $(GUEST_CFLAGS) -O3 -mtune=size -fno-tree-loop-distribute-patterns -std=gnu11 \
                  -DSITU_FREESTANDING -DSITU_BLAKE3_ACCELERATED -DSITU_K6_ACCELERATED -DSITU_GUEST_STEPS -Iguest/verifier -Isrc \
                  -Iinclude -I$(BUILD) -I$(BUILD)/gen -MMD -MP
GUEST_VERIFIERS := $(GUEST_DIR)/verifier.elf $(GUEST_DIR)/verifier-insecure.elf
-include $(VERIFIER_OBJS:.o=.d) $(GUEST_DIR)/obj/guest/verifier/main.d $(GUEST_DIR)/obj/guest/verifier/main-insecure.d

guests: $(GUEST_VERIFIERS)
$(GUEST_DIR)/obj/src/%.o: src/%.c $(GUEST_KIT) | generated
	$(V)mkdir -p $(@D) && $(GUEST_CC) $(VERIFIER_FLAGS) -c $< -o $@
$(GUEST_DIR)/obj/gen/vm_verify.o: $(BUILD)/gen/vm/vm_verify.c $(GUEST_KIT)
	$(V)mkdir -p $(@D) && $(GUEST_CC) $(VERIFIER_FLAGS) -Os -c $< -o $@
$(GUEST_DIR)/obj/guest/verifier/%-insecure.o: guest/verifier/%.c $(GUEST_KIT) | generated
	$(V)mkdir -p $(@D) && $(GUEST_CC) $(VERIFIER_FLAGS) -DSITU_RECURSION_ACCEPT_INSECURE -c $< -o $@
$(GUEST_DIR)/obj/guest/verifier/%.o: guest/verifier/%.c $(GUEST_KIT) | generated
	$(V)mkdir -p $(@D) && $(GUEST_CC) $(VERIFIER_FLAGS) -c $< -o $@
$(GUEST_DIR)/verifier.elf: $(GUEST_DIR)/obj/guest/verifier/main.o $(VERIFIER_OBJS)
	$(V)$(GUEST_CC) $(GUEST_LINK) $^ -o $@
$(GUEST_DIR)/verifier-insecure.elf: $(GUEST_DIR)/obj/guest/verifier/main-insecure.o $(VERIFIER_OBJS)
	$(V)$(GUEST_CC) $(GUEST_LINK) $^ -o $@

# Where a user's compiler finds the kit: $(PREFIX)/lib/situ/guest.specs, which names everything else.
install-guest: guest-kit $(GUEST_DIR)/verifier.elf
	install -d $(DESTDIR)$(PREFIX)/share/situ
	install -m 644 $(GUEST_DIR)/verifier.elf $(DESTDIR)$(PREFIX)/share/situ
	install -d $(DESTDIR)$(PREFIX)/lib/situ/include/situ
	install -m 644 $(GUEST_DIR)/start.o $(GUEST_DIR)/libsitu-guest.a guest/guest.ld $(DESTDIR)$(PREFIX)/lib/situ
	install -m 644 guest/include/*.h $(DESTDIR)$(PREFIX)/lib/situ/include
	install -m 644 guest/include/situ/*.h $(DESTDIR)$(PREFIX)/lib/situ/include/situ
	sed -e 's|@DIR@|$(PREFIX)/lib/situ|g' -e 's|@PICOLIBC@|$(PICOLIBC)|g' guest/guest.specs.in \
	    > $(DESTDIR)$(PREFIX)/lib/situ/guest.specs
install: install-guest
