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

GUEST_CFLAGS := -march=rv64im -mabi=lp64 -O2 -Wall -Wextra $(WERROR)
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

# Where a user's compiler finds the kit: $(PREFIX)/lib/situ/guest.specs, which names everything else.
install-guest: guest-kit
	install -d $(DESTDIR)$(PREFIX)/lib/situ/include/situ
	install -m 644 $(GUEST_DIR)/start.o $(GUEST_DIR)/libsitu-guest.a guest/guest.ld $(DESTDIR)$(PREFIX)/lib/situ
	install -m 644 guest/include/*.h $(DESTDIR)$(PREFIX)/lib/situ/include
	install -m 644 guest/include/situ/*.h $(DESTDIR)$(PREFIX)/lib/situ/include/situ
	sed -e 's|@DIR@|$(PREFIX)/lib/situ|g' -e 's|@PICOLIBC@|$(PICOLIBC)|g' guest/guest.specs.in \
	    > $(DESTDIR)$(PREFIX)/lib/situ/guest.specs
install: install-guest
