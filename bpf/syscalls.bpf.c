// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Counts the system calls of followed processes.
 *
 * A thread is followed when it has an element in the task storage `calls`. The element is made when the thread is created by a followed one, or
 * by the iterator `adopt` for threads that already ran; it goes when the kernel frees the thread. So the two hot programs need one look into the
 * task itself to know that a thread is a bystander, no table by pid, and a reused pid means nothing to them.
 *
 * Counters are kept by process name, not by pid: a program that starts thousands of short-lived workers needs no more room than one worker, and
 * nothing must be read before a process's rows may go.
 */
#include "kernel.h"
#include "wire.h"

const volatile struct monitor_config config = { .follow_children = 1, .measure_latency = 1, .select = SELECT_ROOTS };

#include "selection.h"

/* Values of followed.entered_ns that are no time. */
#define NEVER_SEEN 0 /* followed since the middle of a call, or since the thread's creation */
#define NO_CALL 1    /* the last call that was seen has ended */

struct followed {
	__u64 entered_ns; /* CLOCK_MONOTONIC at the entry of the call that is being carried out */
	__u32 name;       /* 0 where the calls are not counted */
	__u32 ended;      /* in the thread group's leader: the process's end has been told */
	bool below_root, below_target; /* see is_target */
	/* By call of the 64-bit table: how the thread's last one ended, for counting runs. Outcomes above 254 (interrupted ones) are one. */
	__u8 last[FALTER_CALLS];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct followed);
} calls SEC(".maps");

/* The sizes of the following maps are set before they are created; see SyscallPrograms.cs. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1);
	__type(key, struct counter_key);
	__type(value, struct counter);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct process_name);
	__type(value, __u32);
} names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1);
	__type(value, struct process_end);
} ends SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct adoption);
} adoptions SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LOST_REASONS);
	__type(key, __u32);
	__type(value, __u64);
} lost SEC(".maps");

/* Followed processes that have not ended. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __s64);
} alive SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LOOKS);
	__type(key, __u32);
	__type(value, __u64);
} looks SEC(".maps");

/* A counter of zeros: too big for the stack of the program that inserts it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counter);
} no_calls SEC(".maps");

/* Names that the kernel side has numbered. User space numbers from 2^31 up. */
static __u32 numbered_names;

/*
 * The current thread's element; null for bystanders. Most threads have no task storage of anybody: to see that costs one load, where the helper
 * costs a call (bench/syscall-cost).
 */
static __always_inline struct followed *followed_thread(struct task_struct *task)
{
	return task->bpf_storage ? bpf_task_storage_get(&calls, task, 0, 0) : 0;
}

static __always_inline void count_lost(__u32 reason)
{
	__u64 *count = bpf_map_lookup_elem(&lost, &reason);

	if (count)
		(*count)++;
}

static __always_inline void count_looks(__u32 kind)
{
	__u64 *count = bpf_map_lookup_elem(&looks, &kind);

	if (count)
		__sync_fetch_and_add(count, 1);
}

static __always_inline void count_alive(__s64 difference)
{
	__u32 zero = 0;
	__s64 *count = bpf_map_lookup_elem(&alive, &zero);

	if (count)
		__sync_fetch_and_add(count, difference);
}

/* As in LatencyHistogram.cs. */
static __always_inline __u32 bucket_of(__u64 ns)
{
	__u64 high = ns;
	__u32 log = 0;

	if (ns < 32)
		return 0;
	if (ns >> 36)
		return 125;
	if (high >> 32) { log += 32; high >>= 32; }
	if (high >> 16) { log += 16; high >>= 16; }
	if (high >> 8) { log += 8; high >>= 8; }
	if (high >> 4) { log += 4; high >>= 4; }
	if (high >> 2) { log += 2; high >>= 2; }
	if (high >> 1) log += 1;
	return (1 + (log - 5) * 4 + (ns >> (log - 2) & 3)) & (FALTER_BUCKETS - 1);
}

static __always_inline __u16 call_number(struct task_struct *task, long nr)
{
	if (nr < 0 || nr >= FALTER_NO_SUCH_CALL)
		return FALTER_NO_SUCH_CALL;
	return task->thread_info.status & TS_COMPAT ? FALTER_COMPAT_CALLS + nr : nr;
}

static __always_inline struct counter *counter_of(struct counter_key *key)
{
	struct counter *counter = bpf_map_lookup_elem(&counters, key);
	__u32 zero = 0;

	if (counter)
		return counter;
	counter = bpf_map_lookup_elem(&no_calls, &zero);
	if (!counter)
		return 0;
	/* Another CPU may have been first: its element serves as well. */
	bpf_map_update_elem(&counters, key, counter, BPF_NOEXIST);
	return bpf_map_lookup_elem(&counters, key);
}

static __always_inline void count_run(struct followed *thread, struct counter *counter, struct counter_key *key)
{
	__u16 outcome = key->code & ~FALTER_ENTRY_SKIPPED;
	__u8 *last, now = outcome < 255 ? outcome : 255;

	if (key->nr >= FALTER_CALLS)
		return;
	last = &thread->last[key->nr];
	if (now && now != *last)
		counter->runs++;
	*last = now;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(enter_call, struct pt_regs *regs, long nr)
{
	struct followed *thread = followed_thread(bpf_get_current_task_btf());

	if (thread)
		thread->entered_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(exit_call, struct pt_regs *regs, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct followed *thread = followed_thread(task);
	struct counter_key key = {};
	struct counter *counter;
	__u64 entered, ns;
	long nr;

	if (!thread || !thread->name)
		return 0;
	entered = thread->entered_ns;
	thread->entered_ns = NO_CALL;
	if (entered == NEVER_SEEN)
		return 0;
	/*
	 * -1: rt_sigreturn, whose "result" is the register of the interrupted program (restore_sigcontext in arch/x86/kernel/signal_64.c), or a
	 * call that a tracer cancelled.
	 */
	nr = (long)regs->orig_ax;
	if (nr == -1)
		return 0;
	if (thread->name == FALTER_NO_NAME) {
		count_lost(LOST_NAMES_FULL);
		return 0;
	}
	key.name = thread->name;
	key.nr = call_number(task, nr);
	key.code = ret < 0 && ret >= -MAX_ERRNO ? -ret : 0;
	/* The entry's tracepoint is passed only after seccomp and ptrace let the call through (kernel/entry/common.c). */
	if (entered == NO_CALL)
		key.code |= FALTER_ENTRY_SKIPPED;
	counter = counter_of(&key);
	if (!counter) {
		count_lost(LOST_COUNTERS_FULL);
		return 0;
	}
	counter->count++;
	count_run(thread, counter, &key);
	if (!config.measure_latency || entered == NO_CALL)
		return 0;
	ns = bpf_ktime_get_ns() - entered;
	counter->total_ns += ns;
	counter->by_ns[bucket_of(ns)]++;
	return 0;
}

/* The number of a name; FALTER_NO_NAME where there is no room. */
static __always_inline __u32 number_of(struct process_name *name)
{
	__u32 *number = bpf_map_lookup_elem(&names, name);
	__u32 next;

	if (number)
		return *number;
	next = __sync_fetch_and_add(&numbered_names, 1) + 1;
	if (!bpf_map_update_elem(&names, name, &next, BPF_NOEXIST))
		return next;
	number = bpf_map_lookup_elem(&names, name);
	return number ? *number : FALTER_NO_NAME;
}

/*
 * Makes a thread's element. It is all zeros at first (too big for the stack, a template would have to be copied): no call that was entered before
 * is counted, and none at all before the name is stored.
 */
static __always_inline struct followed *follow(struct task_struct *task)
{
	struct followed *thread = bpf_task_storage_get(&calls, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!thread)
		count_lost(LOST_UNFOLLOWED);
	else if (task->pid == task->tgid)
		count_alive(1);
	return thread;
}

static __always_inline __u32 number_of_process(struct task_struct *task)
{
	struct process_name name = {};

	/* As text: what stands behind the zero is left from former names before Linux 5.17. */
	bpf_probe_read_kernel_str(name.text, sizeof(name.text), task->group_leader->comm);
	return number_of(&name);
}

/* Passed before the new thread runs (kernel_clone in kernel/fork.c), so nothing of it is missed. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(follow_new_thread, struct task_struct *parent, struct task_struct *child)
{
	struct followed *creator = bpf_task_storage_get(&calls, parent, 0, 0), *thread;
	bool same = parent->tgid == child->tgid, inherits = same || config.follow_children;
	bool below_root = creator && inherits && creator->below_root, below_target = creator && inherits && creator->below_target;
	bool counted = same ? creator && creator->name : is_target(child, below_root, below_target);

	if (!counted && !below_root && !below_target)
		return 0;
	thread = follow(child);
	if (!thread)
		return 0;
	thread->below_root = below_root;
	thread->below_target = below_target || counted;
	/* Its command name is its creator's until it executes a program. */
	thread->name = !counted ? 0 : creator && creator->name ? creator->name : number_of_process(child);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(rename_process, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct followed *thread = bpf_task_storage_get(&calls, task, 0, 0);
	bool counted = is_target(task, thread && thread->below_root, thread && thread->below_target);

	if (!thread && counted)
		thread = follow(task);
	if (!thread)
		return 0;
	/* All other threads of the process are gone by now (de_thread in fs/exec.c), so the name has one holder. */
	thread->below_target |= counted;
	thread->name = counted ? number_of_process(task) : 0;
	return 0;
}

/* Tells once that a process has ended, whoever finds out first: two last threads that exit at once both find no other alive. */
static __always_inline void tell_end(struct task_struct *task, __u32 name)
{
	struct task_struct *first = task->group_leader;
	struct followed *leader = bpf_task_storage_get(&calls, first, 0, 0);
	struct process_end end = {};

	if (!leader || __sync_lock_test_and_set(&leader->ended, 1))
		return;
	count_alive(-1);
	if (!name)
		return;
	end.at_ns = bpf_ktime_get_ns();
	end.pid = task->tgid;
	end.name = name;
	/* As in wait_task_zombie (kernel/exit.c). */
	end.status = task->signal->flags & SIGNAL_GROUP_EXIT ? task->signal->group_exit_code : first->exit_code;
	if (bpf_map_push_elem(&ends, &end, 0))
		count_lost(LOST_ENDS);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(end_thread, struct task_struct *task)
{
	struct followed *thread = bpf_task_storage_get(&calls, task, 0, 0);

	if (thread && !task->signal->live.counter)
		tell_end(task, thread->name);
	return 0;
}

/*
 * A process's command name, its program or its control group may have changed: the iterator has to look again. Threads that run cannot be reached
 * from here; those of a process that has just begun can, by the exec above.
 */
SEC("tp_btf/task_rename")
int BPF_PROG(see_new_name, struct task_struct *task, const char *name)
{
	struct selected_name key = {};

	if (!(config.select & SELECT_NAMES) || task->pid != task->tgid)
		return 0;
	bpf_probe_read_kernel_str(key.text, FALTER_NAME_LENGTH, name);
	if (marks_of(&key) & NAME_SELECTED)
		count_looks(LOOKS_WANTED);
	return 0;
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(see_new_group, struct cgroup *group, const char *path, struct task_struct *task, bool whole_process)
{
	if (config.select & SELECT_GROUPS && in_selected_groups(task))
		count_looks(LOOKS_WANTED);
	return 0;
}

/* What the iterator does with a thread; null where it is as it should be. */
static __always_inline struct followed *look_at(struct task_struct *task, struct adoption *adoption)
{
	struct followed *thread = bpf_task_storage_get(&calls, task, 0, 0), *parent = 0;
	bool below_root, below_target, counted;

	if (config.follow_children && task->real_parent)
		parent = bpf_task_storage_get(&calls, task->real_parent, 0, 0);
	below_root = adoption || (thread && thread->below_root) || (parent && parent->below_root);
	below_target = (thread && thread->below_target) || (parent && parent->below_target);
	counted = (thread && thread->name) || is_target(task, below_root, below_target);

	if (thread ? (thread->name || !counted) && thread->below_root == below_root : !counted && !below_root)
		return 0;
	if (!thread)
		thread = follow(task);
	if (!thread)
		return 0;
	thread->below_root = below_root;
	thread->below_target |= counted || below_target;
	if (counted && !thread->name)
		thread->name = number_of_process(task);
	return thread;
}

/*
 * Follows threads that already run: those of the processes in `adoptions`, which become roots, and those of processes that match. Run as often as it
 * finds one.
 */
SEC("iter/task")
int adopt(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct followed *thread;
	struct adoption *adoption;
	__u32 pid;

	if (!task || task->flags & PF_KTHREAD || !task->signal->live.counter)
		return 0;
	pid = task->tgid;
	adoption = bpf_map_lookup_elem(&adoptions, &pid);
	thread = look_at(task, adoption);
	if (!thread)
		return 0;
	count_looks(LOOKS_ADOPTED);
	if (adoption)
		__sync_fetch_and_add(&adoption->adopted, 1);
	/* The process may have ended while its last thread was not yet followed. */
	if (!task->signal->live.counter)
		tell_end(task, thread->name);
	return 0;
}

/* The kernel's tracing helpers ask for a licence that it counts as compatible with the GPL; see README.md. */
char LICENSE[] SEC("license") = "GPL";
