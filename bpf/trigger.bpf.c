// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Decides at the end of each call of the target whether a rule acts on it, and only then makes the thread stop for its tracer, by a signal that the tracer
 * takes away again: all other calls go on at nearly full speed.
 *
 * The target are the threads that the tracer has seized. The kernel itself keeps that relation (task->parent of a traced thread is its tracer), from before
 * a new thread's first instruction to the moment of its detaching, so no thread that nobody traces can ever get the signal.
 *
 * The rules do not change while the programs are loaded: to arm others is to load them anew.
 */
#include "kernel.h"
#include "trigger.h"

const volatile struct trigger_config config;

/* include/linux/errno.h: ERESTARTSYS to ERESTART_RESTARTBLOCK */
#define FIRST_RESTART 512
#define LAST_RESTART 516
#define ERESTART_RESTARTBLOCK 516

/* arch/x86/entry/syscalls/syscall_64.tbl */
#define NR_CLOSE 3
#define NR_CLONE 56
#define NR_FORK 57
#define NR_VFORK 58
#define NR_RESTART_SYSCALL 219
#define NR_CLONE3 435

/* Threads that stop at the same time at most: each is on its way out of the kernel. */
#define MOST_PENDING 32768

struct call_arguments {
	__u64 value[8]; /* six are used: a mask keeps the index in range */
};

/* One thread's calls under these rules. */
struct thread_calls {
	__u64 calls[TRIGGER_SLOTS];
	__u8 chain[TRIGGER_SLOTS]; /* enum lot_chain */
	__u32 ordinal;
	__u32 restarted; /* the call that restart_syscall goes on with */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread_calls);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TRIGGER_CALLS);
	__type(key, __u32);
	__type(value, struct trigger_call);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TRIGGER_SLOTS);
	__type(key, __u32);
	__type(value, struct trigger_slot);
} slots SEC(".maps");

/* By rule. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TRIGGER_SLOTS);
	__type(key, __u32);
	__type(value, struct trigger_counts);
} counts SEC(".maps");

/* By rule: calls that it was granted, in all threads. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TRIGGER_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} granted SEC(".maps");

/* By thread; the tracer removes what it has read. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MOST_PENDING);
	__type(key, __u32);
	__type(value, struct pending_call);
} pending SEC(".maps");

/* By thread; kept by the tracer. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MOST_PENDING);
	__type(key, __u32);
	__type(value, struct closing_place);
} closing SEC(".maps");

/* Threads that have made a call of the plan: the next one's ordinal. */
static __u32 threads_met;

static __always_inline void count_skip(__u32 rule, __u32 reason)
{
	struct trigger_counts *of_rule = bpf_map_lookup_elem(&counts, &rule);

	if (of_rule && reason < TRIGGER_SKIPS)
		of_rule->skipped[reason]++;
}

static __always_inline bool is_target(struct task_struct *task)
{
	return task->ptrace & PT_PTRACED && (__u32)task->parent->pid == config.tracer;
}

/* As ArgumentPredicate.Holds. */
static __always_inline bool holds(__u64 argument, __u32 comparison, __u64 value)
{
	switch (comparison) {
	case 0:
		return argument == value;
	case 1:
		return argument != value;
	case 2:
		return argument < value;
	case 3:
		return argument <= value;
	case 4:
		return argument > value;
	case 5:
		return argument >= value;
	default:
		return (argument & value) == value;
	}
}

/*
 * The first thing that the registers do not meet, plus 1; 0 where they meet all. In the order of MatchedCall.Obstacle. A function of its own, which the
 * verifier looks at once, not for each slot.
 */
__noinline int register_obstacle(struct trigger_slot *slot, struct call_arguments *arguments)
{
	if (!slot || !arguments)
		return 0;
	for (__u32 i = 0; i < TRIGGER_COMPARISONS && i < slot->comparison_count; i++)
		if (!holds(arguments->value[slot->comparisons[i].index & 7], slot->comparisons[i].comparison, slot->comparisons[i].value))
			return SKIP_ARGUMENT + 1;
	if (!slot->descriptor_count)
		return 0;
	for (__u32 argument = 0; argument < 6; argument++) {
		if (!(slot->descriptor_arguments & 1 << argument))
			continue;
		for (__u32 i = 0; i < TRIGGER_DESCRIPTORS && i < slot->descriptor_count; i++)
			if ((__s32)arguments->value[argument] == slot->descriptors[i])
				return 0;
	}
	return SKIP_DESCRIPTOR + 1;
}

/* The first slot of a call whose demands the registers meet, plus 1; 0 where there is none. `counted`: slots that were passed over count it. */
__noinline int find_slot(struct call_arguments *arguments, __u32 first, __u32 counted)
{
	struct trigger_slot *slot;
	__u32 next = first;
	int obstacle;

	for (int i = 0; i < TRIGGER_SLOTS && next; i++) {
		__u32 index = next - 1;

		slot = bpf_map_lookup_elem(&slots, &index);
		if (!slot)
			return 0;
		obstacle = slot->comparison_count | slot->descriptor_count ? register_obstacle(slot, arguments) : 0;
		if (!obstacle)
			return next;
		if (counted)
			count_skip(slot->rule, obstacle - 1);
		next = slot->next;
	}
	return 0;
}

/* The thread's element; it is all zeros at first but for the ordinal. Null where the kernel has no memory: then the call goes on as it is. */
static __always_inline struct thread_calls *thread_of(struct task_struct *task)
{
	struct thread_calls *thread = bpf_task_storage_get(&threads, task, 0, 0);

	if (thread)
		return thread;
	thread = bpf_task_storage_get(&threads, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (thread)
		thread->ordinal = __sync_fetch_and_add(&threads_met, 1);
	return thread;
}

/*
 * A signal that makes the thread stop: one that it does not block, since a blocked one is not delivered, and that does nothing where the tracer has died
 * meanwhile: all of these are ignored by default. One with no handler is preferred. 0 where all are blocked.
 */
static __always_inline __u32 harmless_signal(struct task_struct *task)
{
	const __u32 harmless[] = { SIGNAL_WINCH, SIGNAL_URG, SIGNAL_CHLD };
	unsigned long blocked = task->blocked.sig[0];
	__u32 with_handler = 0;

#pragma unroll
	for (int i = 0; i < 3; i++) {
		if (blocked & 1UL << (harmless[i] - 1))
			continue;
		/* SIG_DFL is 0, SIG_IGN 1. */
		if ((unsigned long)task->sighand->action[harmless[i] - 1].sa.sa_handler <= 1)
			return harmless[i];
		if (!with_handler)
			with_handler = harmless[i];
	}
	return with_handler;
}

/* Tells the thread to stop before it returns to user mode. False where it cannot be told. */
static __always_inline bool stop(struct task_struct *task, struct pending_call *call)
{
	__u32 tid = task->pid;

	call->signal = harmless_signal(task);
	if (!call->signal || bpf_map_update_elem(&pending, &tid, call, BPF_ANY))
		return false;
	if (!bpf_send_signal_thread(call->signal))
		return true;
	bpf_map_delete_elem(&pending, &tid);
	return false;
}

/* Why a call that matches is not acted on, plus 1; 0 where it is. In the order of ArmedRules.Obstacle: the chain moves with every call. */
static __always_inline int condition_obstacle(struct trigger_slot *slot, struct thread_calls *thread, __u32 index, __u64 number)
{
	__u64 bits = lot_bits(config.seed, index, thread->ordinal, number, LOT_ACT), now;
	__u8 *chain = &thread->chain[index & (TRIGGER_SLOTS - 1)];
	bool falls = lot_falls(&slot->thresholds, *chain, bits);

	*chain = falls ? CHAIN_ACTED : CHAIN_LET_GO;
	if (slot->begin_ns || slot->end_ns != ~0ULL) {
		now = bpf_ktime_get_ns();
		if (now < slot->begin_ns || now >= slot->end_ns)
			return SKIP_TIME + 1;
	}
	number++;
	if (number < slot->when_first || number > slot->when_last || (slot->when_step > 1 && (number - slot->when_first) % slot->when_step))
		return SKIP_WHEN + 1;
	return falls ? 0 : SKIP_RATE + 1;
}

/*
 * Numbers a call for a slot whose demands it meets, and counts what comes of it. 1 where the slot's rule acts. A function of its own, which the verifier
 * looks at once, not for each slot. `taken`: an earlier rule acts on the call.
 */
__noinline int draw(struct trigger_slot *slot, struct thread_calls *thread, __u32 index, __u32 failed, __u32 taken)
{
	struct trigger_counts *of_rule;
	__u64 *grants, number;
	__u32 rule;
	int obstacle;

	if (!slot || !thread)
		return 0;
	rule = slot->rule;
	of_rule = bpf_map_lookup_elem(&counts, &rule);
	grants = bpf_map_lookup_elem(&granted, &rule);
	if (!of_rule || !grants)
		return 0;
	if (failed && slot->needs_success) {
		of_rule->skipped[SKIP_FAILED]++;
		return 0;
	}
	of_rule->matched++;
	number = thread->calls[index & (TRIGGER_SLOTS - 1)]++;
	obstacle = condition_obstacle(slot, thread, index, number);
	if (obstacle) {
		count_skip(rule, obstacle - 1);
		return 0;
	}
	if (taken) {
		of_rule->skipped[*grants < slot->most ? SKIP_EARLIER : SKIP_COUNT]++;
		return 0;
	}
	if (__sync_fetch_and_add(grants, 1) >= slot->most) {
		__sync_fetch_and_add(grants, -1);
		of_rule->skipped[SKIP_COUNT]++;
		return 0;
	}
	return 1;
}

/* A call that the kernel side decides alone: the first rule that acts wins, and every rule numbers all calls that meet its demands. */
static __always_inline void decide(struct task_struct *task, struct thread_calls *thread, struct pending_call *call, struct call_arguments *arguments, __u32 first, bool failed)
{
	__u32 next = first, found, index, acting = 0;
	struct trigger_slot *slot;
	__u64 *grants;

	for (int i = 0; i < TRIGGER_SLOTS && next; i++) {
		found = find_slot(arguments, next, 1);
		index = found - 1;
		slot = found ? bpf_map_lookup_elem(&slots, &index) : 0;
		if (!slot)
			break;
		if (draw(slot, thread, index, failed, acting)) {
			acting = found;
			call->slot = index;
			call->call = thread->calls[index & (TRIGGER_SLOTS - 1)] - 1;
		}
		next = slot->next;
	}
	if (!acting || stop(task, call))
		return;
	index = acting - 1;
	slot = bpf_map_lookup_elem(&slots, &index);
	if (!slot)
		return;
	index = slot->rule;
	grants = bpf_map_lookup_elem(&granted, &index);
	if (grants)
		__sync_fetch_and_add(grants, -1);
	count_skip(index, SKIP_BLOCKED);
}

/* A call that is decided in user space, where the thread stops unless the registers are enough to see that no rule acts. */
static __always_inline void ask(struct task_struct *task, struct pending_call *call, struct call_arguments *arguments, __u32 first, bool hopeless)
{
	__u32 found = find_slot(arguments, first, hopeless), index = found - 1;
	struct trigger_slot *slot;

	if (found) {
		slot = bpf_map_lookup_elem(&slots, &index);
		if (!slot)
			return;
		/* Which rule it would have been is not known without reading more: the first that the registers permit stands for it. */
		if (hopeless)
			count_skip(slot->rule, SKIP_FAILED);
		else if (!stop(task, call))
			count_skip(slot->rule, SKIP_BLOCKED);
	} else if (!hopeless) {
		/* Now it is known that nobody else will count why. */
		find_slot(arguments, first, 1);
	}
}

/* Only a child sees this: its creator gets a number, or an error. The child made no call; it begins at the end of its creator's (ret_from_fork). */
static __always_inline bool is_birth(__u32 nr, long ret)
{
	return !ret && (nr == NR_CLONE || nr == NR_FORK || nr == NR_VFORK || nr == NR_CLONE3);
}

static __always_inline bool closes_for_tracer(struct task_struct *task, struct pt_regs *regs)
{
	__u32 tid = task->pid;
	struct closing_place *place = bpf_map_lookup_elem(&closing, &tid);

	return place && place->ip == regs->ip && place->sp == regs->sp;
}

/* Passed before signals are handled, and so before the thread sees the result (syscall_exit_work, then exit_to_user_mode_loop, in kernel/entry/common.c). */
SEC("tp_btf/sys_exit")
int BPF_PROG(end_call, struct pt_regs *regs, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct call_arguments arguments = {};
	struct pending_call pending_call = {};
	struct thread_calls *thread;
	struct trigger_call *call;
	bool failed;
	long in_ax;
	__u32 nr;

	if (!is_target(task) || task->thread_info.status & TS_COMPAT)
		return 0;
	in_ax = (long)regs->orig_ax;
	if (in_ax < 0 || in_ax >= TRIGGER_CALLS)
		return 0;
	nr = in_ax;
	if (nr == NR_RESTART_SYSCALL || ret == -ERESTART_RESTARTBLOCK) {
		thread = bpf_task_storage_get(&threads, task, 0, 0);
		if (thread && nr == NR_RESTART_SYSCALL)
			nr = thread->restarted;
		else if (thread)
			thread->restarted = nr;
	}
	call = bpf_map_lookup_elem(&calls, &nr);
	if (!call || !call->first || is_birth(nr, ret) || (nr == NR_CLOSE && closes_for_tracer(task, regs)))
		return 0;
	thread = thread_of(task);
	if (!thread)
		return 0;
	/* No result yet: the call is made again, or ends in EINTR, as the kernel decides when it handles the signal. */
	if (ret <= -FIRST_RESTART && ret >= -LAST_RESTART) {
		thread->restarted = nr;
		return 0;
	}
	failed = ret < 0 && ret >= -MAX_ERRNO;
	arguments.value[0] = regs->di;
	arguments.value[1] = regs->si;
	arguments.value[2] = regs->dx;
	arguments.value[3] = regs->r10;
	arguments.value[4] = regs->r8;
	arguments.value[5] = regs->r9;
	pending_call.ip = regs->ip;
	pending_call.sp = regs->sp;
	pending_call.in_ax = in_ax;
	pending_call.nr = nr;
	pending_call.ordinal = thread->ordinal;
	pending_call.by_user = call->flags & CALL_BY_USER;
	if (pending_call.by_user)
		ask(task, &pending_call, &arguments, call->first, failed && call->flags & CALL_NEEDS_SUCCESS);
	else
		decide(task, thread, &pending_call, &arguments, call->first, failed);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
