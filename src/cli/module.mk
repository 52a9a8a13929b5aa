# The command's own needs: `situ profile` reads DWARF with elfutils' libdw where that is installed (tools/setup.sh), and its
# report's page is a file that goes into the program.

ifneq ($(wildcard /usr/include/elfutils/libdw.h /usr/local/include/elfutils/libdw.h),)
$(BUILD)/obj/src/cli/debug_info.o: CPPFLAGS_ALL += -DSITU_HAVE_LIBDW
$(BUILD)/situ: LDLIBS += -ldw -lelf
endif

PROFILE_PAGE := $(BUILD)/gen/cli/profile_page.inc
$(PROFILE_PAGE): src/cli/profile_page.html
	$(V)mkdir -p $(@D) && sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/"&\\n"/' $< > $@
GENERATED += $(PROFILE_PAGE)
