/*
 * effects WHAT [...]: makes system calls that something is done to, and tells what it saw of it.
 *
 *   choices N          getppid N times; prints one character for each: 0 success, 1 failure
 *   descriptors FILE   every call that opens descriptors, once: "NAME RESULT ERRNO LEFT CHANGED": descriptors more than before, argument registers changed
 *   short N FILE       read of 100 bytes from FILE, N times, from its beginning: "short RESULT CHANGED"
 *   wait               read of 100 bytes from a pipe that gets them after 60 ms, with a timer signal every 5 ms: "wait RESULT CHANGED SIGNALS"
 *   held N             getpgrp N times in a thread of its own while the first one counts its getppid calls: "held NANOSECONDS OTHERS"
 *   signals N          getppid N times in a thread of its own: "signals IN-THREAD ELSEWHERE FAILED", SIGUSR1 counted by who got it
 *   progress N         getppid, getpgrp and a read from /dev/zero N times with a timer signal every 5 ms: "progress FAILED SIGNALS"
 *   births             fork by vfork: "births RESULT ERRNO CHILDREN"
 *   registers N        getppid N times: "registers CHANGED"
 *   opens FILE         openat and close without pause until SIGTERM: "opens CALLS FAILED STRANGE LEFT"; strange is a result that no open can have here
 *
 * Where the variable GO is set, it prints "waiting", and begins when the file of that name exists.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int changed;

/* One call as the C library makes it, and how many of the registers that the kernel must preserve it did not. */
static long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long rdi asm("rdi") = a, rsi asm("rsi") = b, rdx asm("rdx") = c, r10 asm("r10") = d, r8 asm("r8") = e, r9 asm("r9") = f;
	long result = number;

	asm volatile("syscall" : "+a"(result), "+r"(rdi), "+r"(rsi), "+r"(rdx), "+r"(r10), "+r"(r8), "+r"(r9) : : "rcx", "r11", "memory");
	changed = (rdi != a) + (rsi != b) + (rdx != c) + (r10 != d) + (r8 != e) + (r9 != f);
	if (result < 0 && result >= -4095) {
		errno = -result;
		return -1;
	}
	errno = 0;
	return result;
}

#define CALL(number, ...) CALL_(number, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(number, a, b, c, d, e, f, ...) call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += syscall(SYS_fcntl, fd, F_GETFD) >= 0;
	return count;
}

static void tell(const char *name, int before, long result)
{
	int error = errno, registers = changed;

	printf("%s %ld %d %d %d\n", name, result, error, open_descriptors() - before, registers);
}

#define TRY(name, ...) do { int before = open_descriptors(); long result = CALL(SYS_##name, ##__VA_ARGS__); tell(#name, before, result); } while (0)

static int listening(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(address);
	int server = socket(AF_UNIX, SOCK_STREAM, 0);

	bind(server, (struct sockaddr *)&address, sizeof(sa_family_t));
	listen(server, 8);
	getsockname(server, (struct sockaddr *)&address, &length);
	for (int i = 0; i < 2; i++) {
		int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

		connect(client, (struct sockaddr *)&address, length);
	}
	return server;
}

static void descriptors(const char *file, int server)
{
	sigset_t none;
	struct { unsigned long flags, mode, resolve; } how = { O_RDONLY, 0, 0 };
	struct io_uring_params ring = { 0 };
	struct perf_event_attr event = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(event), .config = PERF_COUNT_SW_DUMMY };
	struct { unsigned long handled_access_fs; } rules = { 1 };
	int two[2] = { -1, -1 };

	sigemptyset(&none);
	TRY(open, file, O_RDONLY);
	TRY(creat, file, 0600);
	TRY(openat, AT_FDCWD, file, O_RDONLY);
	TRY(openat2, AT_FDCWD, file, &how, sizeof(how));
	TRY(dup, 1);
	TRY(socket, AF_UNIX, SOCK_STREAM, 0);
	TRY(accept, server, 0, 0);
	TRY(accept4, server, 0, 0, 0);
	TRY(pipe, two);
	TRY(pipe2, two, O_CLOEXEC);
	TRY(socketpair, AF_UNIX, SOCK_STREAM, 0, two);
	TRY(epoll_create, 1);
	TRY(epoll_create1, 0);
	TRY(eventfd, 0);
	TRY(eventfd2, 0, 0);
	TRY(timerfd_create, CLOCK_MONOTONIC, 0);
	TRY(signalfd, -1, &none, 8);
	TRY(signalfd4, -1, &none, 8, 0);
	TRY(memfd_create, "x", 0);
	TRY(inotify_init);
	TRY(inotify_init1, 0);
	TRY(pidfd_open, getpid(), 0);
	TRY(perf_event_open, &event, 0, -1, -1, 0);
	TRY(io_uring_setup, 4, &ring);
	TRY(fsopen, "tmpfs", 0);
	TRY(open_tree, AT_FDCWD, "/", 0);
	TRY(landlock_create_ruleset, &rules, sizeof(rules), 0);
	TRY(dup2, 1, 900);
	TRY(dup3, 1, 901, 0);
}

static void choices(long n)
{
	char *text = malloc(n + 1);

	for (long i = 0; i < n; i++)
		text[i] = CALL(SYS_getppid) < 0 ? '1' : '0';
	text[n] = 0;
	puts(text);
}

static volatile long alarms;

static void on_alarm(int unused)
{
	(void)unused;
	alarms++;
}

static void every_5_ms(void)
{
	struct itimerval every = { { 0, 5000 }, { 0, 5000 } };
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
}

static int pipe_ends[2];

static void *writes_later(void *unused)
{
	sigset_t alarm_only;
	char bytes[100] = { 0 };
	struct timespec later = { 0, 60000000 };

	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarm_only, NULL);
	nanosleep(&later, NULL);
	if (write(pipe_ends[1], bytes, sizeof(bytes)) != sizeof(bytes))
		exit(3);
	return unused;
}

static void waits(void)
{
	pthread_t writer;
	char bytes[100];

	if (pipe(pipe_ends) < 0)
		exit(3);
	pthread_create(&writer, NULL, writes_later, NULL);
	every_5_ms();
	long result = CALL(SYS_read, pipe_ends[0], bytes, sizeof(bytes));

	printf("wait %ld %d %ld\n", result, changed, alarms);
}

static long n;
static volatile int over;

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void *getpgrps(void *unused)
{
	for (long i = 0; i < n; i++)
		CALL(SYS_getpgrp);
	over = 1;
	return unused;
}

static void held(void)
{
	pthread_t thread;
	long others = 0, begin = now();

	pthread_create(&thread, NULL, getpgrps, NULL);
	for (; !over; others++)
		syscall(SYS_getppid);
	printf("held %ld %ld\n", now() - begin, others);
}

static volatile int caller;
static volatile long in_thread, elsewhere, failed;

static void on_usr1(int unused)
{
	(void)unused;
	if (syscall(SYS_gettid) == caller)
		in_thread++;
	else
		elsewhere++;
}

static void *getppids(void *unused)
{
	caller = syscall(SYS_gettid);
	for (long i = 0; i < n; i++)
		failed += CALL(SYS_getppid) < 0;
	return unused;
}

static void signals(void)
{
	struct sigaction action = { .sa_handler = on_usr1, .sa_flags = SA_RESTART };
	pthread_t thread;

	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&thread, NULL, getppids, NULL);
	pthread_join(thread, NULL);
	printf("signals %ld %ld %ld\n", in_thread, elsewhere, failed);
}

static void progress(void)
{
	int zero = open("/dev/zero", O_RDONLY);
	char byte;

	every_5_ms();
	for (long i = 0; i < n; i++) {
		failed += syscall(SYS_getppid) < 0;
		failed += syscall(SYS_getpgrp) < 0;
		failed += syscall(SYS_read, zero, &byte, 1) < 0;
	}
	printf("progress %ld %ld\n", failed, alarms);
}

static void births(void)
{
	errno = 0;
	long result = vfork();

	if (result == 0)
		_exit(0);
	int error = errno, children = 0;

	while (wait(NULL) > 0)
		children++;
	printf("births %ld %d %d\n", result < 0 ? -1L : 0L, error, children);
}

static void on_term(int unused)
{
	(void)unused;
	over = 1;
}

static void opens(const char *file)
{
	struct sigaction action = { .sa_handler = on_term };
	long calls = 0, strange = 0;
	int lowest = dup(1), before;

	sigaction(SIGTERM, &action, NULL);
	close(lowest);
	before = open_descriptors();
	printf("ready\n");
	fflush(stdout);
	for (; !over; calls++) {
		long fd = syscall(SYS_openat, AT_FDCWD, file, O_RDONLY);

		failed += fd < 0;
		strange += fd >= 0 && fd < lowest;
		if (fd >= lowest)
			syscall(SYS_close, fd);
	}
	printf("opens %ld %ld %ld %d\n", calls, failed, strange, open_descriptors() - before);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int server = !strcmp(what, "descriptors") ? listening() : -1;

	n = argc > 2 ? atol(argv[2]) : 0;
	if (getenv("GO") && write(1, "waiting\n", 8) != 8)
		return 3;
	while (getenv("GO") && access(getenv("GO"), F_OK) != 0)
		usleep(500);
	if (!strcmp(what, "choices"))
		choices(n);
	else if (!strcmp(what, "descriptors"))
		descriptors(argv[2], server);
	else if (!strcmp(what, "wait"))
		waits();
	else if (!strcmp(what, "held"))
		held();
	else if (!strcmp(what, "signals"))
		signals();
	else if (!strcmp(what, "progress"))
		progress();
	else if (!strcmp(what, "births"))
		births();
	else if (!strcmp(what, "opens"))
		opens(argv[2]);
	else if (!strcmp(what, "short")) {
		int fd = open(argv[3], O_RDONLY);
		char bytes[100];

		for (long i = 0; i < n; i++) {
			long result = CALL(SYS_read, fd, bytes, sizeof(bytes));

			printf("short %ld %d\n", result, changed);
			lseek(fd, 0, SEEK_SET);
		}
	} else if (!strcmp(what, "registers")) {
		int all = 0;

		for (long i = 0; i < n; i++) {
			CALL(SYS_getppid, 1, 2, 3, 4, 5, 6);
			all += changed;
		}
		printf("registers %d\n", all);
	} else
		return 2;
	fflush(stdout);
	return 0;
}
