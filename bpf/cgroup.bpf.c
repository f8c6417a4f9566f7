// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Fails socket calls of a control group: connect, bind, sending datagrams to an address, socket, setsockopt, getsockopt.
 *
 * A hook is not a system call: an address is connected to by connect, but also by sendto with MSG_FASTOPEN, and datagrams are sent by three calls.
 * Where programs of this kind may look at the registers of the thread (about Linux 6.16), they ask which call it really is (config.exact_calls);
 * before, sendto, sendmsg and sendmmsg are one, and the rules must name all three.
 *
 * The kernel takes the group from the socket, which keeps that of the thread that created it (net/core/sock.c, cgroup_sk_alloc).
 */
#include "rules.h"
#include <bpf/bpf_endian.h>

#define AF_INET 2
#define AF_INET6 10

/* arch/x86/entry/syscalls/syscall_64.tbl */
#define NR_SOCKET 41
#define NR_CONNECT 42
#define NR_SENDTO 44
#define NR_BIND 49
#define NR_SETSOCKOPT 54
#define NR_GETSOCKOPT 55
#define NR_NONE 0xffffffff

/* Verdicts of the hooks (kernel/bpf/cgroup.c): 0 refuses with the result that was set, 1 goes on. */
#define REFUSE 0
#define GO_ON 1

/* Addresses and ports come in network order. */
#define PORT(network_order) bpf_ntohs((__u16)(network_order))
#define MAPPED bpf_htonl(0xffff)

/* The call that the thread is in, and its registers; `guess` where programs of this kind may not look. */
static __always_inline void identify(struct call *call, __u32 guess)
{
	struct task_struct *task;
	struct pt_regs *regs;

	call->nr = guess;
	if (!config.exact_calls)
		return;
	task = bpf_get_current_task_btf();
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	call->nr = task->thread_info.status & TS_COMPAT ? NR_NONE : (__u32)regs->orig_ax;
	call->has_arguments = true;
	call->arguments[0] = regs->di;
	call->arguments[1] = regs->si;
	call->arguments[2] = regs->dx;
	call->arguments[3] = regs->r10;
	call->arguments[4] = regs->r8;
	call->arguments[5] = regs->r9;
}

static __always_inline void set_ip4(struct call *call, __u32 address, __u32 port)
{
	call->family = AF_INET;
	call->peer[2] = MAPPED;
	call->peer[3] = address;
	call->peer_port = PORT(port);
}

static __always_inline void set_ip6(struct call *call, __u32 a, __u32 b, __u32 c, __u32 d, __u32 port)
{
	call->family = !a && !b && c == MAPPED ? AF_INET : AF_INET6;
	call->peer[0] = a;
	call->peer[1] = b;
	call->peer[2] = c;
	call->peer[3] = d;
	call->peer_port = PORT(port);
}

/* A failed call; the hook's verdict. */
static __always_inline int end(struct call *call, int refuse)
{
	struct verdict verdict = decide(call);

	if (!verdict.error)
		return GO_ON;
	bpf_set_retval(-(int)verdict.error);
	count_injected(call, &verdict);
	return refuse;
}

static __always_inline int end_named4(struct bpf_sock_addr *ctx, __u32 nr)
{
	struct call call = {};

	identify(&call, nr);
	set_ip4(&call, ctx->user_ip4, ctx->user_port);
	if (ctx->sk)
		call.local_port = ctx->sk->src_port;
	return end(&call, REFUSE);
}

static __always_inline int end_named6(struct bpf_sock_addr *ctx, __u32 nr)
{
	struct call call = {};

	identify(&call, nr);
	set_ip6(&call, ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3], ctx->user_port);
	if (ctx->sk)
		call.local_port = ctx->sk->src_port;
	return end(&call, REFUSE);
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	return end_named4(ctx, NR_CONNECT);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	return end_named6(ctx, NR_CONNECT);
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *ctx)
{
	return end_named4(ctx, NR_SENDTO);
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *ctx)
{
	return end_named6(ctx, NR_SENDTO);
}

/* The address of bind is the socket's own, not a peer's. */
static __always_inline int end_bind(struct bpf_sock_addr *ctx)
{
	struct call call = {};

	identify(&call, NR_BIND);
	call.local_port = PORT(ctx->user_port);
	return end(&call, REFUSE);
}

SEC("cgroup/bind4")
int bind4(struct bpf_sock_addr *ctx)
{
	return end_bind(ctx);
}

SEC("cgroup/bind6")
int bind6(struct bpf_sock_addr *ctx)
{
	return end_bind(ctx);
}

SEC("cgroup/sock_create")
int create(struct bpf_sock *ctx)
{
	struct call call = {};

	identify(&call, NR_SOCKET);
	return end(&call, REFUSE);
}

/* The socket's own facts: its peer where it is connected. */
static __always_inline void describe(struct call *call, struct bpf_sock *socket)
{
	if (!socket)
		return;
	call->local_port = socket->src_port;
	if (!socket->dst_port)
		return;
	if (socket->family == AF_INET)
		set_ip4(call, socket->dst_ip4, socket->dst_port);
	else if (socket->family == AF_INET6)
		set_ip6(call, socket->dst_ip6[0], socket->dst_ip6[1], socket->dst_ip6[2], socket->dst_ip6[3], socket->dst_port);
}

SEC("cgroup/setsockopt")
int set_option(struct bpf_sockopt *ctx)
{
	struct call call = {};

	identify(&call, NR_SETSOCKOPT);
	describe(&call, ctx->sk);
	return end(&call, REFUSE);
}

/* Passed when the kernel has answered: its result can be replaced, its effect (SO_ERROR is cleared by reading it) cannot be undone. */
SEC("cgroup/getsockopt")
int get_option(struct bpf_sockopt *ctx)
{
	struct call call = {};

	identify(&call, NR_GETSOCKOPT);
	describe(&call, ctx->sk);
	call.failed = ctx->retval < 0;
	return end(&call, GO_ON);
}

char LICENSE[] SEC("license") = "GPL";
