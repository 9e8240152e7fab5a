/* Counts what a process changes on the disk, and can kill it at one of these steps, let writes fail as on
   a full disk, or write every step down. Preloaded by steps.py; off until steps_begin is called. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN = 1, WRITE, CUT, SYNC, RENAME, UNLINK, MKDIR, RMDIR, SYMLINK, LINK, NOTE };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static char below[PATH_MAX];
static size_t below_length;
static int is_on, log_fd = -1;
static long steps, growths, kill_at, full_from, full_to;

static int is_below(const char *path) {
    return strncmp(path, below, below_length) == 0 && (path[below_length] == '/' || !path[below_length]);
}

/* The absolute path of a name; false if nothing there is counted. */
static int resolve(int at, const char *name, char *path) {
    if (!is_on || !name) return 0;
    if (name[0] == '/') {
        snprintf(path, PATH_MAX, "%s", name);
    } else {
        char link[64], folder[PATH_MAX];
        if (at == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
        else snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t length = readlink(link, folder, sizeof folder - 1);
        if (length < 0) return 0;
        folder[length] = 0;
        if (snprintf(path, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX) return 0;
    }
    return is_below(path);
}

static int resolve_fd(int fd, char *path) {
    char link[64];
    if (!is_on || fd == log_fd) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_below(path);
}

static void put(const void *data, size_t length) {
    const char *left = data;
    while (length) {
        ssize_t done = syscall(SYS_write, log_fd, left, length);
        if (done <= 0) abort();
        left += done;
        length -= done;
    }
}

/* One step, as steps.py reads it: six numbers, two paths, data. */
static void record(int64_t what, int64_t ino, int64_t offset, const char *path, const char *other,
                   const void *data, size_t length) {
    if (log_fd < 0) return;
    int64_t head[6] = {what, ino, offset, strlen(path), strlen(other), data ? length : 0};
    put(head, sizeof head);
    put(path, head[3]);
    put(other, head[4]);
    if (data) put(data, length);
}

static void step(void) {
    if (++steps == kill_at) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
}

/* Whether a step that needs space finds none. */
static int is_full(void) {
    growths++;
    if (full_from && growths >= full_from && growths <= full_to) {
        errno = ENOSPC;
        return 1;
    }
    return 0;
}

static int64_t ino_of(int fd) {
    struct stat found;
    return fstat(fd, &found) ? 0 : (int64_t)found.st_ino;
}

#define LOCK pthread_mutex_lock(&turn)
#define DONE(result) do { int kept = errno; pthread_mutex_unlock(&turn); errno = kept; return result; } while (0)

void steps_begin(const char *folder, long kill_step, long first_full, long last_full, const char *log) {
    snprintf(below, sizeof below, "%s", folder);
    below_length = strlen(below);
    steps = growths = 0;
    kill_at = kill_step;
    full_from = first_full;
    full_to = last_full;
    log_fd = log && *log ? syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    is_on = 1;
}

void steps_end(void) { is_on = 0; }
long steps_taken(void) { return steps; }
long steps_growing(void) { return growths; }

void steps_note(const char *text) {
    LOCK;
    if (is_on) record(NOTE, 0, 0, "", "", text, strlen(text));
    pthread_mutex_unlock(&turn);
}

static int open_real(int at, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX];
    struct stat before;
    if (!(flags & (O_CREAT | O_TRUNC)) || (flags & O_TMPFILE) == O_TMPFILE || !resolve(at, name, path))
        return syscall(SYS_openat, at, name, flags, mode);
    LOCK;
    int is_there = fstatat(at, name, &before, 0) == 0;
    if (is_there && !(flags & O_TRUNC)) {
        int fd = syscall(SYS_openat, at, name, flags, mode);
        DONE(fd);
    }
    step();
    if (!is_there && is_full()) DONE(-1);
    int fd = syscall(SYS_openat, at, name, flags, mode);
    if (fd >= 0) record(OPEN, ino_of(fd), !is_there, path, "", NULL, 0);
    DONE(fd);
}

#define MODE(flags) mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, int); va_end(more); }

int open(const char *name, int flags, ...) { MODE(flags) return open_real(AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE(flags) return open_real(AT_FDCWD, name, flags, mode); }
int openat(int at, const char *name, int flags, ...) { MODE(flags) return open_real(at, name, flags, mode); }
int openat64(int at, const char *name, int flags, ...) { MODE(flags) return open_real(at, name, flags, mode); }

/* A kill can cut a large write; so half of it is a step of its own. */
static ssize_t write_at(int fd, const void *data, size_t length, off_t offset, int is_placed) {
    char path[PATH_MAX];
    if (!resolve_fd(fd, path))
        return is_placed ? syscall(SYS_pwrite64, fd, data, length, offset) : syscall(SYS_write, fd, data, length);
    LOCK;
    step();
    if (is_full()) DONE(-1);
    if (!is_placed) offset = lseek(fd, 0, SEEK_CUR);
    if (!is_placed && fcntl(fd, F_GETFL) & O_APPEND) offset = lseek(fd, 0, SEEK_END);
    if (length > 1 && steps + 1 == kill_at) {
        syscall(SYS_pwrite64, fd, data, length / 2, offset);
    }
    step();
    ssize_t done = is_placed ? syscall(SYS_pwrite64, fd, data, length, offset) : syscall(SYS_write, fd, data, length);
    if (done > 0) record(WRITE, ino_of(fd), offset, path, "", data, done);
    DONE(done);
}

ssize_t write(int fd, const void *data, size_t length) { return write_at(fd, data, length, 0, 0); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t at) { return write_at(fd, data, length, at, 1); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) { return write_at(fd, data, length, at, 1); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    char path[PATH_MAX];
    if (!resolve_fd(fd, path)) return syscall(SYS_writev, fd, parts, count);
    ssize_t all = 0;
    for (int each = 0; each < count; each++) {
        ssize_t done = write_at(fd, parts[each].iov_base, parts[each].iov_len, 0, 0);
        if (done < 0) return all ? all : -1;
        all += done;
    }
    return all;
}

/* Copies within the kernel are refused where they are counted: callers fall back to reads and writes. */
ssize_t sendfile(int out, int in, off_t *offset, size_t count) {
    char path[PATH_MAX];
    if (resolve_fd(out, path)) { errno = ENOSYS; return -1; }
    return syscall(SYS_sendfile, out, in, offset, count);
}
ssize_t sendfile64(int out, int in, off64_t *offset, size_t count) { return sendfile(out, in, offset, count); }
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t count, unsigned flags) {
    char path[PATH_MAX];
    if (resolve_fd(out, path)) { errno = ENOSYS; return -1; }
    return syscall(SYS_copy_file_range, in, from, out, to, count, flags);
}

static int cut(int fd, off_t length) {
    char path[PATH_MAX];
    struct stat before;
    if (!resolve_fd(fd, path)) return syscall(SYS_ftruncate, fd, length);
    LOCK;
    step();
    if (fstat(fd, &before) == 0 && length > before.st_size && is_full()) DONE(-1);
    int failed = syscall(SYS_ftruncate, fd, length);
    if (!failed) record(CUT, ino_of(fd), length, path, "", NULL, 0);
    DONE(failed);
}
int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

static int sync_real(int fd) {
    char path[PATH_MAX];
    if (!resolve_fd(fd, path)) return 0; /* what is checked soon needs no disk, counted or not */
    LOCK;
    step();
    record(SYNC, ino_of(fd), 0, path, "", NULL, 0);
    DONE(0);
}
int fsync(int fd) { return sync_real(fd); }
int fdatasync(int fd) { return sync_real(fd); }

static int rename_real(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    char path[PATH_MAX], other[PATH_MAX];
    int is_counted = resolve(from_at, from, path) | resolve(to_at, to, other);
    if (!is_counted) return syscall(SYS_renameat2, from_at, from, to_at, to, flags);
    LOCK;
    step();
    if (is_full()) DONE(-1);
    int failed = syscall(SYS_renameat2, from_at, from, to_at, to, flags);
    if (!failed) record(RENAME, 0, 0, path, other, NULL, 0);
    DONE(failed);
}
int rename(const char *from, const char *to) { return rename_real(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return rename_real(a, from, b, to, 0); }
int renameat2(int a, const char *from, int b, const char *to, unsigned f) { return rename_real(a, from, b, to, f); }

static int unlink_real(int at, const char *name, int flags) {
    char path[PATH_MAX];
    if (!resolve(at, name, path)) return syscall(SYS_unlinkat, at, name, flags);
    LOCK;
    step();
    int failed = syscall(SYS_unlinkat, at, name, flags);
    if (!failed) record(flags & AT_REMOVEDIR ? RMDIR : UNLINK, 0, 0, path, "", NULL, 0);
    DONE(failed);
}
int unlink(const char *name) { return unlink_real(AT_FDCWD, name, 0); }
int unlinkat(int at, const char *name, int flags) { return unlink_real(at, name, flags); }
int rmdir(const char *name) { return unlink_real(AT_FDCWD, name, AT_REMOVEDIR); }

static int mkdir_real(int at, const char *name, mode_t mode) {
    char path[PATH_MAX];
    struct stat before;
    if (!resolve(at, name, path) || fstatat(at, name, &before, 0) == 0)
        return syscall(SYS_mkdirat, at, name, mode);
    LOCK;
    step();
    if (is_full()) DONE(-1);
    int failed = syscall(SYS_mkdirat, at, name, mode);
    if (!failed) record(MKDIR, 0, 0, path, "", NULL, 0);
    DONE(failed);
}
int mkdir(const char *name, mode_t mode) { return mkdir_real(AT_FDCWD, name, mode); }
int mkdirat(int at, const char *name, mode_t mode) { return mkdir_real(at, name, mode); }

static int link_real(int64_t what, const char *to, int from_at, const char *from, int at, const char *name) {
    char path[PATH_MAX];
    int is_counted = resolve(at, name, path);
    if (is_counted) {
        LOCK;
        step();
        if (is_full()) DONE(-1);
    }
    int failed = what == SYMLINK ? syscall(SYS_symlinkat, to, at, name)
                                 : syscall(SYS_linkat, from_at, from, at, name, 0);
    if (!is_counted) return failed;
    if (!failed) record(what, 0, 0, path, what == SYMLINK ? to : from, NULL, 0);
    DONE(failed);
}
int symlink(const char *to, const char *name) { return link_real(SYMLINK, to, 0, NULL, AT_FDCWD, name); }
int symlinkat(const char *to, int at, const char *name) { return link_real(SYMLINK, to, 0, NULL, at, name); }
int link(const char *from, const char *name) { return link_real(LINK, NULL, AT_FDCWD, from, AT_FDCWD, name); }
int linkat(int a, const char *from, int b, const char *name, int flags) {
    (void)flags;
    return link_real(LINK, NULL, a, from, b, name);
}
