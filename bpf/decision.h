/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The lots of src/Falter.Records/Faults/Decision.cs, bit for bit: a test compiles this header with the host's compiler and compares. A lot's 53 bits are
 * compared as whole numbers; LotThresholds.cs computes what they are compared with, so that there are no fractions here.
 */
#ifndef FALTER_DECISION_H
#define FALTER_DECISION_H

#include <linux/types.h>

/* enum LotPurpose */
#define LOT_ACT 0

/* A call is acted on where its lot is below one of these, by what became of the thread's previous call in the slot. Without bursts all three are equal. */
struct lot_thresholds {
	__u64 first;
	__u64 after_acted;
	__u64 after_let_go;
};

/* What became of the previous call: the state of a burst's chain. */
enum lot_chain {
	CHAIN_FIRST,
	CHAIN_ACTED,
	CHAIN_LET_GO,
};

/* SplitMix64's output function, preceded by its increment. */
static inline __u64 lot_mix(__u64 z)
{
	z += 0x9E3779B97F4A7C15ULL;
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
	return z ^ (z >> 31);
}

static inline __u64 lot_bits(__u64 seed, __u32 slot, __u32 thread, __u64 call, __u64 purpose)
{
	__u64 h = lot_mix(seed ^ lot_mix((__u64)slot << 32 | thread));

	return lot_mix(h ^ call ^ purpose << 62) >> 11;
}

static inline int lot_falls(const struct lot_thresholds *thresholds, enum lot_chain chain, __u64 bits)
{
	return bits < (chain == CHAIN_ACTED ? thresholds->after_acted : chain == CHAIN_LET_GO ? thresholds->after_let_go : thresholds->first);
}

#endif
