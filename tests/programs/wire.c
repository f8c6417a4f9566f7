/* wire: prints size and offsets of the structures that the kernel programs share with C#, as the C compiler lays them out. */
#include <stddef.h>
#include <stdio.h>
#include "trigger.h"
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
	SIZE(trigger_config);
	OFFSET(trigger_config, seed);
	OFFSET(trigger_config, tracer);
	OFFSET(trigger_config, reserved);
	SIZE(trigger_call);
	OFFSET(trigger_call, first);
	OFFSET(trigger_call, flags);
	SIZE(lot_thresholds);
	OFFSET(lot_thresholds, first);
	OFFSET(lot_thresholds, after_acted);
	OFFSET(lot_thresholds, after_let_go);
	SIZE(trigger_comparison);
	OFFSET(trigger_comparison, value);
	OFFSET(trigger_comparison, index);
	OFFSET(trigger_comparison, comparison);
	SIZE(trigger_slot);
	OFFSET(trigger_slot, thresholds);
	OFFSET(trigger_slot, when_first);
	OFFSET(trigger_slot, when_last);
	OFFSET(trigger_slot, when_step);
	OFFSET(trigger_slot, begin_ns);
	OFFSET(trigger_slot, end_ns);
	OFFSET(trigger_slot, most);
	OFFSET(trigger_slot, rule);
	OFFSET(trigger_slot, next);
	OFFSET(trigger_slot, needs_success);
	OFFSET(trigger_slot, descriptor_arguments);
	OFFSET(trigger_slot, comparison_count);
	OFFSET(trigger_slot, descriptor_count);
	OFFSET(trigger_slot, comparisons);
	OFFSET(trigger_slot, descriptors);
	SIZE(trigger_counts);
	OFFSET(trigger_counts, matched);
	OFFSET(trigger_counts, skipped);
	SIZE(pending_call);
	OFFSET(pending_call, ip);
	OFFSET(pending_call, sp);
	OFFSET(pending_call, call);
	OFFSET(pending_call, in_ax);
	OFFSET(pending_call, nr);
	OFFSET(pending_call, slot);
	OFFSET(pending_call, ordinal);
	OFFSET(pending_call, signal);
	OFFSET(pending_call, by_user);
	SIZE(closing_place);
	OFFSET(closing_place, ip);
	OFFSET(closing_place, sp);
	printf("trigger_calls %d\ntrigger_slots %d\ntrigger_comparisons %d\ntrigger_descriptors %d\ntrigger_skips %d\n", TRIGGER_CALLS, TRIGGER_SLOTS, TRIGGER_COMPARISONS, TRIGGER_DESCRIPTORS, TRIGGER_SKIPS);
	printf("call_by_user %d\ncall_needs_success %d\n", CALL_BY_USER, CALL_NEEDS_SUCCESS);
	printf("entry_skipped %d\nlost_reasons %d\nlooks %d\nhierarchies %d\nmost_selected %d\n", FALTER_ENTRY_SKIPPED, LOST_REASONS, LOOKS, HIERARCHIES, FALTER_MOST_SELECTED);
	return 0;
}
