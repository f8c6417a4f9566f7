/* Signals, clocks, timers, futexes. */
#include <linux/futex.h>
#include <sys/timex.h>

static volatile int signals;

static void on_signal(int number)
{
	(void)number;
	signals++;
}

static void handles(int number)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	sigaction(number, &action, NULL);
}

static const unsigned long usr1 = 1UL << (SIGUSR1 - 1);

static int is_blocked(int number)
{
	sigset_t set;

	sigprocmask(SIG_BLOCK, NULL, &set);
	return sigismember(&set, number);
}

static void blocks_pending(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(number);
}

static int is_pending(int number)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, number);
}

/* A signal again and again, which ends a wait that nothing else ends. */
static void alarms(void)
{
	struct itimerval every = { { 0, 20000 }, { 0, 20000 } };

	handles(SIGALRM);
	setitimer(ITIMER_REAL, &every, NULL);
}

static siginfo_t queued = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };

CALL(rt_sigaction)
{
	struct { long handler, flags, restorer, mask; } ignore = { (long)SIG_IGN, 0, 0, 0 };
	struct sigaction now;

	make(SIGUSR1, &ignore, 0L, 8L);
	sigaction(SIGUSR1, NULL, &now);
	effect(now.sa_handler == SIG_IGN);
}
CALL(rt_sigprocmask) { make(SIG_BLOCK, &usr1, 0L, 8L); effect(is_blocked(SIGUSR1)); }
ENDING(rt_sigreturn) { make(0L); effect(0); }
FAILING(pause, "EINTR: it ends when a signal comes") { alarms(); make(0L); }
FAILING(rt_sigsuspend, "EINTR: it ends when a signal comes") { unsigned long none = 0; alarms(); make(&none, 8L); }
FILLS(rt_sigpending, out, 8L)
CALL(rt_sigtimedwait) { long no_time[2] = { 0 }; blocks_pending(SIGUSR1); make(&usr1, 0L, no_time, 8L); effect(!is_pending(SIGUSR1)); }
CALL(sigaltstack)
{
	stack_t mine = { out, 0, sizeof(out) }, now = { 0 };

	make(&mine, 0L);
	sigaltstack(NULL, &now);
	effect(now.ss_sp == out);
}
CALL(kill) { handles(SIGUSR1); make(getpid(), SIGUSR1); effect(signals); }
CALL(tkill) { handles(SIGUSR1); make(getpid(), SIGUSR1); effect(signals); }
CALL(tgkill) { handles(SIGUSR1); make(getpid(), getpid(), SIGUSR1); effect(signals); }
CALL(rt_sigqueueinfo) { handles(SIGUSR1); make(getpid(), SIGUSR1, &queued); effect(signals); }
CALL(rt_tgsigqueueinfo) { handles(SIGUSR1); make(getpid(), getpid(), SIGUSR1, &queued); effect(signals); }
CALL(pidfd_send_signal) { handles(SIGUSR1); make(self_descriptor(), SIGUSR1, 0L, 0L); effect(signals); }
OPENS(signalfd, -1L, &usr1, 8L)
OPENS(signalfd4, -1L, &usr1, 8L, 0L)

/* Clocks and timers. */
static const struct timespec a_microsecond = { 0, 1000 };
static struct itimerspec in_a_hundred_seconds = { { 0, 0 }, { 100, 0 } };

static long seconds_left(void)
{
	struct itimerval now = { 0 };

	getitimer(ITIMER_REAL, &now);
	return now.it_value.tv_sec;
}

static int timer(void)
{
	int id = -1;

	require(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id) == 0, "timer_create");
	return id;
}

static long timer_left(int id)
{
	struct itimerspec now = { 0 };

	return syscall(SYS_timer_gettime, id, &now) == 0 ? now.it_value.tv_sec : -1;
}

static int timer_descriptor(void)
{
	return syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0);
}

PURE(nanosleep, &a_microsecond, 0L)
PURE(clock_nanosleep, CLOCK_MONOTONIC, 0L, &a_microsecond, 0L)
FILLS(gettimeofday, out, 0L)
FILLS(time, out)
FILLS(clock_gettime, CLOCK_MONOTONIC, out)
FILLS(clock_getres, CLOCK_MONOTONIC, out)
FAILING(clock_settime, "EINVAL: the monotonic clock cannot be set") { make(CLOCK_MONOTONIC, &a_microsecond); }
CALL(settimeofday) { make(0L, 0L); }
CALL(adjtimex) { struct timex t = { 0 }; make(&t); effect(t.tick != 0); }
CALL(clock_adjtime) { struct timex t = { 0 }; make(CLOCK_REALTIME, &t); effect(t.tick != 0); }
FILLS(getitimer, ITIMER_REAL, out)
CALL(setitimer) { struct itimerval later = { { 0, 0 }, { 100, 0 } }; make(ITIMER_REAL, &later, 0L); effect(seconds_left() != 0); }
CALL(alarm) { make(100L); effect(seconds_left() != 0); }
CALL(timer_create) { int id = -1; make(CLOCK_MONOTONIC, 0L, &id); effect(id != -1); }
CALL(timer_settime) { int id = timer(); make(id, 0L, &in_a_hundred_seconds, 0L); effect(timer_left(id) != 0); }
CALL(timer_gettime) { make(timer(), out); effect(filled()); }
CALL(timer_getoverrun) { make(timer()); }
CALL(timer_delete) { int id = timer(); make(id); effect(timer_left(id) < 0); }
OPENS(timerfd_create, CLOCK_MONOTONIC, 0L)
CALL(timerfd_settime)
{
	struct itimerspec now = { 0 };
	int fd = timer_descriptor();

	make(fd, 0L, &in_a_hundred_seconds, 0L);
	syscall(SYS_timerfd_gettime, fd, &now);
	effect(now.it_value.tv_sec != 0);
}
CALL(timerfd_gettime) { make(timer_descriptor(), out); effect(filled()); }

/* Futexes. */
static unsigned int word, other_word;

/* struct futex_waitv. */
struct waiter {
	unsigned long value, address;
	unsigned int flags, reserved;
};

#define FUTEX2_U32 2L

CALL(futex) { make(&word, FUTEX_WAKE_OP, 0L, 0L, &other_word, FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_EQ, 0)); effect(other_word == 1); }
FAILING(futex_waitv, "EAGAIN: the word has another value") { struct waiter w = { 1, (long)&word, FUTEX2_U32, 0 }; make(&w, 1L, 0L, 0L, 0L); }
FAILING(futex_wait, "EAGAIN: the word has another value") { make(&word, 1L, 0xffffffffL, FUTEX2_U32, 0L, 0L); }
CALL(futex_wake) { make(&word, 0xffffffffL, 1L, FUTEX2_U32); }
CALL(futex_requeue) { struct waiter w[2] = { { 0, (long)&word, FUTEX2_U32, 0 }, { 0, (long)&other_word, FUTEX2_U32, 0 } }; make(w, 0L, 0L, 0L); }
