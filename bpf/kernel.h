/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The few members of kernel structures that the programs read. Only names and types count: libbpf finds the offsets in the running kernel's
 * own type information (CO-RE) when it loads a program.
 */
#ifndef FALTER_KERNEL_H
#define FALTER_KERNEL_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define RELOCATED __attribute__((preserve_access_index))

/* x86-64: arch/x86/include/asm/ptrace.h */
struct pt_regs {
	unsigned long r10, r9, r8, dx, si, di, orig_ax;
} RELOCATED;

/* x86-64: arch/x86/include/asm/thread_info.h */
struct thread_info {
	__u32 status;
} RELOCATED;
#define TS_COMPAT 0x0002 /* a call of the 32-bit table is being carried out */

typedef struct {
	int counter;
} RELOCATED atomic_t;

/* include/linux/sched/signal.h */
struct signal_struct {
	atomic_t live; /* threads that have not begun to exit */
	int group_exit_code;
	unsigned int flags;
} RELOCATED;
#define SIGNAL_GROUP_EXIT 0x00000004

struct bpf_local_storage;

/* include/linux/dcache.h, include/linux/path.h, include/linux/fs.h, include/linux/mm_types.h */
struct qstr {
	const unsigned char *name;
} RELOCATED;
struct dentry {
	struct qstr d_name;
} RELOCATED;
struct path {
	struct dentry *dentry;
} RELOCATED;
struct file {
	struct path f_path;
} RELOCATED;
struct mm_struct {
	struct file *exe_file;
} RELOCATED;

/* include/linux/kernfs.h, include/linux/cgroup-defs.h */
struct kernfs_node {
	__u64 id;
} RELOCATED;
struct cgroup;
struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
} RELOCATED;
struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
} RELOCATED;
struct css_set {
	struct cgroup_subsys_state *subsys[1];
	struct cgroup *dfl_cgrp;
} RELOCATED;
/* The values are the running kernel's; include/linux/cgroup_subsys.h */
enum cgroup_subsys_id {
	cpu_cgrp_id,
	memory_cgrp_id,
	freezer_cgrp_id,
	pids_cgrp_id,
};

/* include/linux/sched.h */
struct task_struct {
	struct thread_info thread_info;
	int exit_code;
	int pid;
	int tgid;
	struct task_struct *group_leader;
	struct task_struct *real_parent;
	struct signal_struct *signal;
	struct mm_struct *mm;
	struct css_set *cgroups;
	unsigned int flags;
	char comm[16];
	struct bpf_local_storage *bpf_storage; /* all task storages of the thread; null where it has none */
} RELOCATED;

struct linux_binprm;

/* kernel/bpf/task_iter.c; kept as the kernel's type name, by which the verifier knows it */
struct bpf_iter__task {
	void *meta;
	struct task_struct *task;
} RELOCATED;

#define PF_KTHREAD 0x00200000

#define MAX_ERRNO 4095

#endif
