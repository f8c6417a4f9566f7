// server PORT FOLDER fragile|sturdy: a small HTTP server that keeps a count on disk, twice: with six mistakes that are made every day, and without them.
//   GET /       a page of some 100 kB that ends in its last line
//   GET /add    appends a record to FOLDER/journal, counts it in FOLDER/state, acknowledges it
//   GET /audit  200 where journal and state hold what was acknowledged, else 500 with what is wrong
//   GET /time   the time, asked of a second socket of this server
// Each mistake stands beside its mending, in a function named after what it does. One answer per connection; eight threads.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 8, RECORD = 16, PAGE = 100000, TRIES = 50, PEER_S = 5 };

// What state holds: how many records there are, and a sum over their numbers. Both or neither must change.
struct state {
	uint64_t count;
	uint64_t sum;
};

static bool sturdy;
static int listener, clock_listener, journal, state_file;
static struct sockaddr_in clock_address;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t acknowledged, records;
static struct state kept; // the sturdy one's own copy
static char page[PAGE];

static uint64_t next_sum(uint64_t sum, uint64_t number)
{
	return (sum ^ number) * 0x100000001b3ull; // FNV's step
}

// Mistake 1, an unchecked short write: write may take less than it was given (write(2)), and the rest is never sent.
static void send_all(int fd, const char *data, size_t length)
{
	if (!sturdy) {
		(void)!write(fd, data, length);
		return;
	}
	for (int tries = 0; length > 0 && tries < TRIES;) {
		ssize_t sent = write(fd, data, length);
		if (sent < 0) {
			if (errno != EINTR && errno != EAGAIN)
				return;
			tries++;
			continue;
		}
		data += sent;
		length -= sent;
	}
}

// Mistake 2, an ignored ENOSPC: the record is acknowledged whether or not it was written.
static bool append_record(void)
{
	char record[RECORD + 1];
	snprintf(record, sizeof record, "record %8llu\n", (unsigned long long)(records + 1));
	if (!sturdy) {
		(void)!write(journal, record, RECORD);
		records++;
		return true;
	}
	for (int tries = 0; tries < TRIES; tries++) {
		// At its own place: a try that wrote a part is written over by the next.
		if (pwrite(journal, record, RECORD, records * RECORD) == RECORD) {
			records++;
			return true;
		}
	}
	return false;
}

// Mistake 3, a crash on EMFILE: accept fails where descriptors have run out for a moment, and the connection waits for the next try.
static int next_connection(void)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0 && !sturdy) {
		perror("accept");
		abort();
	}
	return fd;
}

// Mistake 4, a retry without limit on EINTR: success does not set errno, so that the first EINTR is met for ever.
static bool flush(int fd)
{
	if (!sturdy) {
		do {
			(void)!fdatasync(fd);
		} while (errno == EINTR);
		return true;
	}
	for (int tries = 0; tries < TRIES; tries++) {
		if (fdatasync(fd) == 0)
			return true;
		if (errno != EINTR)
			return false;
	}
	return false;
}

// Mistake 5, corrupted state after EIO: count and sum are written one after the other, and a failure leaves the one without the other.
static bool count_record(void)
{
	if (!sturdy) {
		struct state now = { 0, 0 };
		(void)!pread(state_file, &now, sizeof now, 0);
		now.count++;
		now.sum = next_sum(now.sum, now.count);
		if (pwrite(state_file, &now.count, sizeof now.count, 0) < 0)
			perror("count");
		if (pwrite(state_file, &now.sum, sizeof now.sum, offsetof(struct state, sum)) < 0)
			perror("sum");
		return true;
	}
	struct state next = { kept.count + 1, next_sum(kept.sum, kept.count + 1) };
	for (int tries = 0; tries < TRIES; tries++) {
		if (pwrite(state_file, &next, sizeof next, 0) == sizeof next) {
			kept = next;
			return true;
		}
	}
	return false;
}

// Asks the second socket of this server for the time. 0 or an errno.
static int ask_clock(char *answer, size_t size)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	int error = connect(fd, (struct sockaddr *)&clock_address, sizeof clock_address) < 0 ? errno : 0;
	ssize_t got = error ? 0 : read(fd, answer, size - 1);
	answer[got > 0 ? got : 0] = 0;
	close(fd);
	return error ? error : got > 0 ? 0 : EIO;
}

// Mistake 6, a hang on ETIMEDOUT: the way out that is taken seldom forgets the lock.
static bool tell_time(char *answer, size_t size)
{
	pthread_mutex_lock(&lock);
	int error = ask_clock(answer, size);
	if (!sturdy && error == ETIMEDOUT)
		return false;
	for (int tries = 0; sturdy && error && tries < TRIES; tries++)
		error = ask_clock(answer, size);
	pthread_mutex_unlock(&lock);
	return error == 0;
}

static bool add(void)
{
	pthread_mutex_lock(&lock);
	bool done = append_record() && flush(journal) && count_record();
	if (done)
		acknowledged++;
	pthread_mutex_unlock(&lock);
	return done;
}

// Whether what is on the disk is what was acknowledged.
static bool audit(char *answer, size_t size)
{
	struct stat file = { 0 };
	struct state now = { 0, 0 };
	pthread_mutex_lock(&lock);
	bool read_all = fstat(journal, &file) == 0 && pread(state_file, &now, sizeof now, 0) >= 0;
	uint64_t sum = 0, written = file.st_size / RECORD;
	for (uint64_t i = 1; i <= now.count; i++)
		sum = next_sum(sum, i);
	bool right = read_all && written == acknowledged && now.count == acknowledged && now.sum == sum;
	snprintf(answer, size, "%s: %llu acknowledged, %llu in the journal, %llu counted, sum %s\n", right ? "right" : "wrong", (unsigned long long)acknowledged,
		 (unsigned long long)written, (unsigned long long)now.count, now.sum == sum ? "right" : "wrong");
	pthread_mutex_unlock(&lock);
	return right;
}

static void answer(int fd, bool good, const char *body, size_t length)
{
	char head[160];
	int n = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
			 good ? "200 OK" : "500 Internal Server Error", length);
	char *whole = malloc(n + length);
	memcpy(whole, head, n);
	memcpy(whole + n, body, length);
	send_all(fd, whole, n + length);
	free(whole);
}

static void serve(int fd)
{
	char request[4096], text[200] = "";
	ssize_t got = read(fd, request, sizeof request - 1);
	request[got > 0 ? got : 0] = 0;
	if (!strncmp(request, "GET /add ", 9)) {
		bool done = add();
		answer(fd, done, done ? "added\n" : "not added\n", done ? 6 : 10);
	} else if (!strncmp(request, "GET /audit ", 11)) {
		bool right = audit(text, sizeof text);
		answer(fd, right, text, strlen(text));
	} else if (!strncmp(request, "GET /time ", 10)) {
		bool told = tell_time(text, sizeof text);
		answer(fd, told, text, strlen(text));
	} else if (!strncmp(request, "GET / ", 6)) {
		answer(fd, true, page, PAGE);
	} else if (got > 0) {
		answer(fd, false, "no such page\n", 13);
	}
	shutdown(fd, SHUT_WR);
	close(fd);
}

static void *work(void *unused)
{
	struct timeval limit = { PEER_S, 0 };
	for (;;) {
		int fd = next_connection();
		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
		serve(fd);
	}
	return unused;
}

static void *tell_the_time(void *unused)
{
	for (;;) {
		int fd = accept(clock_listener, NULL, NULL);
		if (fd < 0)
			continue;
		char text[32];
		int n = snprintf(text, sizeof text, "%lld\n", (long long)time(NULL));
		(void)!send(fd, text, n, 0);
		close(fd);
	}
	return unused;
}

static int listen_on(int port, struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	socklen_t length = sizeof *address;
	if (fd < 0 || bind(fd, (struct sockaddr *)address, length) < 0 || listen(fd, 1024) < 0 || getsockname(fd, (struct sockaddr *)address, &length) < 0) {
		perror("listen");
		exit(1);
	}
	return fd;
}

static int open_in(const char *folder, const char *name, int flags)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | flags, 0644);
	if (fd < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	if (argc != 4 || atoi(argv[1]) <= 0 || (strcmp(argv[3], "fragile") && strcmp(argv[3], "sturdy"))) {
		fprintf(stderr, "usage: server PORT FOLDER fragile|sturdy\n");
		return 2;
	}
	sturdy = !strcmp(argv[3], "sturdy");
	signal(SIGPIPE, SIG_IGN);
	if (mkdir(argv[2], 0755) < 0 && errno != EEXIST) {
		perror(argv[2]);
		return 1;
	}
	journal = open_in(argv[2], "journal", sturdy ? 0 : O_APPEND);
	state_file = open_in(argv[2], "state", 0);
	memset(page, '.', PAGE);
	for (int i = 99; i < PAGE; i += 100)
		page[i] = '\n';
	memcpy(page + PAGE - 5, "end.\n", 5);
	struct sockaddr_in address;
	listener = listen_on(atoi(argv[1]), &address);
	clock_listener = listen_on(0, &clock_address);
	pthread_t thread;
	pthread_create(&thread, NULL, tell_the_time, NULL);
	for (int i = 1; i < THREADS; i++)
		pthread_create(&thread, NULL, work, NULL);
	work(NULL);
}
