/*
 * coverage SHARED FOLDER: makes each call of the x86-64 table once when it is told to, and sees whether it had its effect.
 *
 *   coverage list      one line "NAME KIND REASON" per call; KIND: succeeds, fails (by itself, always), ends (does not return), left (is not made: REASON)
 *
 * SHARED is a file that the test maps too (struct shared). Orders and answers go through it without a system call, so that every call can be injected into, those of the
 * orders' own making too: the test sets STEP_PREPARE; the child of this program that makes the call prepares and sets STEP_READY, and then looks at the memory and does nothing
 * else until the test sets STEP_MAKE; then it makes the call, sets STEP_MADE, and waits in the same way for STEP_LOOK, to look for the effect (STEP_LOOKED).
 *
 * FOLDER is where a file system of its own is mounted, in namespaces of its own (mounts, host name, System V objects): whatever a call does ends with this program.
 */
#include "coverage/made.h"
#include "coverage/files.h"
#include "coverage/descriptors.h"
#include "coverage/memory.h"
#include "coverage/sockets.h"
#include "coverage/processes.h"
#include "coverage/signals_and_time.h"
#include "coverage/objects.h"
#include "coverage/machine.h"

extern const struct entry *const __start_entries[], *const __stop_entries[];

#define ITS_END 42

static const struct entry *entry_named(const char *name)
{
	for (const struct entry *const *e = __start_entries; e < __stop_entries; e++)
		if (!strcmp((*e)->name, name))
			return *e;
	fprintf(stderr, "coverage: no call '%s'\n", name);
	exit(2);
}

static void list(void)
{
	static const char *const kinds[] = { "succeeds", "fails", "ends", "left" };

	for (const struct entry *const *e = __start_entries; e < __stop_entries; e++)
		printf("%s %s %s\n", (*e)->name, kinds[(*e)->kind], (*e)->reason);
}

/* A call is made by a process of its own: it may end it, or change it for good. */
static void in_child(const struct entry *entry, int turn)
{
	char own[16];

	snprintf(own, sizeof(own), "%d", turn);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	require(mkdir(own, 0777) == 0 && chdir(own) == 0, "a folder of its own");
	memset(out, PATTERN, sizeof(out));
	entry->carry_out();
	_exit(ITS_END);
}

/*
 * Waits for the child by another call than the one that is injected into: arming may interrupt the wait, which the kernel then makes again. Whether
 * the child came to the end of its part.
 */
static int came_to_its_end(pid_t child)
{
	siginfo_t info = { 0 };
	int status = 0;

	if (shared->number == SYS_wait4) {
		while (syscall(SYS_waitid, P_PID, child, &info, WEXITED, NULL) < 0 && errno == EINTR)
			;
		return info.si_code == CLD_EXITED && info.si_status == ITS_END;
	}
	while (wait4(child, &status, 0, NULL) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == ITS_END;
}

static void serve(void)
{
	int turn = 0;

	/* The test does not live any more when no order comes for a minute. */
	for (int waited = 0; shared->step != STEP_END && waited < 300000; waited++) {
		if (shared->step != STEP_PREPARE) {
			usleep(200);
			continue;
		}
		const struct entry *entry = entry_named((const char *)shared->name);
		pid_t child = fork();

		turn++;
		if (child == 0)
			in_child(entry, turn);
		if (!came_to_its_end(child)) {
			shared->ended = 1;
			shared->effect = shared->step == STEP_MAKE ? EFFECT_YES : EFFECT_NONE;
		}
		shared->step = STEP_LOOKED;
		waited = 0;
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "list")) {
		list();
		return 0;
	}
	if (argc != 3)
		return 2;
	int fd = open(argv[1], O_RDWR | O_CLOEXEC);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		return 2;
	close(fd);
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", argv[2], "tmpfs", 0, NULL) < 0 || chdir(argv[2]) < 0) {
		perror("coverage: namespaces of its own");
		return 4;
	}
	umask(0);
	shared->step = STEP_IDLE;
	serve();
	return 0;
}
