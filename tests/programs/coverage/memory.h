/* The process's memory. */
#define PAGE 4096L
/* An address that no loader uses. */
#define HERE ((char *)0x200000000000)

static char *pages(int count)
{
	char *p = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	require(p != MAP_FAILED, "mmap");
	memset(p, 'a', count * PAGE);
	return p;
}

static int mapped(const void *p)
{
	return msync((void *)p, PAGE, MS_ASYNC) == 0;
}

/* Asked from the kernel, which reports EFAULT where a write of one's own would end the process. */
static int writable(char *p)
{
	return read(open("/dev/zero", O_RDONLY), p, 1) == 1;
}

static long locked_kb(void)
{
	char line[256];
	long kb = -1;
	FILE *status = fopen("/proc/self/status", "r");

	while (status && fgets(line, sizeof(line), status))
		sscanf(line, "VmLck: %ld", &kb);
	return kb;
}

CALL(mmap) { make(HERE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1L, 0L); effect(mapped(HERE)); }
CALL(mprotect) { char *p = pages(1); make(p, PAGE, PROT_READ); effect(!writable(p)); }
CALL(munmap) { char *p = pages(1); make(p, PAGE); effect(!mapped(p)); }
CALL(brk) { long end = syscall(SYS_brk, 0); make(end + PAGE); effect(syscall(SYS_brk, 0) != end); }
CALL(mremap) { char *p = pages(2); make(p, 2 * PAGE, PAGE, 0L); effect(!mapped(p + PAGE)); }
CALL(msync) { make(pages(1), PAGE, MS_ASYNC); }
CALL(mincore) { make(pages(1), PAGE, out); effect(filled()); }
CALL(madvise) { char *p = pages(1); make(p, PAGE, MADV_DONTNEED); effect(p[0] == 0); }
CALL(mlock) { long kb = locked_kb(); make(pages(1), PAGE); effect(locked_kb() > kb); }
CALL(mlock2) { long kb = locked_kb(); make(pages(1), PAGE, 0L); effect(locked_kb() > kb); }
CALL(munlock) { char *p = pages(1); require(mlock(p, PAGE) == 0, "mlock"); long kb = locked_kb(); make(p, PAGE); effect(locked_kb() < kb); }
CALL(mlockall) { long kb = locked_kb(); make(MCL_CURRENT); effect(locked_kb() > kb); }
CALL(munlockall) { require(mlock(pages(1), PAGE) == 0, "mlock"); make(0L); effect(locked_kb() == 0); }
CALL(mseal) { char *p = pages(1); make(p, PAGE, 0L); effect(munmap(p, PAGE) < 0); }
CALL(remap_file_pages)
{
	int fd = file("f", "");

	require(ftruncate(fd, 2 * PAGE) == 0 && pwrite(fd, "b", 1, PAGE) == 1, "two pages");
	char *p = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	make(p, PAGE, 0L, 1L, 0L);
	effect(p[0] == 'b');
}
CALL(process_vm_readv)
{
	struct iovec to[] = VECTOR(out), from[] = VECTOR("abcd");

	make(getpid(), to, 1L, from, 1L, 0L);
	effect(filled());
}
CALL(process_vm_writev)
{
	struct iovec from[] = VECTOR("abcd"), to[] = VECTOR(out);

	make(getpid(), from, 1L, to, 1L, 0L);
	effect(filled());
}
CALL(process_madvise)
{
	struct iovec v = { pages(1), PAGE };

	make(syscall(SYS_pidfd_open, getpid(), 0), &v, 1L, 20L /* MADV_COLD */, 0L);
}
CALL(membarrier) { make(0L /* MEMBARRIER_CMD_QUERY */, 0L, 0L); }
CALL(userfaultfd) { opens(); make(1L /* UFFD_USER_MODE_ONLY */); opened(); }

/* Keys of protection: on processors that have them. */
CALL(pkey_mprotect) { char *p = pages(1); make(p, PAGE, PROT_READ, -1L); effect(!writable(p)); }
static long protection_key(void)
{
	long key = syscall(SYS_pkey_alloc, 0, 0);

	/* Without them the second try is refused so. */
	if (key < 0)
		lacking(ENOSPC);
	return key;
}

CALL(pkey_alloc) { protection_key(); make(0L, 0L); }
CALL(pkey_free) { long key = protection_key(); if (key < 0) lacking(EINVAL); make(key); }
CALL(map_shadow_stack) { lacking(EOPNOTSUPP); make(0L, PAGE, 0L); }

/* Placement on nodes. */
#define MPOL_PREFERRED 1L

static int policy_of(void *p)
{
	int policy = -1;

	syscall(SYS_get_mempolicy, &policy, NULL, 0, p, p ? 2 /* MPOL_F_ADDR */ : 0);
	return policy;
}

CALL(mbind) { char *p = pages(1); unsigned long node = 1; make(p, PAGE, MPOL_PREFERRED, &node, 8L, 0L); effect(policy_of(p) == MPOL_PREFERRED); }
CALL(set_mempolicy) { unsigned long node = 1; make(MPOL_PREFERRED, &node, 8L); effect(policy_of(NULL) == MPOL_PREFERRED); }
CALL(get_mempolicy) { int policy = -1; make(&policy, 0L, 0L, 0L, 0L); effect(policy != -1); }
CALL(migrate_pages) { unsigned long node = 1; make(0L, 8L, &node, &node); }
CALL(move_pages) { char *p = pages(1); int status = -99; make(0L, 1L, &p, 0L, &status, 0L); effect(status != -99); }
CALL(set_mempolicy_home_node)
{
	unsigned long node = 1;
	char *p = pages(1);

	require(syscall(SYS_mbind, p, PAGE, 2 /* MPOL_BIND */, &node, 8, 0) == 0 || errno == ENOSYS, "mbind");
	make(p, PAGE, 0L, 0L);
}
