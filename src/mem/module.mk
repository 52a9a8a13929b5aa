# The memory layer: its door to the system lies a folder deeper; libsitu-malloc.so is the same objects and the interposer.

LIB_OBJS += $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard src/mem/os/*.c))
