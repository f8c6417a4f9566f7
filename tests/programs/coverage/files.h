/* Files and folders by name. */

static int file(const char *name, const char *text)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	require(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), name);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void folder(const char *name)
{
	char inside[64];

	require(mkdir(name, 0755) == 0, name);
	snprintf(inside, sizeof(inside), "%s/inside", name);
	close(file(inside, ""));
}

static int exists(const char *name)
{
	struct stat s;

	return lstat(name, &s) == 0;
}

static struct stat status_of(const char *name)
{
	struct stat s = { 0 };

	lstat(name, &s);
	return s;
}

#define OWNER 12345

CALL(open) { make("new", O_CREAT | O_RDWR, 0600L); effect(exists("new")); }
CALL(openat) { make(AT_FDCWD, "new", O_CREAT | O_RDWR, 0600L); effect(exists("new")); }
CALL(openat2) { unsigned long how[3] = { O_CREAT | O_RDWR, 0600, 0 }; make(AT_FDCWD, "new", how, sizeof(how)); effect(exists("new")); }
CALL(creat) { make("new", 0600L); effect(exists("new")); }
CALL(stat) { file("f", ""); make("f", out); effect(filled()); }
CALL(lstat) { file("f", ""); make("f", out); effect(filled()); }
CALL(newfstatat) { file("f", ""); make(AT_FDCWD, "f", out, 0L); effect(filled()); }
CALL(statx) { file("f", ""); make(AT_FDCWD, "f", 0L, 0x7ffL, out); effect(filled()); }
CALL(access) { file("f", ""); make("f", R_OK); }
CALL(faccessat) { file("f", ""); make(AT_FDCWD, "f", R_OK); }
CALL(faccessat2) { file("f", ""); make(AT_FDCWD, "f", R_OK, 0L); }
CALL(truncate) { file("f", "abcd"); make("f", 2L); effect(status_of("f").st_size == 2); }
CALL(getcwd) { make(out, 4096L); effect(filled()); }
CALL(chdir) { folder("d"); make("d"); effect(exists("inside")); }
CALL(fchdir) { folder("d"); make(open("d", O_RDONLY)); effect(exists("inside")); }
CALL(chroot) { folder("d"); make("d"); effect(exists("/inside")); }
CALL(rename) { file("f", ""); make("f", "g"); effect(exists("g")); }
CALL(renameat) { file("f", ""); make(AT_FDCWD, "f", AT_FDCWD, "g"); effect(exists("g")); }
CALL(renameat2) { file("f", ""); make(AT_FDCWD, "f", AT_FDCWD, "g", 0L); effect(exists("g")); }
CALL(mkdir) { make("d", 0755L); effect(exists("d")); }
CALL(mkdirat) { make(AT_FDCWD, "d", 0755L); effect(exists("d")); }
CALL(rmdir) { mkdir("d", 0755); make("d"); effect(!exists("d")); }
CALL(link) { file("f", ""); make("f", "g"); effect(exists("g")); }
CALL(linkat) { file("f", ""); make(AT_FDCWD, "f", AT_FDCWD, "g", 0L); effect(exists("g")); }
CALL(unlink) { file("f", ""); make("f"); effect(!exists("f")); }
CALL(unlinkat) { file("f", ""); make(AT_FDCWD, "f", 0L); effect(!exists("f")); }
CALL(symlink) { make("f", "g"); effect(exists("g")); }
CALL(symlinkat) { make("f", AT_FDCWD, "g"); effect(exists("g")); }
CALL(readlink) { require(symlink("f", "g") == 0, "symlink"); make("g", out, 100L); effect(filled()); }
CALL(readlinkat) { require(symlink("f", "g") == 0, "symlink"); make(AT_FDCWD, "g", out, 100L); effect(filled()); }
CALL(chmod) { file("f", ""); make("f", 0700L); effect((status_of("f").st_mode & 0777) == 0700); }
CALL(fchmod) { make(file("f", ""), 0700L); effect((status_of("f").st_mode & 0777) == 0700); }
CALL(fchmodat) { file("f", ""); make(AT_FDCWD, "f", 0700L); effect((status_of("f").st_mode & 0777) == 0700); }
CALL(fchmodat2) { file("f", ""); make(AT_FDCWD, "f", 0700L, 0L); effect((status_of("f").st_mode & 0777) == 0700); }
CALL(chown) { file("f", ""); make("f", OWNER, OWNER); effect(status_of("f").st_uid == OWNER); }
CALL(fchown) { make(file("f", ""), OWNER, OWNER); effect(status_of("f").st_uid == OWNER); }
CALL(lchown) { file("f", ""); make("f", OWNER, OWNER); effect(status_of("f").st_uid == OWNER); }
CALL(fchownat) { file("f", ""); make(AT_FDCWD, "f", OWNER, OWNER, 0L); effect(status_of("f").st_uid == OWNER); }
CALL(umask) { make(077L); effect(umask(0) == 077); }
CALL(mknod) { make("p", S_IFIFO | 0600L, 0L); effect(exists("p")); }
CALL(mknodat) { make(AT_FDCWD, "p", S_IFIFO | 0600L, 0L); effect(exists("p")); }
CALL(utime) { long times[2] = { 1000, 1000 }; file("f", ""); make("f", times); effect(status_of("f").st_mtime == 1000); }
CALL(utimes) { long times[4] = { 1000, 0, 1000, 0 }; file("f", ""); make("f", times); effect(status_of("f").st_mtime == 1000); }
CALL(futimesat) { long times[4] = { 1000, 0, 1000, 0 }; file("f", ""); make(AT_FDCWD, "f", times); effect(status_of("f").st_mtime == 1000); }
CALL(utimensat) { long times[4] = { 1000, 0, 1000, 0 }; file("f", ""); make(AT_FDCWD, "f", times, 0L); effect(status_of("f").st_mtime == 1000); }
CALL(statfs) { make(".", out); effect(filled()); }
CALL(fstatfs) { make(file("f", ""), out); effect(filled()); }
CALL(ustat) { make(status_of(".").st_dev, out); effect(filled()); }
CALL(getdents) { make(open(".", O_RDONLY), out, 4096L); effect(filled()); }
CALL(getdents64) { make(open(".", O_RDONLY), out, 4096L); effect(filled()); }

/* Extended attributes: trusted ones, which every file system with attributes keeps. */
#define ATTRIBUTE "trusted.a"

static int attribute(const char *name)
{
	return syscall(SYS_lgetxattr, name, ATTRIBUTE, NULL, 0) >= 0;
}

static int file_with_attribute(void)
{
	int fd = file("f", "");

	require(syscall(SYS_setxattr, "f", ATTRIBUTE, "v", 1, 0) == 0, "setxattr");
	return fd;
}

struct xattr_arguments {
	unsigned long value;
	unsigned int size, flags;
};

CALL(setxattr) { file("f", ""); make("f", ATTRIBUTE, "v", 1L, 0L); effect(attribute("f")); }
CALL(lsetxattr) { file("f", ""); make("f", ATTRIBUTE, "v", 1L, 0L); effect(attribute("f")); }
CALL(fsetxattr) { make(file("f", ""), ATTRIBUTE, "v", 1L, 0L); effect(attribute("f")); }
CALL(setxattrat)
{
	struct xattr_arguments a = { (unsigned long)"v", 1, 0 };

	file("f", "");
	make(AT_FDCWD, "f", 0L, ATTRIBUTE, &a, sizeof(a));
	effect(attribute("f"));
}
CALL(getxattr) { file_with_attribute(); make("f", ATTRIBUTE, out, 100L); effect(filled()); }
CALL(lgetxattr) { file_with_attribute(); make("f", ATTRIBUTE, out, 100L); effect(filled()); }
CALL(fgetxattr) { make(file_with_attribute(), ATTRIBUTE, out, 100L); effect(filled()); }
CALL(getxattrat)
{
	struct xattr_arguments a = { (unsigned long)out, 100, 0 };

	file_with_attribute();
	make(AT_FDCWD, "f", 0L, ATTRIBUTE, &a, sizeof(a));
	effect(filled());
}
CALL(listxattr) { file_with_attribute(); make("f", out, 100L); effect(filled()); }
CALL(llistxattr) { file_with_attribute(); make("f", out, 100L); effect(filled()); }
CALL(flistxattr) { make(file_with_attribute(), out, 100L); effect(filled()); }
CALL(listxattrat) { file_with_attribute(); make(AT_FDCWD, "f", 0L, out, 100L); effect(filled()); }
CALL(removexattr) { file_with_attribute(); make("f", ATTRIBUTE); effect(!attribute("f")); }
CALL(lremovexattr) { file_with_attribute(); make("f", ATTRIBUTE); effect(!attribute("f")); }
CALL(fremovexattr) { make(file_with_attribute(), ATTRIBUTE); effect(!attribute("f")); }
CALL(removexattrat) { file_with_attribute(); make(AT_FDCWD, "f", 0L, ATTRIBUTE); effect(!attribute("f")); }

struct handle {
	unsigned int bytes;
	int type;
	char handle[128];
};

CALL(name_to_handle_at)
{
	struct handle h = { .bytes = sizeof(h.handle) };
	int mount_id;

	file("f", "");
	make(AT_FDCWD, "f", &h, &mount_id, 0L);
	effect(h.bytes != sizeof(h.handle));
}
CALL(open_by_handle_at)
{
	struct handle h = { .bytes = sizeof(h.handle) };
	int mount_id, fd = file("f", "");

	require(syscall(SYS_name_to_handle_at, AT_FDCWD, "f", &h, &mount_id, 0) == 0, "name_to_handle_at");
	opens();
	make(fd, &h, O_RDONLY);
	opened();
}

/* Mounts, in a namespace of the program's own. */
static void mounted(const char *name)
{
	require(mount("none", name, "tmpfs", 0, NULL) == 0, "mount");
}

static int file_system(void)
{
	int fd = syscall(SYS_fsopen, "tmpfs", 0);

	require(fd >= 0, "fsopen");
	return fd;
}

static int unattached(void)
{
	int fs = file_system();

	require(syscall(SYS_fsconfig, fs, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0) == 0, "fsconfig");
	int fd = syscall(SYS_fsmount, fs, 0, 0);
	require(fd >= 0, "fsmount");
	return fd;
}

CALL(mount) { folder("d"); make("none", "d", "tmpfs", 0L, 0L); effect(!exists("d/inside")); }
CALL(umount2) { folder("d"); mounted("d"); make("d", 0L); effect(exists("d/inside")); }
CALL(pivot_root)
{
	require(unshare(CLONE_NEWNS) == 0 && mkdir("d", 0755) == 0, "unshare");
	mounted("d");
	require(mkdir("d/old", 0755) == 0, "mkdir");
	make("d", "d/old");
	effect(exists("/old"));
}
OPENS(open_tree, AT_FDCWD, ".", 1L /* OPEN_TREE_CLONE */)
CALL(open_tree_attr)
{
	long attributes[4] = { 1 /* MOUNT_ATTR_RDONLY */ };

	opens();
	make(AT_FDCWD, ".", 1L /* OPEN_TREE_CLONE */, attributes, sizeof(attributes));
	opened();
}
CALL(move_mount) { folder("d"); make(unattached(), "", AT_FDCWD, "d", 4L /* MOVE_MOUNT_F_EMPTY_PATH */); effect(!exists("d/inside")); }
OPENS(fsopen, "tmpfs", 0L)
CALL(fsconfig)
{
	int fs = file_system();

	make(fs, 6L /* FSCONFIG_CMD_CREATE */, 0L, 0L, 0L);
	effect(syscall(SYS_fsconfig, fs, 6, NULL, NULL, 0) < 0);
}
CALL(fsmount)
{
	int fs = file_system();

	require(syscall(SYS_fsconfig, fs, 6, NULL, NULL, 0) == 0, "fsconfig");
	opens();
	make(fs, 0L, 0L);
	opened();
}
CALL(fspick) { mkdir("d", 0755); mounted("d"); opens(); make(AT_FDCWD, "d", 0L); opened(); }
CALL(mount_setattr)
{
	long attributes[4] = { 1 /* MOUNT_ATTR_RDONLY */ };

	mkdir("d", 0755);
	mounted("d");
	make(AT_FDCWD, "d", 0L, attributes, sizeof(attributes));
	effect(mkdir("d/new", 0755) < 0 && errno == EROFS);
}

/* struct mnt_id_req of Linux 6.8. */
struct mount_request {
	unsigned int size, spare;
	unsigned long mount, parameter;
};

CALL(statmount)
{
	unsigned long facts[32] = { 0 };
	struct mount_request r = { .size = 24, .parameter = 2 /* STATMOUNT_MNT_BASIC */ };

	/* STATX_MNT_ID_UNIQUE; stx_mnt_id is at 0x90. */
	require(syscall(SYS_statx, AT_FDCWD, ".", 0, 0x4000, facts) == 0, "statx");
	r.mount = facts[0x90 / 8];
	make(&r, out, 4096L, 0L);
	effect(filled());
}
CALL(listmount)
{
	struct mount_request r = { .size = 24, .mount = ~0UL /* LSMT_ROOT */ };

	make(&r, out, 100L, 0L);
	effect(filled());
}
