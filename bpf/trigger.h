/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What crosses between trigger.bpf.c and C#. The mirror of every structure is in src/Falter.Linux/Ebpf/TriggerWire.cs; a test compiles this header with the
 * host's compiler and compares sizes and offsets.
 */
#ifndef FALTER_TRIGGER_H
#define FALTER_TRIGGER_H

#include <linux/types.h>
#include "decision.h"

/* More than the 64-bit table has (470 in Linux 6.18). */
#define TRIGGER_CALLS 512
/* Slots, and so rules, of one plan: each thread has 9 bytes for each. */
#define TRIGGER_SLOTS 256
#define TRIGGER_COMPARISONS 8
#define TRIGGER_DESCRIPTORS 16

/* Constant once the programs are loaded. */
struct trigger_config {
	__u64 seed;
	__u32 tracer; /* the thread whose tracees are the target */
	__u32 reserved;
};

/* What the plan says of one system call. Slots are given by their number plus 1; 0 is none. */
struct trigger_call {
	__u32 first; /* the slots of the call's rules, in the plan's order */
	__u32 flags; /* enum trigger_call_flags */
};
enum trigger_call_flags {
	CALL_BY_USER = 1,       /* a rule asks for what only user space can read: every call that the registers do not rule out stops */
	CALL_NEEDS_SUCCESS = 2, /* no rule acts on a call that has failed by itself */
};

/* As ArgumentPredicate. */
struct trigger_comparison {
	__u64 value;
	__u32 index;
	__u32 comparison; /* enum Comparison */
};

/* One rule for one system call. */
struct trigger_slot {
	struct lot_thresholds thresholds;
	__u64 when_first, when_last, when_step; /* numbers of calls, from 1 */
	__u64 begin_ns, end_ns;                 /* CLOCK_MONOTONIC; the end is not included */
	__u64 most;                             /* calls that the rule may act on */
	__u32 rule;
	__u32 next; /* slot of the call's next rule */
	__u32 needs_success;
	__u32 descriptor_arguments; /* one bit for each argument that is a descriptor */
	__u32 comparison_count, descriptor_count;
	struct trigger_comparison comparisons[TRIGGER_COMPARISONS];
	__s32 descriptors[TRIGGER_DESCRIPTORS];
};

/* Why a call was not acted on: index into trigger_counts.skipped. TriggerPrograms.cs has the same order. */
enum trigger_skip {
	SKIP_ARGUMENT,
	SKIP_DESCRIPTOR,
	SKIP_FAILED,
	SKIP_EARLIER,
	SKIP_RATE,
	SKIP_WHEN,
	SKIP_COUNT,
	SKIP_TIME,
	SKIP_BLOCKED,
	TRIGGER_SKIPS,
};

/* What a rule has done, on one CPU. */
struct trigger_counts {
	__u64 matched;
	__u64 skipped[TRIGGER_SKIPS];
};

/* A call at whose end the thread was told to stop. Its registers then say whether the thread is still there. */
struct pending_call {
	__u64 ip, sp;
	__u64 call;    /* its number in the slot, from 0 */
	__s32 in_ax;   /* what the thread entered the kernel with: the call, or restart_syscall */
	__u32 nr;      /* the call */
	__u32 slot;
	__u32 ordinal; /* of the thread */
	__u32 signal;
	__u32 by_user; /* the call is not decided yet */
};

/* A thread that closes, on behalf of the tracer, what a call has returned: its close at this place is not its own. */
struct closing_place {
	__u64 ip, sp;
};

#endif
