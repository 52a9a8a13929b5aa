# The machine's tables: one system, compiled from src/vm/tables/*.air, and the witness code beside them.
AIR_SYSTEMS += vm:src/vm/tables/vm.air
LIB_OBJS += $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard src/vm/tables/*.c))
