/* Descriptors: files once they are open, pipes, waiting. */

static long offset(int fd)
{
	return lseek(fd, 0, SEEK_CUR);
}

static long length(int fd)
{
	struct stat s = { 0 };

	fstat(fd, &s);
	return s.st_size;
}

static int pending(int fd)
{
	int bytes = 0;

	ioctl(fd, FIONREAD, &bytes);
	return bytes;
}

struct ends {
	int in, out;
};

static struct ends pipe_with(const char *text)
{
	int fds[2];

	require(pipe2(fds, O_NONBLOCK) == 0 && write(fds[1], text, strlen(text)) == (ssize_t)strlen(text), "pipe");
	return (struct ends){ fds[0], fds[1] };
}

#define VECTOR(text) { { .iov_base = (text), .iov_len = 4 } }
#include <sys/uio.h>

CALL(read) { int fd = file("f", "abcd"); make(fd, out, 4L); effect(offset(fd) == 4); }
CALL(write) { int fd = file("f", ""); make(fd, "abcd", 4L); effect(length(fd) == 4); }
CALL(readv) { struct iovec v[] = VECTOR(out); int fd = file("f", "abcd"); make(fd, v, 1L); effect(offset(fd) == 4); }
CALL(writev) { struct iovec v[] = VECTOR("abcd"); int fd = file("f", ""); make(fd, v, 1L); effect(length(fd) == 4); }
CALL(pread64) { make(file("f", "abcd"), out, 4L, 0L); effect(filled()); }
CALL(pwrite64) { int fd = file("f", ""); make(fd, "abcd", 4L, 0L); effect(length(fd) == 4); }
CALL(preadv) { struct iovec v[] = VECTOR(out); make(file("f", "abcd"), v, 1L, 0L, 0L); effect(filled()); }
CALL(pwritev) { struct iovec v[] = VECTOR("abcd"); int fd = file("f", ""); make(fd, v, 1L, 0L, 0L); effect(length(fd) == 4); }
CALL(preadv2) { struct iovec v[] = VECTOR(out); make(file("f", "abcd"), v, 1L, 0L, 0L, 0L); effect(filled()); }
CALL(pwritev2) { struct iovec v[] = VECTOR("abcd"); int fd = file("f", ""); make(fd, v, 1L, 0L, 0L, 0L); effect(length(fd) == 4); }
CALL(close) { int fd = file("f", ""); make(fd); effect(!is_open(fd)); }
CALL(close_range) { int fd = file("f", ""); make(fd, fd, 0L); effect(!is_open(fd)); }
CALL(fstat) { make(file("f", ""), out); effect(filled()); }
CALL(lseek) { int fd = file("f", "abcd"); make(fd, 2L, SEEK_SET); effect(offset(fd) == 2); }
CALL(ioctl) { int fd = file("f", ""); make(fd, FIOCLEX, 0L); effect(fcntl(fd, F_GETFD) == FD_CLOEXEC); }
CALL(fcntl) { int fd = file("f", ""); make(fd, F_SETFD, FD_CLOEXEC); effect(fcntl(fd, F_GETFD) == FD_CLOEXEC); }
CALL(dup) { int fd = file("f", ""); opens(); make(fd); opened(); }
CALL(dup2) { int fd = file("f", ""); opens(); make(fd, 200L); opened(); }
CALL(dup3) { int fd = file("f", ""); opens(); make(fd, 200L, 0L); opened(); }
OPENS(pipe, out)
OPENS(pipe2, out, 0L)
CALL(sendfile) { int to = file("g", ""); make(to, file("f", "abcd"), 0L, 4L); effect(length(to) == 4); }
CALL(copy_file_range) { int to = file("g", ""); make(file("f", "abcd"), 0L, to, 0L, 4L, 0L); effect(length(to) == 4); }
CALL(splice) { struct ends p = pipe_with(""); make(file("f", "abcd"), 0L, p.out, 0L, 4L, 0L); effect(pending(p.in) == 4); }
CALL(tee) { struct ends from = pipe_with("abcd"), to = pipe_with(""); make(from.in, to.out, 4L, 0L); effect(pending(to.in) == 4); }
CALL(vmsplice) { struct iovec v[] = VECTOR("abcd"); struct ends p = pipe_with(""); make(p.out, v, 1L, 0L); effect(pending(p.in) == 4); }
CALL(flock) { int fd = file("f", ""); make(fd, 2L | 4L /* LOCK_EX | LOCK_NB */); effect(syscall(SYS_flock, open("f", O_RDONLY), 6) < 0); }
CALL(fsync) { make(file("f", "abcd")); }
CALL(fdatasync) { make(file("f", "abcd")); }
CALL(sync_file_range) { make(file("f", "abcd"), 0L, 4L, 2L); }
CALL(syncfs) { make(file("f", "")); }
PURE(sync, 0L)
CALL(ftruncate) { int fd = file("f", "abcd"); make(fd, 2L); effect(length(fd) == 2); }
CALL(fallocate) { int fd = file("f", ""); make(fd, 0L, 0L, 100L); effect(length(fd) == 100); }
CALL(fadvise64) { make(file("f", "abcd"), 0L, 4L, 4L /* POSIX_FADV_DONTNEED */); }
CALL(readahead) { make(file("f", "abcd"), 0L, 4L); }
CALL(cachestat) { long range[2] = { 0, 4096 }; make(file("f", "abcd"), range, out, 0L); effect(filled()); }

/* Waiting for something that is there already. */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

static fd_set ready_and_not(int *not_ready)
{
	fd_set set;

	*not_ready = pipe_with("").in;
	FD_ZERO(&set);
	FD_SET(pipe_with("a").in, &set);
	FD_SET(*not_ready, &set);
	return set;
}

static int epoll_with_event(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = epoll_create1(0);

	require(epoll_ctl(fd, EPOLL_CTL_ADD, pipe_with("a").in, &event) == 0, "epoll_ctl");
	return fd;
}

CALL(poll) { struct pollfd p = { pipe_with("a").in, POLLIN, 0 }; make(&p, 1L, 0L); effect(p.revents != 0); }
CALL(ppoll) { struct pollfd p = { pipe_with("a").in, POLLIN, 0 }; long no_time[2] = { 0 }; make(&p, 1L, no_time, 0L, 8L); effect(p.revents != 0); }
CALL(select) { int idle; fd_set set = ready_and_not(&idle); long no_time[2] = { 0 }; make(100L, &set, 0L, 0L, no_time); effect(!FD_ISSET(idle, &set)); }
CALL(pselect6) { int idle; fd_set set = ready_and_not(&idle); long no_time[2] = { 0 }; make(100L, &set, 0L, 0L, no_time, 0L); effect(!FD_ISSET(idle, &set)); }
OPENS(epoll_create, 1L)
OPENS(epoll_create1, 0L)
CALL(epoll_ctl)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = epoll_create1(0);

	make(fd, EPOLL_CTL_ADD, pipe_with("a").in, &event);
	effect(epoll_wait(fd, &event, 1, 0) == 1);
}
CALL(epoll_wait) { make(epoll_with_event(), out, 1L, 0L); effect(filled()); }
CALL(epoll_pwait) { make(epoll_with_event(), out, 1L, 0L, 0L, 8L); effect(filled()); }
CALL(epoll_pwait2) { long no_time[2] = { 0 }; make(epoll_with_event(), out, 1L, no_time, 0L, 8L); effect(filled()); }
OPENS(eventfd, 0L)
OPENS(eventfd2, 0L, 0L)
OPENS(memfd_create, "m", 0L)
OPENS(memfd_secret, 0L)

/* Being told of changes to files. */
#include <sys/inotify.h>

static int told_of_new_file(int fd)
{
	file("new", "");
	return read(fd, out, sizeof(out)) > 0;
}

OPENS(inotify_init, 0L)
OPENS(inotify_init1, 0L)
CALL(inotify_add_watch) { int fd = inotify_init1(IN_NONBLOCK); make(fd, ".", IN_CREATE); effect(told_of_new_file(fd)); }
CALL(inotify_rm_watch)
{
	int fd = inotify_init1(IN_NONBLOCK);

	make(fd, inotify_add_watch(fd, ".", IN_CREATE));
	read(fd, out, sizeof(out));
	effect(!told_of_new_file(fd));
}
OPENS(fanotify_init, 0L, 0L)
CALL(fanotify_mark)
{
	int fd = syscall(SYS_fanotify_init, 2 /* FAN_NONBLOCK */, 0);

	make(fd, 1L /* FAN_MARK_ADD */, 0x20L | 0x08000000L /* FAN_OPEN | FAN_EVENT_ON_CHILD */, AT_FDCWD, ".");
	effect(told_of_new_file(fd));
}

/* Asynchronous input and output. */
#include <linux/aio_abi.h>
#include <linux/io_uring.h>

static aio_context_t aio(void)
{
	aio_context_t context = 0;

	require(syscall(SYS_io_setup, 4, &context) == 0, "io_setup");
	return context;
}

static aio_context_t aio_with_result(void)
{
	aio_context_t context = aio();
	struct iocb read = { .aio_fildes = file("f", "abcd"), .aio_lio_opcode = IOCB_CMD_PREAD, .aio_buf = (unsigned long)out + 8192, .aio_nbytes = 4 };
	struct iocb *list[] = { &read };

	require(syscall(SYS_io_submit, context, 1, list) == 1, "io_submit");
	return context;
}

static int ring(struct io_uring_params *parameters)
{
	int fd = syscall(SYS_io_uring_setup, 4, parameters);

	if (fd < 0)
		lacking(EPERM);
	return fd;
}

CALL(io_setup) { aio_context_t context = 0; make(4L, &context); effect(context != 0); }
CALL(io_destroy) { aio_context_t context = aio(); make(context); effect(syscall(SYS_io_destroy, context) < 0); }
CALL(io_submit)
{
	int fd = file("f", "");
	struct iocb write = { .aio_fildes = fd, .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_buf = (unsigned long)"abcd", .aio_nbytes = 4 };
	struct iocb *list[] = { &write };

	make(aio(), 1L, list);
	effect(length(fd) == 4);
}
CALL(io_getevents) { make(aio_with_result(), 1L, 1L, out, 0L); effect(filled()); }
CALL(io_pgetevents) { make(aio_with_result(), 1L, 1L, out, 0L, 0L); effect(filled()); }
FAILING(io_cancel, "EINVAL: there is no such request")
{
	struct iocb none = { .aio_fildes = 0 };

	make(aio(), &none, out);
}
CALL(io_uring_setup)
{
	struct io_uring_params p = { 0 };

	/* kernel.io_uring_disabled */
	lacking(EPERM);
	opens();
	make(4L, &p);
	opened();
}
CALL(io_uring_enter)
{
	struct io_uring_params p = { 0 };

	lacking(EBADF);
	make(ring(&p), 0L, 0L, 0L, 0L, 0L);
}
CALL(io_uring_register)
{
	struct io_uring_params p = { 0 };
	struct io_uring_probe *probe = (void *)memset(out, 0, sizeof(out));

	lacking(EBADF);
	make(ring(&p), IORING_REGISTER_PROBE, probe, 10L);
	effect(probe->last_op != 0);
}
