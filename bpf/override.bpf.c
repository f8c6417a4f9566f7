// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Fails system calls of running processes before they are carried out, where the kernel lets a program replace what one of its functions returns.
 *
 * A call is decided once, at its entry; what becomes of it waits in `pending` until the thread passes a hook that belongs to the call, and is counted at
 * the call's exit, by what the thread really gets. Which hook is whose, and how programs get there, is decided in OverrideHooks.cs:
 *   fmod_N   on the function that carries the call out (it is skipped), or on a security_* function that it passes before it does anything
 *   kprobe_N with bpf_override_return on the function that carries the call out
 *   lsm_N    as a security module
 * The target's processes are in `targets`: given by their ids, and all that they create.
 */
#include "rules.h"

#define FALTER_MOST_HOOKS 48

/* include/linux/errno.h: the kernel makes the call again, or goes on with it as restart_syscall */
#define ERESTARTSYS 512
#define ERESTART_RESTARTBLOCK 516
#define NR_RESTART_SYSCALL 219 /* arch/x86/entry/syscalls/syscall_64.tbl */

struct pending_call {
	struct call call;
	struct verdict verdict; /* no error: the call goes on */
	__u64 hooks;            /* those that belong to the call, one bit each */
	__u32 replaced;         /* a hook was passed */
	__u32 comes_again;      /* it was interrupted, and keeps its decision */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __u32); /* process */
	__type(value, __u32);
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512);
	__type(key, __u32); /* number of a call */
	__type(value, __u64);
} hooks SEC(".maps");

/* Decided calls that threads are in. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FALTER_KNOWN_THREADS);
	__type(key, __u32); /* thread */
	__type(value, struct pending_call);
} pending SEC(".maps");

static __always_inline bool is_target(__u32 pid)
{
	return bpf_map_lookup_elem(&targets, &pid) != 0;
}

/* What had been counted on is taken back: the call was not failed after all. */
static __always_inline void take_back(struct pending_call *held, int reason, bool matched)
{
	struct rule_counts *count = bpf_map_lookup_elem(&counts, &held->verdict.rule);

	if (!count || !held->verdict.error)
		return;
	__sync_fetch_and_add(&count->granted, -1);
	if (!matched)
		__sync_fetch_and_add(&count->matched, -1);
	skip(count, reason);
}

static __always_inline bool is_same(struct call *one, struct call *other)
{
	__u64 differs = one->nr ^ other->nr;

	for (int i = 0; i < 6; i++)
		differs |= one->arguments[i] ^ other->arguments[i];
	return !differs;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(enter_call, struct pt_regs *regs, long nr)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pending_call now = {}, *held;
	__u32 tid = task->pid;
	__u64 *own;

	if (!is_target(task->tgid) || task->thread_info.status & TS_COMPAT)
		return 0;
	now.call.nr = nr;
	now.call.has_arguments = true;
	now.call.arguments[0] = regs->di;
	now.call.arguments[1] = regs->si;
	now.call.arguments[2] = regs->dx;
	now.call.arguments[3] = regs->r10;
	now.call.arguments[4] = regs->r8;
	now.call.arguments[5] = regs->r9;
	held = bpf_map_lookup_elem(&pending, &tid);
	if (held) {
		if (held->comes_again && (nr == NR_RESTART_SYSCALL || is_same(&held->call, &now.call)))
			return 0;
		take_back(held, SKIP_INTERRUPTED, true);
		bpf_map_delete_elem(&pending, &tid);
	}
	own = bpf_map_lookup_elem(&hooks, &now.call.nr);
	if (!own)
		return 0;
	now.hooks = *own;
	now.verdict = decide(&now.call);
	if (now.verdict.matched && bpf_map_update_elem(&pending, &tid, &now, BPF_ANY))
		take_back(&now, SKIP_ROOM, true);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(exit_call, struct pt_regs *regs, long result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 tid = task->pid;
	struct pending_call *held;

	if (!is_target(task->tgid))
		return 0;
	held = bpf_map_lookup_elem(&pending, &tid);
	if (!held)
		return 0;
	if (result <= -ERESTARTSYS && result >= -ERESTART_RESTARTBLOCK && !held->replaced) {
		held->comes_again = 1;
		return 0;
	}
	if (held->replaced && result == -(long)held->verdict.error)
		count_injected(&held->call, &held->verdict);
	else
		/* It failed before it came to the hook; or it came to none, or a hook's program was held back by another thread's on this CPU. */
		take_back(held, result < 0 ? SKIP_FAILED : SKIP_UNREACHED, false);
	bpf_map_delete_elem(&pending, &tid);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(follow_process, struct task_struct *parent, struct task_struct *child)
{
	__u32 pid = child->tgid, one = 1;

	if (child->pid == child->tgid && is_target(parent->tgid))
		bpf_map_update_elem(&targets, &pid, &one, BPF_ANY);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(forget_thread, struct task_struct *task)
{
	__u32 tid = task->pid, pid = task->tgid;

	bpf_map_delete_elem(&pending, &tid);
	if (!task->signal->live.counter)
		bpf_map_delete_elem(&targets, &pid);
	return 0;
}

/* What the function is to return where the thread is in a call that is to fail; 0: it is carried out. */
static __always_inline long replaced(__u32 hook)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct pending_call *held = bpf_map_lookup_elem(&pending, &tid);
	long result;

	if (!held || !held->verdict.error || !(held->hooks >> hook & 1))
		return 0;
	result = -(long)held->verdict.error;
	/* Security modules must prove the range of what they return to the verifier, which follows 64 bits here but not what the compiler would make of them. */
	asm volatile("" : "+r"(result));
	if (result >= 0 || result < -MAX_ERRNO)
		return 0;
	held->replaced = 1;
	return result;
}

/* Programs are given their function when they are loaded; those named here are never used. */
#define HOOK(n) \
	SEC("fmod_ret/security_file_open") int fmod_##n(void *ctx) { return replaced(n); } \
	SEC("lsm/file_open") int lsm_##n(void *ctx) { return replaced(n); } \
	SEC("kprobe") int kprobe_##n(struct pt_regs *ctx) \
	{ \
		long result = replaced(n); \
		if (result) \
			bpf_override_return(ctx, result); \
		return 0; \
	}

/* FALTER_MOST_HOOKS of them */
HOOK(0) HOOK(1) HOOK(2) HOOK(3) HOOK(4) HOOK(5) HOOK(6) HOOK(7)
HOOK(8) HOOK(9) HOOK(10) HOOK(11) HOOK(12) HOOK(13) HOOK(14) HOOK(15)
HOOK(16) HOOK(17) HOOK(18) HOOK(19) HOOK(20) HOOK(21) HOOK(22) HOOK(23)
HOOK(24) HOOK(25) HOOK(26) HOOK(27) HOOK(28) HOOK(29) HOOK(30) HOOK(31)
HOOK(32) HOOK(33) HOOK(34) HOOK(35) HOOK(36) HOOK(37) HOOK(38) HOOK(39)
HOOK(40) HOOK(41) HOOK(42) HOOK(43) HOOK(44) HOOK(45) HOOK(46) HOOK(47)

char LICENSE[] SEC("license") = "GPL";
