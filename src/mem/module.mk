# The memory layer: its door to the system lies a folder deeper; libsitu-malloc.so and libsitu-malloc.a are the heap's
# objects, compiled without the compiler's knowledge of malloc, and the interposer.

MEM_OS_SRC := $(wildcard src/mem/os/*.c)
LIB_OBJS   += $(MEM_OS_SRC:%.c=$(BUILD)/obj/%.o)

# The sanitizers bring a malloc of their own, so only these profiles have an interposer.
ifneq ($(filter release cov,$(PROFILE)),)
MALLOC_SRC  := src/mem/preload/malloc.c $(addprefix src/mem/,heap.c lane.c slots.c alloc.c move.c predict.c retain.c stats.c) \
               src/mem/os/linux.c
MALLOC_OBJS := $(MALLOC_SRC:src/%.c=$(BUILD)/obj/preload/%.o)
MALLOC_FLAGS := -fno-builtin-malloc -fno-builtin-calloc -fno-builtin-realloc -fno-builtin-free -ftls-model=initial-exec
PROGRAMS += $(BUILD)/libsitu-malloc.so $(BUILD)/libsitu-malloc.a

$(BUILD)/obj/preload/%.o: src/%.c | generated
	$(call compile,$(MALLOC_FLAGS))
# nodelete: threads that end after a dlclose still hand their slots over.
$(BUILD)/libsitu-malloc.so: $(MALLOC_OBJS) src/mem/preload/malloc.map
	$(V)$(CC) $(LDFLAGS_ALL) -shared -Wl,-soname,libsitu-malloc.so -Wl,-z,now -Wl,-z,defs -Wl,-z,nodelete \
	    -Wl,--version-script=src/mem/preload/malloc.map -o $@ $(MALLOC_OBJS)
$(BUILD)/libsitu-malloc.a: $(MALLOC_OBJS)
	$(V)rm -f $@ && $(AR) rcs $@ $^
endif

# The benchmark preloads what it measures.
$(BUILD)/bench/bench_alloc: | $(filter %.so,$(PROGRAMS))
$(BUILD)/obj/bench/bench_alloc.o: CFLAGS_ALL += -fno-builtin
