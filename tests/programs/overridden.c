/*
 * overridden CALL FILE INDEX: makes one call of this kind, and tells in the INDEX-th record of FILE, which it shares with whoever started it, how that ended.
 * overridden --list: names the kinds.
 *
 * It prepares, sets `ready`, waits until its standard input has a byte, makes the call and nothing else, sets `error` (0: it succeeded) and `made`, waits
 * until the input ends, looks whether the call has had an effect, sets `effect` and ends. So nothing but poll happens while the call may be failed, and
 * those that wait cost the (emulated) machine nothing. "many" makes fcntl 1000 times and tells in `error` how many failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct record {
	volatile int ready, made, error, effect;
};

static int f, other, a[2], pipes[2], server, s, child;
static long result;
static char bytes[4096] __attribute__((aligned(4096)));
static char home[] = "/tmp/overridden.XXXXXX";
static struct iovec part = { bytes, 4 };
static struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
static struct mmsghdr messages;
static struct sockaddr_in to = { .sin_family = AF_INET }, any = { .sin_family = AF_INET };
static struct stat status;
static int one = 1, value;
static socklen_t length = sizeof(value);
static cpu_set_t cpus;

/* Until the standard input has a byte, or with no events, until it has ended. */
static void wait_for(short events)
{
	struct pollfd input = { .events = events };

	while (poll(&input, 1, -1) != 1)
		;
}

static off_t at(void) { return lseek(f, 0, SEEK_CUR); }
static off_t size(const char *name) { return stat(name, &status) ? -1 : status.st_size; }
static int exists(const char *name) { return access(name, F_OK) == 0; }
static int mode(const char *name) { return stat(name, &status) ? -1 : (int)(status.st_mode & 0777); }
static int waiting(int socket) { char c; return recv(socket, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 1; }
static int option(void) { value = 0; length = sizeof(value); getsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &value, &length); return value; }
static int name_is(const char *name) { char now[16] = ""; prctl(PR_GET_NAME, now); return !strcmp(now, name); }
static int port_of(int socket) { struct sockaddr_in own = {}; socklen_t l = sizeof(own); getsockname(socket, (struct sockaddr *)&own, &l); return own.sin_port; }
static int connected(void) { struct sockaddr_in own; socklen_t l = sizeof(own); return getpeername(s, (struct sockaddr *)&own, &l) == 0; }
static int acceptable(void) { fcntl(server, F_SETFL, O_NONBLOCK); return accept(server, 0, 0) >= 0; }
static int has_child(void) { return waitpid(-1, 0, WNOHANG) >= 0; }
static long in_child(long pid) { if (pid == 0) _exit(0); return pid; }
static int is_killed(void) { usleep(5000); int dead = waitpid(child, 0, WNOHANG) == child; if (!dead) { kill(child, SIGKILL); waitpid(child, 0, 0); } return dead; }
static void connect_pair(void) { s = socket(AF_INET, SOCK_STREAM, 0); if (connect(s, (struct sockaddr *)&to, sizeof(to))) exit(4); }

/* kind, the call, whether its effect can be seen ("0" where it has none) */
#define CALLS \
	X(open, syscall(SYS_open, "new", O_CREAT | O_RDWR, 0600), exists("new")) \
	X(openat, syscall(SYS_openat, AT_FDCWD, "new", O_CREAT | O_RDWR, 0600), exists("new")) \
	X(creat, syscall(SYS_creat, "new", 0600), exists("new")) \
	X(execve, syscall(SYS_execve, "/proc/self/exe", (char *[]){ "x", "--tidy", home, 0 }, (char *[]){ 0 }), 0) \
	X(stat, syscall(SYS_stat, "file", bytes), 0) \
	X(lstat, syscall(SYS_lstat, "file", bytes), 0) \
	X(fstat, syscall(SYS_fstat, f, bytes), 0) \
	X(newfstatat, syscall(SYS_newfstatat, AT_FDCWD, "file", bytes, 0), 0) \
	X(statx, syscall(SYS_statx, AT_FDCWD, "file", 0, 0xfff, bytes), 0) \
	X(statfs, syscall(SYS_statfs, "file", bytes), 0) \
	X(fstatfs, syscall(SYS_fstatfs, f, bytes), 0) \
	X(access, syscall(SYS_access, "file", R_OK), 0) \
	X(faccessat2, syscall(439, AT_FDCWD, "file", R_OK, 0), 0) \
	X(readlink, syscall(SYS_readlink, "link", bytes, 99), 0) \
	X(truncate, syscall(SYS_truncate, "file", 10), size("file") == 10) \
	X(ftruncate, syscall(SYS_ftruncate, f, 10), size("file") == 10) \
	X(fallocate, syscall(SYS_fallocate, f, 0, 0, 9000), size("file") == 9000) \
	X(chdir, syscall(SYS_chdir, "folder"), !exists("file")) \
	X(fchdir, syscall(SYS_fchdir, other), !exists("file")) \
	X(mkdir, syscall(SYS_mkdir, "new", 0700), exists("new")) \
	X(mkdirat, syscall(SYS_mkdirat, AT_FDCWD, "new", 0700), exists("new")) \
	X(mknod, syscall(SYS_mknod, "new", S_IFIFO | 0600, 0), exists("new")) \
	X(rmdir, syscall(SYS_rmdir, "folder"), !exists("folder")) \
	X(unlink, syscall(SYS_unlink, "file"), !exists("file")) \
	X(unlinkat, syscall(SYS_unlinkat, AT_FDCWD, "file", 0), !exists("file")) \
	X(rename, syscall(SYS_rename, "file", "new"), exists("new")) \
	X(renameat2, syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "new", 0), exists("new")) \
	X(link, syscall(SYS_link, "file", "new"), exists("new")) \
	X(symlink, syscall(SYS_symlink, "file", "new"), exists("new")) \
	X(chmod, syscall(SYS_chmod, "file", 0611), mode("file") == 0611) \
	X(fchmod, syscall(SYS_fchmod, f, 0611), mode("file") == 0611) \
	X(fchmodat, syscall(SYS_fchmodat, AT_FDCWD, "file", 0611), mode("file") == 0611) \
	X(chown, syscall(SYS_chown, "file", 7, 7), (stat("file", &status), status.st_uid == 7)) \
	X(fchown, syscall(SYS_fchown, f, 7, 7), (stat("file", &status), status.st_uid == 7)) \
	X(utimensat, syscall(SYS_utimensat, AT_FDCWD, "file", (struct timespec[]){ { 7, 0 }, { 7, 0 } }, 0), (stat("file", &status), status.st_mtime == 7)) \
	X(inotify_add_watch, syscall(SYS_inotify_add_watch, other, "file", 2), 0) \
	X(read, syscall(SYS_read, f, bytes, 4), at() == 4) \
	X(write, syscall(SYS_write, f, bytes, 4), at() == 4) \
	X(pread64, syscall(SYS_pread64, f, bytes, 4, 0), 0) \
	X(pwrite64, syscall(SYS_pwrite64, f, bytes, 4, 200), size("file") == 204) \
	X(readv, syscall(SYS_readv, f, &part, 1), at() == 4) \
	X(writev, syscall(SYS_writev, f, &part, 1), at() == 4) \
	X(preadv2, syscall(SYS_preadv2, f, &part, 1, 0, 0, 0), 0) \
	X(pwritev2, syscall(SYS_pwritev2, f, &part, 1, 200, 0, 0), size("file") == 204) \
	X(getdents64, syscall(SYS_getdents64, other, bytes, 4096), 0) \
	X(sendfile, syscall(SYS_sendfile, a[0], f, 0, 4), waiting(a[1])) \
	X(copy_file_range, syscall(SYS_copy_file_range, f, 0, f, &(loff_t){ 200 }, 4, 0), size("file") == 204) \
	X(fcntl, syscall(SYS_fcntl, f, F_SETFL, O_APPEND), fcntl(f, F_GETFL) & O_APPEND) \
	X(flock, syscall(SYS_flock, f, 2), 0) \
	X(ioctl, syscall(SYS_ioctl, a[1], 0x5421, &one), fcntl(a[1], F_GETFL) & O_NONBLOCK) \
	X(mmap, syscall(SYS_mmap, 0, 4096, 1, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 0) \
	X(mprotect, syscall(SYS_mprotect, (long)bytes & ~4095L, 4096, PROT_READ | PROT_WRITE), 0) \
	X(eventfd2, syscall(SYS_eventfd2, 0, 0), 0) \
	X(epoll_create1, syscall(SYS_epoll_create1, 0), 0) \
	X(timerfd_create, syscall(SYS_timerfd_create, 1, 0), 0) \
	X(inotify_init1, syscall(SYS_inotify_init1, 0), 0) \
	X(pidfd_open, syscall(SYS_pidfd_open, child, 0), 0) \
	X(socket, syscall(SYS_socket, AF_INET, SOCK_STREAM, 0), 0) \
	X(socketpair, syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, bytes), 0) \
	X(bind, syscall(SYS_bind, s, &any, sizeof(any)), port_of(s) != 0) \
	X(listen, syscall(SYS_listen, s, 5), port_of(s) != 0) \
	X(accept, syscall(SYS_accept, server, 0, 0), !acceptable()) \
	X(accept4, syscall(SYS_accept4, server, 0, 0, 0), !acceptable()) \
	X(connect, syscall(SYS_connect, s, &to, sizeof(to)), connected()) \
	X(sendto, syscall(SYS_sendto, a[0], bytes, 4, 0, 0, 0), waiting(a[1])) \
	X(sendmsg, syscall(SYS_sendmsg, a[0], &message, 0), waiting(a[1])) \
	X(sendmmsg, syscall(SYS_sendmmsg, a[0], &messages, 1, 0), waiting(a[1])) \
	X(recvfrom, syscall(SYS_recvfrom, a[0], bytes, 4, MSG_DONTWAIT, 0, 0), !waiting(a[0])) \
	X(recvmsg, syscall(SYS_recvmsg, a[0], &message, MSG_DONTWAIT), !waiting(a[0])) \
	X(recvmmsg, syscall(SYS_recvmmsg, a[0], &messages, 1, MSG_DONTWAIT, 0), !waiting(a[0])) \
	X(shutdown, syscall(SYS_shutdown, a[0], SHUT_RDWR), send(a[1], "x", 1, MSG_NOSIGNAL) < 0) \
	X(setsockopt, syscall(SYS_setsockopt, s, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)), option()) \
	X(getsockopt, syscall(SYS_getsockopt, s, SOL_SOCKET, SO_TYPE, &value, &length), 0) \
	X(getsockname, syscall(SYS_getsockname, server, bytes, &length), 0) \
	X(getpeername, syscall(SYS_getpeername, a[0], bytes, &length), 0) \
	X(kill, syscall(SYS_kill, child, SIGKILL), is_killed()) \
	X(tgkill, syscall(SYS_tgkill, child, child, SIGKILL), is_killed()) \
	X(sched_setaffinity, syscall(SYS_sched_setaffinity, 0, sizeof(cpus), &cpus), 0) \
	X(sched_getaffinity, syscall(SYS_sched_getaffinity, 0, sizeof(cpus), &cpus), 0) \
	X(setpriority, syscall(SYS_setpriority, 0, 0, 0), 0) \
	X(prctl, syscall(SYS_prctl, PR_SET_NAME, "other"), name_is("other")) \
	X(setpgid, syscall(SYS_setpgid, 0, 0), getpgid(0) == getpid()) \
	X(setresuid, syscall(SYS_setresuid, 7, -1, -1), getuid() == 7) \
	X(setresgid, syscall(SYS_setresgid, 7, -1, -1), getgid() == 7) \
	X(fork, in_child(syscall(SYS_fork)), has_child()) \
	X(clone, in_child(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)), has_child()) \
	X(shmget, syscall(SYS_shmget, IPC_KEY, 4096, 01600), shmctl(result, IPC_RMID, 0) == 0) \
	X(semget, syscall(SYS_semget, IPC_KEY, 1, 01600), semctl(result, 0, IPC_RMID) == 0) \
	X(msgget, syscall(SYS_msgget, IPC_KEY, 01600), msgctl(result, IPC_RMID, 0) == 0) \
	X(openat2, syscall(437, AT_FDCWD, "new", (unsigned long[]){ O_CREAT | O_RDWR, 0600, 0 }, 24), exists("new")) \
	X(faccessat, syscall(SYS_faccessat, AT_FDCWD, "file", R_OK), 0) \
	X(readlinkat, syscall(SYS_readlinkat, AT_FDCWD, "link", bytes, 99), 0) \
	X(mknodat, syscall(SYS_mknodat, AT_FDCWD, "new", S_IFIFO | 0600, 0), exists("new")) \
	X(linkat, syscall(SYS_linkat, AT_FDCWD, "file", AT_FDCWD, "new", 0), exists("new")) \
	X(symlinkat, syscall(SYS_symlinkat, "file", AT_FDCWD, "new"), exists("new")) \
	X(renameat, syscall(SYS_renameat, AT_FDCWD, "file", AT_FDCWD, "new"), exists("new")) \
	X(lchown, syscall(SYS_lchown, "file", 7, 7), (stat("file", &status), status.st_uid == 7)) \
	X(fchownat, syscall(SYS_fchownat, AT_FDCWD, "file", 7, 7, 0), (stat("file", &status), status.st_uid == 7)) \
	X(utimes, syscall(SYS_utimes, "file", (struct timeval[]){ { 7, 0 }, { 7, 0 } }), (stat("file", &status), status.st_mtime == 7)) \
	X(listxattr, syscall(SYS_listxattr, "file", bytes, 100), 0) \
	X(flistxattr, syscall(SYS_flistxattr, f, bytes, 100), 0) \
	X(preadv, syscall(SYS_preadv, f, &part, 1, 0, 0), 0) \
	X(pwritev, syscall(SYS_pwritev, f, &part, 1, 200, 0), size("file") == 204) \
	X(splice, syscall(SYS_splice, f, 0, pipes[1], 0, 4, 0), at() == 4) \
	X(epoll_create, syscall(SYS_epoll_create, 1), 0) \
	X(inotify_init, syscall(SYS_inotify_init), 0) \
	X(signalfd4, syscall(SYS_signalfd4, -1, bytes, 8, 0), 0) \
	X(tkill, syscall(SYS_tkill, child, SIGKILL), is_killed()) \
	X(sched_getscheduler, syscall(SYS_sched_getscheduler, 0), 0) \
	X(sched_setscheduler, syscall(SYS_sched_setscheduler, 0, 0, (int[]){ 0 }), 0) \
	X(sched_getparam, syscall(SYS_sched_getparam, 0, bytes), 0) \
	X(setuid, syscall(SYS_setuid, 0), 0) \
	X(setgid, syscall(SYS_setgid, 0), 0) \
	X(setreuid, syscall(SYS_setreuid, 7, -1), getuid() == 7) \
	X(setregid, syscall(SYS_setregid, 7, -1), getgid() == 7) \
	/* These pass no hook before Linux 7: to be refused there. */ \
	X(getpgid, syscall(SYS_getpgid, 0), 0) \
	X(getsid, syscall(SYS_getsid, 0), 0) \
	X(close, syscall(SYS_close, other), fcntl(other, F_GETFD) < 0) \
	X(lseek, syscall(SYS_lseek, f, 7, SEEK_SET), at() == 7) \
	X(fsync, syscall(SYS_fsync, f), 0) \
	X(dup, syscall(SYS_dup, f), 0) \
	X(getpid, syscall(SYS_getpid), 0) \
	X(uname, syscall(SYS_uname, bytes), 0)

#define IPC_KEY ((int)getpid())
#define X(name, call, effect) static long call_##name(void) { return call; } static int effect_##name(void) { return effect; }
CALLS
#undef X

static long call_many(void)
{
	long failed = 0;

	for (int i = 0; i < 1000; i++)
		failed += syscall(SYS_fcntl, f, F_GETFD) < 0;
	errno = failed;
	return -1;
}
static int effect_many(void) { return 0; }

static const struct kind {
	const char *name;
	long (*call)(void);
	int (*effect)(void);
} kinds[] = {
#define X(name, call, effect) { #name, call_##name, effect_##name },
	CALLS
#undef X
	{ "many", call_many, effect_many },
};

static void prepare(const char *name)
{
	socklen_t l = sizeof(to);

	if (!mkdtemp(home) || chdir(home) || mkdir("folder", 0700) || symlink("file", "link"))
		exit(3);
	f = open("file", O_CREAT | O_RDWR, 0600);
	other = !strcmp(name, "inotify_add_watch") ? inotify_init1(0) : open("folder", O_RDONLY);
	if (write(f, bytes, 100) != 100 || lseek(f, 0, SEEK_SET) || socketpair(AF_UNIX, SOCK_STREAM, 0, a) || pipe(pipes))
		exit(3);
	server = socket(AF_INET, SOCK_STREAM, 0);
	any.sin_addr.s_addr = to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(server, (struct sockaddr *)&to, sizeof(to)) || listen(server, 5) || getsockname(server, (struct sockaddr *)&to, &l))
		exit(3);
	s = socket(AF_INET, SOCK_STREAM, 0);
	messages.msg_hdr = message;
	sched_getaffinity(0, sizeof(cpus), &cpus);
	if (!strncmp(name, "accept", 6))
		connect_pair();
	if (!strncmp(name, "recv", 4) && send(a[1], bytes, 4, 0) != 4)
		exit(3);
	if (!strcmp(name, "kill") || !strcmp(name, "tkill") || !strcmp(name, "tgkill") || !strcmp(name, "pidfd_open")) {
		child = fork();
		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			pause();
			_exit(0);
		}
	}
}

static void tidy(void)
{
	if (!chdir(home))
		unlink("file"), unlink("link"), unlink("new"), rmdir("new"), rmdir("folder"), rmdir(home);
}

int main(int argc, char **argv)
{
	const struct kind *kind = 0;
	struct record *record;
	int file;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (argc == 2 && !strcmp(argv[1], "--list") && i < sizeof(kinds) / sizeof(*kinds) - 1)
			puts(kinds[i].name);
		if (argc == 4 && !strcmp(argv[1], kinds[i].name))
			kind = &kinds[i];
	}
	/* What execve has made of this program. */
	if (argc == 3 && !strcmp(argv[1], "--tidy")) {
		strcpy(home, argv[2]);
		tidy();
		return 0;
	}
	if (!kind)
		return argc == 2 ? 0 : 2;
	file = open(argv[2], O_RDWR);
	record = mmap(0, 128 * sizeof(*record), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (record == MAP_FAILED)
		return 3;
	record += atoi(argv[3]);
	prepare(kind->name);
	record->ready = 1;
	wait_for(POLLIN);
	errno = 0;
	result = kind->call();
	record->error = result < 0 ? errno : 0;
	record->made = 1;
	wait_for(0);
	record->effect = kind->effect() != 0;
	if (child)
		kill(child, SIGKILL);
	tidy();
	return 0;
}
