/*
 * A small HTTP server that counts its requests in a file with a checksum, in two manners: as it is often written, with six planted faults, and "sturdy", with all of them put right. Each fault is
 * marked with PLANTED and found by one plan of experiment.yaml.
 *
 *   fragile PORT FOLDER [sturdy]
 *
 * Any GET is answered with "200 ok N", or with "500" and a reason where the state cannot be used.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The checksum of a count: any function that garbage does not satisfy by chance. */
#define STEP 2654435761u
#define START 17u

/* How often the sturdy server tries again what an error may have interrupted. */
enum { TRIES = 10 };

struct state {
	uint64_t count;
	uint64_t sum;
};

static bool sturdy;
static char path[4096], fresh[4104];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What the sturdy server has counted: the file is a copy of it, and never the other way round once it runs. */
static struct state memory = {0, START};

static bool valid(const struct state *s)
{
	return s->sum == s->count * STEP + START;
}

static int sync_file(int fd)
{
	if (!sturdy) {
		/* PLANTED: tries again without limit. */
		while (fsync(fd) < 0 && errno == EINTR)
			;
		return 0;
	}
	for (int i = 0; i < TRIES; i++)
		if (fsync(fd) == 0)
			return 0;
		else if (errno != EINTR)
			return -1;
	return -1;
}

/* The new state in place of the old; what goes wrong leaves the old. */
static int save_sturdy(const struct state *s)
{
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return -1;
	bool whole = pwrite(fd, s, sizeof(*s), 0) == sizeof(*s) && sync_file(fd) == 0;
	close(fd);
	return whole && rename(fresh, path) == 0 ? 0 : -1;
}

static const char *count_sturdy(uint64_t *count)
{
	memory.count++;
	memory.sum += STEP;
	/* A state that could not be saved is saved with the next request. */
	save_sturdy(&memory);
	*count = memory.count;
	return NULL;
}

static const char *count_fragile(uint64_t *count)
{
	struct state s;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return "no state";
	/* What a stack holds is anything; here it is something, so that the fault is the same each time. */
	memset(&s, 0xAA, sizeof(s));
	ssize_t got = pread(fd, &s, sizeof(s), 0);
	if (got >= 0 && (got < (ssize_t)sizeof(s) || !valid(&s))) {
		close(fd);
		return "the state is corrupt";
	}
	/* PLANTED: a read that failed (got < 0) is not looked at, and garbage is counted on. */
	s.count++;
	s.sum += STEP;
	/* PLANTED: the old state is gone before the new one is there, and whether it was written is not asked. */
	if (ftruncate(fd, 0) == 0 && pwrite(fd, &s, sizeof(s), 0) < 0) {
	}
	sync_file(fd);
	close(fd);
	*count = s.count;
	return NULL;
}

static ssize_t receive(int fd, char *buffer, size_t size)
{
	ssize_t got = recv(fd, buffer, size, 0);

	for (int i = 0; sturdy && got < 0 && (errno == ETIMEDOUT || errno == EINTR) && i < TRIES; i++)
		got = recv(fd, buffer, size, 0);
	return got;
}

static void respond(int fd, const char *text, size_t length)
{
	/* PLANTED: a short write is taken for a whole one. */
	for (size_t done = 0; done < length;) {
		ssize_t sent = write(fd, text + done, length - done);
		if (sent < 0 && sturdy && errno == EINTR)
			continue;
		if (sent <= 0 || !sturdy)
			return;
		done += (size_t)sent;
	}
}

static void *serve(void *argument)
{
	int fd = (int)(intptr_t)argument;
	char request[2048], body[128], answer[512];
	uint64_t count = 0;
	const char *problem;

	/* Only one request is worked on at a time: its reading, too, which is what makes the next fault a hang. */
	if (!sturdy)
		pthread_mutex_lock(&lock);
	ssize_t got = receive(fd, request, sizeof(request));
	if (got <= 0) {
		/* PLANTED: the way out of a connection that timed out forgets the lock. */
		if (!sturdy && (got == 0 || errno != ETIMEDOUT))
			pthread_mutex_unlock(&lock);
		close(fd);
		return NULL;
	}
	if (sturdy)
		pthread_mutex_lock(&lock);
	problem = sturdy ? count_sturdy(&count) : count_fragile(&count);
	pthread_mutex_unlock(&lock);
	int length = problem ? snprintf(body, sizeof(body), "%s\n", problem) : snprintf(body, sizeof(body), "ok %llu\n", (unsigned long long)count);
	int all = snprintf(answer, sizeof(answer), "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
			   problem ? "500 Internal Server Error" : "200 OK", length, body);
	if (problem)
		fprintf(stderr, "request failed: %s\n", problem);
	respond(fd, answer, (size_t)all);
	close(fd);
	return NULL;
}

static int take(int listener)
{
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			return fd;
		if (!sturdy && (errno == EMFILE || errno == ENFILE)) {
			/* PLANTED: too many open files end the server. */
			perror("accept");
			exit(1);
		}
		/* A descriptor will be free again in a moment. */
		if (errno == EMFILE || errno == ENFILE)
			nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
		else if (errno != EINTR && errno != ECONNABORTED && errno != EAGAIN)
			perror("accept");
	}
}

static int listen_at(const char *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)atoi(port))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 128) < 0) {
		perror(port);
		exit(1);
	}
	return fd;
}

/* A new count at each start: the experiment compares with its own baseline. */
static void begin(const char *folder)
{
	struct state s = {0, START};

	mkdir(folder, 0755);
	snprintf(path, sizeof(path) - 8, "%s/state", folder);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || pwrite(fd, &s, sizeof(s), 0) != sizeof(s)) {
		perror(path);
		exit(1);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 3 || argc > 4 || atoi(argv[1]) <= 0 || (argc == 4 && strcmp(argv[3], "sturdy") != 0)) {
		fprintf(stderr, "usage: fragile PORT FOLDER [sturdy]\n");
		return 2;
	}
	sturdy = argc == 4;
	signal(SIGPIPE, SIG_IGN);
	begin(argv[2]);
	int listener = listen_at(argv[1]);
	pthread_attr_t detached;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	for (;;) {
		int fd = take(listener);
		pthread_t thread;
		if (pthread_create(&thread, &detached, serve, (void *)(intptr_t)fd) != 0)
			close(fd);
	}
}
