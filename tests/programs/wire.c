/* wire: prints size and offsets of the structures that the kernel programs share with C#, as the C compiler lays them out. */
#include <stddef.h>
#include <stdio.h>
#include "wire.h"

#define SIZE(type) printf("%s %zu\n", #type, sizeof(struct type))
#define OFFSET(type, member) printf("%s.%s %zu\n", #type, #member, offsetof(struct type, member))

int main(void)
{
	SIZE(monitor_config);
	OFFSET(monitor_config, follow_children);
	OFFSET(monitor_config, measure_latency);
	OFFSET(monitor_config, select);
	OFFSET(monitor_config, hierarchies);
	SIZE(selected_name);
	OFFSET(selected_name, text);
	SIZE(selected_group);
	OFFSET(selected_group, id);
	OFFSET(selected_group, hierarchy);
	OFFSET(selected_group, reserved);
	SIZE(process_name);
	OFFSET(process_name, text);
	SIZE(counter_key);
	OFFSET(counter_key, name);
	OFFSET(counter_key, nr);
	OFFSET(counter_key, code);
	SIZE(counter);
	OFFSET(counter, count);
	OFFSET(counter, total_ns);
	OFFSET(counter, runs);
	OFFSET(counter, by_ns);
	SIZE(adoption);
	OFFSET(adoption, adopted);
	SIZE(process_end);
	OFFSET(process_end, at_ns);
	OFFSET(process_end, pid);
	OFFSET(process_end, name);
	OFFSET(process_end, status);
	OFFSET(process_end, reserved);
	printf("entry_skipped %d\nlost_reasons %d\nlooks %d\nhierarchies %d\nmost_selected %d\n", FALTER_ENTRY_SKIPPED, LOST_REASONS, LOOKS, HIERARCHIES, FALTER_MOST_SELECTED);
	return 0;
}
