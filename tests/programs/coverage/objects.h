/* System V objects, message queues, keys: in namespaces and key rings of the program's own. */
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <mqueue.h>

static int objects(int (*info)(void *))
{
	return info(out + 16384);
}

static int segments(void *buffer)
{
	shmctl(0, SHM_INFO, buffer);
	return ((struct shm_info *)buffer)->used_ids;
}

static int queues(void *buffer)
{
	msgctl(0, MSG_INFO, buffer);
	return ((struct msginfo *)buffer)->msgpool;
}

static int semaphores(void *buffer)
{
	semctl(0, 0, SEM_INFO, buffer);
	return ((struct seminfo *)buffer)->semusz;
}

static int segment(void)
{
	return shmget(IPC_PRIVATE, 4096, 0600);
}

static int attached(int id)
{
	struct shmid_ds s = { 0 };

	shmctl(id, IPC_STAT, &s);
	return s.shm_nattch;
}

static int semaphore(void)
{
	return semget(IPC_PRIVATE, 1, 0600);
}

static struct sembuf up = { 0, 1, 0 };

CALL(shmget) { int before = objects(segments); make(IPC_PRIVATE, 4096L, 0600L); effect(objects(segments) > before); }
CALL(shmat) { int id = segment(); make(id, 0L, 0L); effect(attached(id) == 1); }
CALL(shmdt) { int id = segment(); make(shmat(id, NULL, 0)); effect(attached(id) == 0); }
CALL(shmctl) { int before, id = segment(); before = objects(segments); make(id, IPC_RMID, 0L); effect(objects(segments) < before); }
CALL(semget) { int before = objects(semaphores); make(IPC_PRIVATE, 1L, 0600L); effect(objects(semaphores) > before); }
CALL(semop) { int id = semaphore(); make(id, &up, 1L); effect(semctl(id, 0, GETVAL) == 1); }
CALL(semtimedop) { int id = semaphore(); make(id, &up, 1L, 0L); effect(semctl(id, 0, GETVAL) == 1); }
CALL(semctl) { int id = semaphore(); make(id, 0L, SETVAL, 1L); effect(semctl(id, 0, GETVAL) == 1); }

static int message_queue(void)
{
	return msgget(IPC_PRIVATE, 0600);
}

static int messages(int id)
{
	struct msqid_ds s = { 0 };

	msgctl(id, IPC_STAT, &s);
	return s.msg_qnum;
}

static struct { long type; char text[8]; } message = { 1, "abcd" };

CALL(msgget) { int before = objects(queues); make(IPC_PRIVATE, 0600L); effect(objects(queues) > before); }
CALL(msgsnd) { int id = message_queue(); make(id, &message, 4L, IPC_NOWAIT); effect(messages(id) == 1); }
CALL(msgrcv) { int id = message_queue(); msgsnd(id, &message, 4, IPC_NOWAIT); make(id, out, 100L, 0L, IPC_NOWAIT); effect(messages(id) == 0); }
CALL(msgctl) { int before, id = message_queue(); before = objects(queues); make(id, IPC_RMID, 0L); effect(objects(queues) < before); }

static int posix_queue(void)
{
	int fd = syscall(SYS_mq_open, "q", O_CREAT | O_RDWR | O_NONBLOCK, 0600, NULL);

	require(fd >= 0, "mq_open");
	return fd;
}

static int queue_exists(void)
{
	int fd = syscall(SYS_mq_open, "q", O_RDWR, 0, NULL);

	syscall(SYS_mq_unlink, "q");
	return fd >= 0;
}

static long queued_messages(int fd)
{
	struct mq_attr a = { 0 };

	syscall(SYS_mq_getsetattr, fd, NULL, &a);
	return a.mq_curmsgs;
}

CALL(mq_open) { syscall(SYS_mq_unlink, "q"); make("q", O_CREAT | O_RDWR, 0600L, 0L); effect(queue_exists()); }
CALL(mq_unlink) { posix_queue(); make("q"); effect(!queue_exists()); }
CALL(mq_timedsend) { int fd = posix_queue(); syscall(SYS_mq_unlink, "q"); make(fd, "abcd", 4L, 0L, 0L); effect(queued_messages(fd) == 1); }
CALL(mq_timedreceive)
{
	int fd = posix_queue();

	syscall(SYS_mq_unlink, "q");
	syscall(SYS_mq_timedsend, fd, "abcd", 4, 0, NULL);
	make(fd, out, sizeof(out), 0L, 0L);
	effect(queued_messages(fd) == 0);
}
CALL(mq_notify)
{
	struct sigevent silent = { .sigev_notify = SIGEV_NONE };
	int fd = posix_queue();

	syscall(SYS_mq_unlink, "q");
	make(fd, &silent);
	effect(syscall(SYS_mq_notify, fd, &silent) < 0);
}
CALL(mq_getsetattr) { int fd = posix_queue(); syscall(SYS_mq_unlink, "q"); make(fd, 0L, out); effect(filled()); }

#define OWN_RING (-2L) /* KEY_SPEC_PROCESS_KEYRING */

static long key(void)
{
	long id = syscall(SYS_add_key, "user", "k", "v", 1, OWN_RING);

	require(id > 0, "add_key");
	return id;
}

static int finds_key(void)
{
	return syscall(SYS_keyctl, 10 /* KEYCTL_SEARCH */, OWN_RING, "user", "k", 0) > 0;
}

CALL(add_key) { make("user", "k", "v", 1L, OWN_RING); effect(finds_key()); }
CALL(request_key) { key(); make("user", "k", 0L, 0L); }
CALL(keyctl) { make(3L /* KEYCTL_REVOKE */, key()); effect(!finds_key()); }
