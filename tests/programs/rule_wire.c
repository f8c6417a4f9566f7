/* rule_wire: prints size and offsets of the structures of rule_wire.h, as the C compiler lays them out. */
#include <stddef.h>
#include <stdio.h>
#include "rule_wire.h"

#define SIZE(type) printf("%s %zu\n", #type, sizeof(struct type))
#define OFFSET(type, member) printf("%s.%s %zu\n", #type, #member, offsetof(struct type, member))

int main(void)
{
	SIZE(rule_config);
	OFFSET(rule_config, seed);
	OFFSET(rule_config, log);
	OFFSET(rule_config, exact_calls);
	SIZE(candidate);
	OFFSET(candidate, rule);
	OFFSET(candidate, slot);
	OFFSET(candidate, descriptors);
	SIZE(call_rules);
	OFFSET(call_rules, count);
	OFFSET(call_rules, reserved);
	OFFSET(call_rules, candidates);
	SIZE(peer_range);
	OFFSET(peer_range, address);
	OFFSET(peer_range, mask);
	OFFSET(peer_range, family);
	OFFSET(peer_range, first_port);
	OFFSET(peer_range, last_port);
	SIZE(port_range);
	OFFSET(port_range, first);
	OFFSET(port_range, last);
	SIZE(argument_test);
	OFFSET(argument_test, value);
	OFFSET(argument_test, index);
	OFFSET(argument_test, comparison);
	SIZE(lot_thresholds);
	OFFSET(lot_thresholds, first);
	OFFSET(lot_thresholds, after_acted);
	OFFSET(lot_thresholds, after_let_go);
	SIZE(armed_rule);
	OFFSET(armed_rule, thresholds);
	OFFSET(armed_rule, first_call);
	OFFSET(armed_rule, last_call);
	OFFSET(armed_rule, call_step);
	OFFSET(armed_rule, count);
	OFFSET(armed_rule, from_ns);
	OFFSET(armed_rule, until_ns);
	OFFSET(armed_rule, error);
	OFFSET(armed_rule, needs_success);
	OFFSET(armed_rule, descriptor_count);
	OFFSET(armed_rule, argument_count);
	OFFSET(armed_rule, peer_count);
	OFFSET(armed_rule, port_count);
	OFFSET(armed_rule, descriptors);
	OFFSET(armed_rule, ports);
	OFFSET(armed_rule, arguments);
	OFFSET(armed_rule, peers);
	SIZE(rule_counts);
	OFFSET(rule_counts, matched);
	OFFSET(rule_counts, granted);
	OFFSET(rule_counts, injected);
	OFFSET(rule_counts, skipped);
	SIZE(injected_key);
	OFFSET(injected_key, process);
	OFFSET(injected_key, nr);
	OFFSET(injected_key, error);
	SIZE(injection);
	OFFSET(injection, at_ns);
	OFFSET(injection, call);
	OFFSET(injection, pid);
	OFFSET(injection, tid);
	OFFSET(injection, rule);
	OFFSET(injection, nr);
	OFFSET(injection, ordinal);
	OFFSET(injection, family);
	OFFSET(injection, peer);
	OFFSET(injection, peer_port);
	OFFSET(injection, has_arguments);
	OFFSET(injection, arguments);
	OFFSET(injection, process);
	printf("skip_reasons %d\ncomparisons %d\nmost_rules %d\n", SKIP_REASONS, COMPARE_HAS_BITS + 1, FALTER_MOST_RULES);
	return 0;
}
