/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Fault rules as they cross from C# to the kernel programs, and what comes back. The mirror of every structure is in
 * src/Falter.Linux/Ebpf/RuleWire.cs; a test compares sizes and offsets.
 */
#ifndef FALTER_RULE_WIRE_H
#define FALTER_RULE_WIRE_H

#include <linux/types.h>
#include "decision.h"

#define FALTER_MOST_RULES 64
/* Rules that name one call; so many are asked before a call is let go. */
#define FALTER_MOST_CANDIDATES 16
/* Members of one kind of predicate in one rule. */
#define FALTER_MOST_PREDICATES 8

/* enum SkipReason */
enum skip_reason {
	SKIP_PATH,
	SKIP_DESCRIPTOR,
	SKIP_PEER,
	SKIP_PORT,
	SKIP_ARGUMENT,
	SKIP_THREAD,
	SKIP_PROCESS,
	SKIP_ROLE,
	SKIP_UNREADABLE,
	SKIP_FAILED,
	SKIP_UNREACHED,
	SKIP_EARLIER,
	SKIP_RATE,
	SKIP_WHEN,
	SKIP_COUNT,
	SKIP_TIME,
	SKIP_ROOM,
	SKIP_INTERRUPTED,
	SKIP_BLOCKED,
	SKIP_REASONS,
};

/* enum Comparison */
enum comparison {
	COMPARE_EQUAL,
	COMPARE_NOT_EQUAL,
	COMPARE_LESS,
	COMPARE_AT_MOST,
	COMPARE_GREATER,
	COMPARE_AT_LEAST,
	COMPARE_HAS_BITS,
};

/* Constant once the programs are loaded. */
struct rule_config {
	__u64 seed;
	__u32 log;         /* each injected call goes to the queue `injections` */
	__u32 exact_calls; /* the program asks the registers which system call it is in; see cgroup.bpf.c */
};

/* A rule that names a call, and the slot of the two (Decision.cs). */
struct candidate {
	__u16 rule, slot;
	__u32 descriptors; /* one bit for each argument that is a descriptor */
};

/* By number of the call: whom to ask, in order. */
struct call_rules {
	__u32 count;
	__u32 reserved;
	struct candidate candidates[FALTER_MOST_CANDIDATES];
};

/* Addresses as IPv6 writes them (IPv4 as ::ffff:a.b.c.d), in network order. */
struct peer_range {
	__u32 address[4], mask[4];
	__u32 family; /* AF_INET or AF_INET6; 0: any address */
	__u16 first_port, last_port;
};

struct port_range {
	__u16 first, last;
};

struct argument_test {
	__u64 value;
	__u32 index, comparison;
};

struct armed_rule {
	struct lot_thresholds thresholds;
	__u64 first_call, last_call, call_step; /* as in CallNumbers, from 1 */
	__u64 count;                 /* the most calls that are acted on */
	__u64 from_ns, until_ns;     /* CLOCK_MONOTONIC */
	__u32 error;
	__u32 needs_success;
	__u32 descriptor_count, argument_count, peer_count, port_count;
	__u32 descriptors[FALTER_MOST_PREDICATES];
	struct port_range ports[FALTER_MOST_PREDICATES];
	struct argument_test arguments[FALTER_MOST_PREDICATES];
	struct peer_range peers[FALTER_MOST_PREDICATES];
};

struct rule_counts {
	__u64 matched, granted, injected;
	__u64 skipped[SKIP_REASONS];
};

/* Injected calls by who made them. */
struct injected_key {
	char process[16];
	__u32 nr, error;
};

/* An injected call. */
struct injection {
	__u64 at_ns; /* CLOCK_MONOTONIC */
	__u64 call;  /* its number in its slot, from 0 */
	__u32 pid, tid, rule, nr, ordinal;
	__u32 family; /* of the peer; 0: none is known */
	__u32 peer[4];
	__u32 peer_port;
	__u32 has_arguments;
	__u64 arguments[6];
	char process[16];
};

#endif
