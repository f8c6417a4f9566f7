/* What the entries are made of: an entry prepares, makes its call once by make(), and tells by effect() whether it had its effect. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STEP_STARTING, STEP_IDLE, STEP_PREPARE, STEP_READY, STEP_MAKE, STEP_MADE, STEP_LOOK, STEP_LOOKED, STEP_END };

/* EFFECT_DESCRIPTOR: a new descriptor, and nothing else. */
enum { EFFECT_NONE, EFFECT_NO, EFFECT_YES, EFFECT_NO_DESCRIPTOR, EFFECT_DESCRIPTOR };

/* CoverageProgram.cs (tests/Falter.Linux.Tests) has the same offsets. */
struct shared {
	volatile int step;
	volatile int number;
	volatile int effect;
	volatile int ended;     /* the process that made the call is gone */
	volatile int lacking;   /* errno by which a machine says that it has no such thing; 0: there is none */
	volatile long result;   /* what the call returned */
	volatile int born;      /* processes that the call began */
	volatile char name[64];
};

static struct shared *shared;

enum { KIND_SUCCEEDS, KIND_FAILS, KIND_ENDS, KIND_LEFT };

struct entry {
	const char *name;
	int kind;
	const char *reason;
	void (*carry_out)(void);
};

#define ENTRY(call, of_kind, why, how)                                                              \
	static const struct entry entry_##call = { #call, of_kind, why, how };                      \
	static const struct entry *const link_##call __attribute__((used, section("entries"))) = &entry_##call

#define MADE_CALL(call, kind, why)        \
	static void make_##call(void);    \
	ENTRY(call, kind, why, make_##call); \
	static void make_##call(void)

/* A call that succeeds; one that always fails by itself, and what for; one that ends the process; one that is not made. */
#define CALL(call) MADE_CALL(call, KIND_SUCCEEDS, "")
#define FAILING(call, why) MADE_CALL(call, KIND_FAILS, why)
#define ENDING(call) MADE_CALL(call, KIND_ENDS, "")
#define LEFT(call, why) ENTRY(call, KIND_LEFT, why, NULL)

/* Calls that need no preparation: without any effect; filling the buffer; opening a descriptor. */
#define PURE(call, ...) CALL(call) { make(__VA_ARGS__); }
#define FILLS(call, ...) CALL(call) { make(__VA_ARGS__); effect(filled()); }
#define OPENS(call, ...) CALL(call) { opens(); make(__VA_ARGS__); opened(); }
#define RETIRED(call) FAILING(call, "retired: not in the kernel any more") { make(0L, 0L, 0L, 0L, 0L, 0L); }

#define PATTERN 0xA5
static char out[65536] __attribute__((aligned(4096)));
static int descriptors_before, births;

/* Whether the kernel has written into the buffer. */
__attribute__((unused)) static int filled(void)
{
	for (size_t i = 0; i < 4096; i++)
		if ((unsigned char)out[i] != PATTERN)
			return 1;
	return 0;
}

static void effect(int seen)
{
	shared->effect = seen ? EFFECT_YES : EFFECT_NO;
}

/* The errno by which a machine refuses the call because it lacks what it is about. */
__attribute__((unused)) static void lacking(int error)
{
	shared->lacking = error;
}

static int is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += is_open(fd);
	return count;
}

static void opens(void)
{
	descriptors_before = descriptors();
}

static void opened(void)
{
	shared->effect = descriptors() > descriptors_before ? EFFECT_DESCRIPTOR : EFFECT_NO_DESCRIPTOR;
}

/* A minute at 3 GHz: the test does not live any more. */
#define PATIENCE_TICKS 180000000000ULL

/* No system call: any of them may be the one that is injected into. */
static void await(int step)
{
	unsigned long long start = __builtin_ia32_rdtsc();

	while (shared->step != step) {
		__builtin_ia32_pause();
		if (__builtin_ia32_rdtsc() - start > PATIENCE_TICKS)
			__builtin_trap();
	}
}

/* What went wrong in a preparation: the test shows it as an end before the call. */
__attribute__((unused)) static void require(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "coverage: %s: %s: %s\n", (const char *)shared->name, what, strerror(errno));
	_exit(3);
}

/*
 * Makes the call of the entry with these arguments. Not through the C library, which turns the result into errno. A child that the call begins must not return from here:
 * vfork's shares the stack.
 */
#define make(...) make_call(0, __VA_ARGS__)

__attribute__((noinline)) static long make_call(int unused, ...)
{
	va_list list;
	long result, number = shared->number;

	va_start(list, unused);
	long first = va_arg(list, long);
	long arguments[5];
	for (int i = 0; i < 5; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	shared->step = STEP_READY;
	await(STEP_MAKE);
	register long a4 asm("r10") = arguments[2];
	register long a5 asm("r8") = arguments[3];
	register long a6 asm("r9") = arguments[4];
	asm volatile("syscall" : "=a"(result) : "0"(number), "D"(first), "S"(arguments[0]), "d"(arguments[1]), "r"(a4), "r"(a5), "r"(a6) : "rcx", "r11", "memory");
	if (births && result == 0) {
		shared->born = 1;
		asm volatile("syscall" : : "a"(SYS_exit_group), "D"(0L) : "rcx", "r11", "memory");
	}
	shared->result = result;
	shared->step = STEP_MADE;
	await(STEP_LOOK);
	return result;
}
