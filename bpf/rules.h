/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Which rule decides a call, the lot, the limits, the counts: what src/Falter.Inject/ArmedRules.cs does for mechanisms that stop the target, done in
 * the kernel for those that do not.
 *
 * Threads are known by their number in hashes that forget whom they heard of least recently, not by task storage: programs at control groups may
 * not use that before about Linux 6.16. A thread that is forgotten (beyond 65 536 of them) begins anew, with another ordinal.
 */
#ifndef FALTER_RULES_H
#define FALTER_RULES_H

#include "decision.h"
#include "kernel.h"
#include "rule_wire.h"

#define FALTER_KNOWN_THREADS 65536
#define NOT_SKIPPED (-1)

const volatile struct rule_config config = {};

/* What a call is, as far as predicates ask. */
struct call {
	__u32 nr;
	__u32 family; /* of `peer`; 0 where there is none */
	__u32 peer[4];
	__u32 peer_port, local_port; /* 0: none */
	bool failed; /* it has been carried out, and failed by itself */
	bool has_arguments;
	__u64 arguments[8]; /* six; a mask keeps the index in range */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512);
	__type(key, __u32);
	__type(value, struct call_rules);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FALTER_MOST_RULES);
	__type(key, __u32);
	__type(value, struct armed_rule);
} rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FALTER_MOST_RULES);
	__type(key, __u32);
	__type(value, struct rule_counts);
} counts SEC(".maps");

/* Ordinals: the order in which threads first made a call that a rule names. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FALTER_KNOWN_THREADS);
	__type(key, __u32);
	__type(value, __u32);
} ordinals SEC(".maps");

struct thread_slot {
	__u32 tid, slot;
};

struct slot_calls {
	__u64 calls;
	__u32 chain; /* enum lot_chain */
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FALTER_KNOWN_THREADS);
	__type(key, struct thread_slot);
	__type(value, struct slot_calls);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct injected_key);
	__type(value, __u64);
} injected SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 16384);
	__type(value, struct injection);
} injections SEC(".maps");

/* Injected calls that found no room in `injected` or `injections`. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} untold SEC(".maps");

static __u32 next_ordinal;

/* A decision: which rule, and what it has to be told with. */
struct verdict {
	__u32 rule, ordinal;
	__u64 number;
	__u32 error;   /* 0: the call goes on */
	__u32 matched; /* it met the predicates of a rule */
};

static __always_inline __u32 ordinal_of(__u32 tid)
{
	__u32 *known = bpf_map_lookup_elem(&ordinals, &tid), next;

	if (known)
		return *known;
	next = __sync_fetch_and_add(&next_ordinal, 1);
	bpf_map_update_elem(&ordinals, &tid, &next, BPF_ANY);
	return next;
}

static __always_inline struct slot_calls *calls_of(__u32 tid, __u32 slot)
{
	struct thread_slot key = { .tid = tid, .slot = slot };
	struct slot_calls *known = bpf_map_lookup_elem(&slots, &key), none = {};

	if (known)
		return known;
	bpf_map_update_elem(&slots, &key, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&slots, &key);
}

static __always_inline bool holds(struct argument_test *test, struct call *call)
{
	__u64 argument = call->arguments[test->index & 7], value = test->value;

	switch (test->comparison) {
	case COMPARE_EQUAL: return argument == value;
	case COMPARE_NOT_EQUAL: return argument != value;
	case COMPARE_LESS: return argument < value;
	case COMPARE_AT_MOST: return argument <= value;
	case COMPARE_GREATER: return argument > value;
	case COMPARE_AT_LEAST: return argument >= value;
	default: return (argument & value) == value;
	}
}

static __always_inline bool has_descriptor(struct armed_rule *rule, struct call *call, __u32 which)
{
	for (__u32 argument = 0; argument < 6; argument++)
		for (__u32 i = 0; i < FALTER_MOST_PREDICATES; i++)
			if (which & 1 << argument && i < rule->descriptor_count && (__u32)call->arguments[argument] == rule->descriptors[i])
				return true;
	return false;
}

static __always_inline bool is_among(__u32 port, __u32 first, __u32 last)
{
	return port >= first && port <= last;
}

static __always_inline bool has_peer(struct armed_rule *rule, struct call *call)
{
	if (!call->family)
		return false;
	for (__u32 i = 0; i < FALTER_MOST_PREDICATES; i++) {
		struct peer_range *range = &rule->peers[i];
		__u32 differs = 0;

		if (i >= rule->peer_count)
			break;
		for (int word = 0; word < 4; word++)
			differs |= (call->peer[word] ^ range->address[word]) & range->mask[word];
		if (!differs && (!range->family || range->family == call->family) && is_among(call->peer_port, range->first_port, range->last_port))
			return true;
	}
	return false;
}

static __always_inline bool has_port(struct armed_rule *rule, struct call *call)
{
	for (__u32 i = 0; i < FALTER_MOST_PREDICATES && i < rule->port_count; i++)
		if ((call->family && is_among(call->peer_port, rule->ports[i].first, rule->ports[i].last)) ||
		    (call->local_port && is_among(call->local_port, rule->ports[i].first, rule->ports[i].last)))
			return true;
	return false;
}

/*
 * The first predicate that the call does not meet; in the order of MatchedCall.cs. Not static, as draw: the verifier then looks at it once, instead of
 * once for each place and state that it is called from (0.1 s instead of 6).
 */
__noinline int obstacle(struct armed_rule *rule, struct call *call, __u32 descriptors)
{
	if (!rule || !call)
		return SKIP_UNREADABLE;
	for (__u32 i = 0; i < FALTER_MOST_PREDICATES && i < rule->argument_count; i++)
		if (!holds(&rule->arguments[i], call))
			return SKIP_ARGUMENT;
	if (rule->descriptor_count && !has_descriptor(rule, call, descriptors))
		return SKIP_DESCRIPTOR;
	if (rule->peer_count && !has_peer(rule, call))
		return SKIP_PEER;
	if (rule->port_count && !has_port(rule, call))
		return SKIP_PORT;
	return NOT_SKIPPED;
}

static __always_inline bool is_its_number(struct armed_rule *rule, __u64 number)
{
	if (number < rule->first_call || number > rule->last_call)
		return false;
	return rule->call_step <= 1 || (number - rule->first_call) % rule->call_step == 0;
}

/*
 * As ArmedRules.Obstacle: the chain of a burst moves with every call, whatever else holds it back. `taken`: an earlier rule acts on the call, which is
 * numbered all the same.
 */
__noinline int draw(struct armed_rule *rule, struct rule_counts *count, struct slot_calls *slot, __u64 bits, __u32 taken)
{
	__u64 number, now;
	bool falls;

	if (!rule || !count || !slot)
		return SKIP_UNREADABLE;
	number = slot->calls++;
	falls = lot_falls(&rule->thresholds, slot->chain, bits);
	slot->chain = falls ? CHAIN_ACTED : CHAIN_LET_GO;
	now = bpf_ktime_get_ns();
	if (now < rule->from_ns || now >= rule->until_ns)
		return SKIP_TIME;
	if (!is_its_number(rule, number + 1))
		return SKIP_WHEN;
	if (!falls)
		return SKIP_RATE;
	if (taken)
		return count->granted < rule->count ? SKIP_EARLIER : SKIP_COUNT;
	if (__sync_fetch_and_add(&count->granted, 1) < rule->count)
		return NOT_SKIPPED;
	__sync_fetch_and_add(&count->granted, -1);
	return SKIP_COUNT;
}

static __always_inline void skip(struct rule_counts *count, int reason)
{
	__u64 index = reason;

	/* The compiler knows that the bound below always holds and would leave it out; the verifier does not know. */
	asm volatile("" : "+r"(index));
	if (index < SKIP_REASONS)
		__sync_fetch_and_add(&count->skipped[index], 1);
}

static __always_inline void draw_for(struct candidate *candidate, struct armed_rule *rule, struct rule_counts *count, __u32 tid, struct verdict *verdict)
{
	struct slot_calls *slot = calls_of(tid, candidate->slot);
	__u64 number;
	int reason;

	verdict->matched = 1;
	__sync_fetch_and_add(&count->matched, 1);
	if (!slot) {
		skip(count, SKIP_ROOM);
		return;
	}
	number = slot->calls;
	reason = draw(rule, count, slot, lot_bits(config.seed, candidate->slot, verdict->ordinal, number, LOT_ACT), verdict->error != 0);
	if (reason != NOT_SKIPPED) {
		skip(count, reason);
		return;
	}
	verdict->rule = candidate->rule;
	verdict->number = number;
	verdict->error = rule->error;
}

/* Decides a call: the first rule that acts wins, and every rule numbers all calls that meet its predicates. */
static __always_inline struct verdict decide(struct call *call)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct call_rules *named = bpf_map_lookup_elem(&calls, &call->nr);
	struct verdict verdict = {};

	if (!named)
		return verdict;
	verdict.ordinal = ordinal_of(tid);
	for (__u32 i = 0; i < FALTER_MOST_CANDIDATES && i < named->count; i++) {
		struct candidate *candidate = &named->candidates[i];
		__u32 index = candidate->rule;
		struct armed_rule *rule = bpf_map_lookup_elem(&rules, &index);
		struct rule_counts *count = bpf_map_lookup_elem(&counts, &index);
		int reason;

		if (!rule || !count)
			break;
		reason = obstacle(rule, call, candidate->descriptors);
		if (reason != NOT_SKIPPED) {
			skip(count, reason);
			continue;
		}
		if (call->failed && rule->needs_success)
			skip(count, SKIP_FAILED);
		else
			draw_for(candidate, rule, count, tid, &verdict);
	}
	return verdict;
}

static __always_inline void count_untold(void)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&untold, &zero);

	if (count)
		__sync_fetch_and_add(count, 1);
}

static __always_inline void read_process_name(char *name)
{
	struct task_struct *task = (void *)bpf_get_current_task(), *leader = BPF_CORE_READ(task, group_leader);

	bpf_probe_read_kernel_str(name, 16, leader->comm);
}

static __always_inline void count_by_process(struct injected_key *key)
{
	__u64 *count = bpf_map_lookup_elem(&injected, key), none = 0;

	if (!count) {
		/* Another CPU may have been first: its element serves as well. */
		bpf_map_update_elem(&injected, key, &none, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&injected, key);
	}
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		count_untold();
}

static __always_inline void log_injection(struct call *call, struct verdict *verdict, struct injected_key *key)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct injection record = {
		.at_ns = bpf_ktime_get_ns(), .call = verdict->number, .pid = id >> 32, .tid = (__u32)id, .rule = verdict->rule, .nr = call->nr,
		.ordinal = verdict->ordinal, .family = call->family, .peer_port = call->peer_port, .has_arguments = call->has_arguments,
	};

	__builtin_memcpy(record.peer, call->peer, sizeof(record.peer));
	__builtin_memcpy(record.arguments, call->arguments, sizeof(record.arguments));
	__builtin_memcpy(record.process, key->process, sizeof(record.process));
	if (bpf_map_push_elem(&injections, &record, 0))
		count_untold();
}

/* The call was failed: by rule, by process, and where it is asked for each by itself. */
static __always_inline void count_injected(struct call *call, struct verdict *verdict)
{
	struct injected_key key = { .nr = call->nr, .error = verdict->error };
	struct rule_counts *count = bpf_map_lookup_elem(&counts, &verdict->rule);

	if (count)
		__sync_fetch_and_add(&count->injected, 1);
	read_process_name(key.process);
	count_by_process(&key);
	if (config.log)
		log_injection(call, verdict, &key);
}

#endif
