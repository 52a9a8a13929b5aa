# bench_process runs the command on example guests, and the same sources compiled for this machine to compare with.
NATIVE_GUESTS := $(patsubst %,$(BUILD)/bench/native/%,empty ec hashmap keccak_chain output)
$(BUILD)/bench/native/%: guest/examples/%.c bench/native/guest.c $(LIB)
	$(V)mkdir -p $(@D) && $(CC) -std=gnu11 -O2 -Wall -Wextra $(WERROR) $(CPPFLAGS_ALL) -Iguest/include $(LDFLAGS_ALL) \
	    -o $@ $(filter %.c,$^) $(LIB) $(LDLIBS)
bench: $(NATIVE_GUESTS) $(BUILD)/situ $(if $(GUEST_CC),$(GUEST_EXAMPLES))
