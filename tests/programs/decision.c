/*
 * decision SEED N: draws N lots by bpf/decision.h for inputs that it derives from SEED, and prints "seed slot thread call purpose bits" of each;
 * decision compare FIRST AFTER_ACTED AFTER_LET_GO BITS: prints whether the lot falls, for each of the chain's three states.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "decision.h"

int main(int argc, char **argv)
{
	if (argc == 6 && !strcmp(argv[1], "compare")) {
		struct lot_thresholds thresholds = { strtoull(argv[2], 0, 10), strtoull(argv[3], 0, 10), strtoull(argv[4], 0, 10) };
		__u64 bits = strtoull(argv[5], 0, 10);

		printf("%d %d %d\n", lot_falls(&thresholds, CHAIN_FIRST, bits), lot_falls(&thresholds, CHAIN_ACTED, bits), lot_falls(&thresholds, CHAIN_LET_GO, bits));
		return 0;
	}
	if (argc != 3)
		return 2;
	__u64 state = strtoull(argv[1], 0, 10);

	for (long i = 0; i < atol(argv[2]); i++) {
		__u64 seed = state = lot_mix(state), mixed = state = lot_mix(state), call = lot_mix(state);
		__u32 slot = mixed & 0xff, thread = mixed >> 33, purpose = mixed % 3;

		/* Large numbers and small ones. */
		call >>= mixed & 63;
		printf("%llu %u %u %llu %u %llu\n", seed, slot, thread, call, purpose, lot_bits(seed, slot, thread, call, purpose));
	}
	return 0;
}
