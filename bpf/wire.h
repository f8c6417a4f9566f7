/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What crosses between the kernel programs and C#. The mirror of every structure is in src/Falter.Linux/Ebpf/SyscallWire.cs; a test compiles
 * this header with the host's compiler and compares sizes and offsets.
 */
#ifndef FALTER_WIRE_H
#define FALTER_WIRE_H

#include <linux/types.h>

/*
 * Buckets of a latency histogram: bucket 0 counts durations below 32 ns, then four to each doubling, bucket 125 everything from 2^36 ns (68 s) up;
 * LatencyHistogram.cs tells the bounds. Two more so that a mask keeps the index in range.
 */
#define FALTER_BUCKETS 128
/* TASK_COMM_LEN of the kernel. */
#define FALTER_NAME_LENGTH 16

/* Bits of counter_key.code above the outcome, which is at most 4095 (MAX_ERRNO). */
#define FALTER_ENTRY_SKIPPED 0x8000

/* Calls of the 32-bit table are counted as this plus their number, so that they never look like calls of the 64-bit table. */
#define FALTER_COMPAT_CALLS 0x4000
/* More than the 64-bit table has (470 in Linux 6.18); beyond it, runs are not counted. */
#define FALTER_CALLS 512
/* All numbers that are in no table (they all end in ENOSYS) are counted as one. */
#define FALTER_NO_SUCH_CALL 0x3fff

/* What decides which processes are counted: bits of monitor_config.select. */
enum selector {
	SELECT_ROOTS = 1,  /* those given by id or launched, and their descendants */
	SELECT_NAMES = 2,  /* those whose command name or program is in `selected_names` */
	SELECT_GROUPS = 4, /* those in a control group of `selected_groups`, or below */
	SELECT_EXCEPT = 8, /* none of those that are excluded by name or id */
};

/* Hierarchies of control groups: bits of monitor_config.hierarchies. After the first they are controllers with a hierarchy of version 1. */
enum hierarchy {
	HIERARCHY_UNIFIED,
	HIERARCHY_PIDS,
	HIERARCHY_MEMORY,
	HIERARCHY_FREEZER,
	HIERARCHY_CPU,
	HIERARCHIES,
};

/* Options, constant once the programs are loaded. */
struct monitor_config {
	__u32 follow_children;
	__u32 measure_latency;
	__u32 select;
	__u32 hierarchies;
};

/* Names, groups and ids that can be given at most, each. */
#define FALTER_MOST_SELECTED 1024

/* A command name, or the file name of a program, cut to 63 bytes and padded with zeros. */
struct selected_name {
	char text[64];
};
#define NAME_SELECTED 1
#define NAME_EXCLUDED 2

/* A control group: the inode number of its folder. */
struct selected_group {
	__u64 id;
	__u32 hierarchy;
	__u32 reserved;
};

/* A process's name: its command name when it was first followed or last called execve, padded with zeros. */
struct process_name {
	char text[FALTER_NAME_LENGTH];
};

#define FALTER_NO_NAME 0xffffffff /* a process whose name found no room */

struct counter_key {
	__u32 name; /* as in the map `names` */
	__u16 nr;
	__u16 code; /* 0 for success, else the positive number; FALTER_ENTRY_SKIPPED */
};

/* Cumulative. The buckets wrap at 2^32; differences of them do not mind. */
struct counter {
	__u64 count;
	__u64 total_ns;
	__u64 runs; /* of consecutive calls of a thread that ended so; errors only */
	__u32 by_ns[FALTER_BUCKETS];
};

/* A process that was given by its id: what the iterator makes a root. */
struct adoption {
	__u32 adopted; /* threads of it that were not followed before */
};

/* Index into the map `looks`. */
enum looks {
	LOOKS_WANTED,  /* times that the iterator would find a process which it did not at its last pass */
	LOOKS_ADOPTED, /* threads that the iterator found */
	LOOKS,
};

/* A followed process whose last thread has ended. */
struct process_end {
	__u64 at_ns; /* CLOCK_MONOTONIC */
	__u32 pid;
	__u32 name;
	__u32 status; /* as wait(2) gives it */
	__u32 reserved;
};

/* Why something is missing: index into the map `lost`. */
enum lost_reason {
	LOST_COUNTERS_FULL, /* invocations that found no room in `counters` */
	LOST_NAMES_FULL,    /* invocations of processes whose name found no room in `names` */
	LOST_UNFOLLOWED,    /* threads and processes that should have been followed, but the kernel had no memory */
	LOST_ENDS,          /* process ends that found no room in `ends` */
	LOST_REASONS,
};

#endif
