// Simulates the state of a disk after a power cut, in the worst case that POSIX allows: preloaded into a
// program (LD_PRELOAD), it tracks which data of one folder the program has synced.
//
//   LEMNOS_CUT_FOLDER   the folder, by its real path
//   LEMNOS_CUT_SHADOW   a folder that does not exist yet:
//                         data/<inode>   the synced data of a file
//                         names/         the folder's synced directory entries, with their synced data
//                         ready          exists when both do
//   LEMNOS_CUT_BYTES    the bytes that may be written in the folder before the disk is full; no limit if unset
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *folder, *shadow;
static long long bytes_left = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int (*real_open)(const char *, int, ...);
static int (*real_fsync)(int);
static ssize_t (*real_write)(int, const void *, size_t);

static void die(const char *what) {
  fprintf(stderr, "power-cut: %s: %s\n", what, strerror(errno));
  _exit(99);
}

static void format(char *to, const char *pattern, ...) {
  va_list arguments;
  va_start(arguments, pattern);
  if (vsnprintf(to, 4096, pattern, arguments) >= 4096) die("a path is too long");
  va_end(arguments);
}

// The part of an open file's path below the folder, "" for the folder itself; NULL for anything else.
static const char *below(int file, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t count = folder ? readlink(link, path, 4095) : -1;
  if (count < 0) return NULL;
  path[count] = 0;
  size_t length = strlen(folder);
  if (strncmp(path, folder, length) != 0 || (path[length] != '/' && path[length] != 0)) return NULL;
  return path[length] == '/' ? path + length + 1 : path + length;
}

static void data_path(char *to, ino_t inode) { format(to, "%s/data/%llu", shadow, (unsigned long long)inode); }

static void copy(const char *from, const char *to) {
  char temporary[4096], buffer[1 << 16];
  format(temporary, "%s.copy", to);
  int in = real_open(from, O_RDONLY | O_CLOEXEC), out = real_open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (in < 0 || out < 0) die(from);
  for (ssize_t count; (count = read(in, buffer, sizeof buffer)) > 0;) {
    if (real_write(out, buffer, (size_t)count) != count) die(to);
  }
  close(in);
  close(out);
  if (rename(temporary, to) != 0) die(to);
}

static void remove_tree(const char *path) {
  char command[4200];
  DIR *list = opendir(path);
  if (!list) return;
  for (struct dirent *item; (item = readdir(list));) {
    if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0) continue;
    snprintf(command, sizeof command, "%s/%s", path, item->d_name);
    if (unlink(command) != 0) remove_tree(command);
  }
  closedir(list);
  rmdir(path);
}

// Syncs a folder's names: its current names, each with the file's synced data or empty. Subfolders keep their
// synced content.
static void sync_names(const char *path) {
  char from[4096], to[4096], next[4096], source[4096], target[4096], data[4096];
  format(from, "%s/%s", folder, path);
  format(to, "%s/names/%s", shadow, path);
  format(next, "%s/next", shadow);
  remove_tree(next);
  if (mkdir(next, 0755) != 0) die(next);
  DIR *list = opendir(from);
  if (!list) die(from);
  for (struct dirent *item; (item = readdir(list));) {
    if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0) continue;
    struct stat status;
    format(source, "%s/%s", from, item->d_name);
    format(target, "%s/%s", next, item->d_name);
    if (lstat(source, &status) != 0) continue;
    if (S_ISDIR(status.st_mode)) {
      char old[4096];
      format(old, "%s/%s", to, item->d_name);
      if (rename(old, target) != 0 && mkdir(target, 0755) != 0) die(target);
    } else {
      data_path(data, status.st_ino);
      if (access(data, F_OK) == 0) copy(data, target);
      else close(real_open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    }
  }
  closedir(list);
  // At every moment either the old or the new one exists.
  if (renameat2(AT_FDCWD, next, AT_FDCWD, to, RENAME_EXCHANGE) != 0 && rename(next, to) != 0) die(to);
}

// Everything present at program start counts as synced.
static void sync_everything(const char *path) {
  char own[4096], name[4096], data[4096];
  format(own, "%s/%s", folder, path);
  DIR *list = opendir(own);
  if (!list) die(own);
  for (struct dirent *item; (item = readdir(list));) {
    if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0) continue;
    struct stat status;
    format(name, "%s/%s", own, item->d_name);
    if (lstat(name, &status) != 0 || S_ISDIR(status.st_mode)) continue;
    data_path(data, status.st_ino);
    copy(name, data);
  }
  sync_names(path);
  rewinddir(list);
  for (struct dirent *item; (item = readdir(list));) {
    if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0 || item->d_type != DT_DIR) continue;
    format(name, "%s%s%s", path, *path ? "/" : "", item->d_name);
    sync_everything(name);
  }
  closedir(list);
}

__attribute__((constructor)) static void begin(void) {
  real_open = dlsym(RTLD_NEXT, "open");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_write = dlsym(RTLD_NEXT, "write");
  const char *path = getenv("LEMNOS_CUT_FOLDER"), *limit = getenv("LEMNOS_CUT_BYTES");
  shadow = getenv("LEMNOS_CUT_SHADOW");
  if (limit) bytes_left = atoll(limit);
  if (!path || !shadow) return;
  char part[4096];
  if (mkdir(shadow, 0755) != 0) die(shadow);
  format(part, "%s/data", shadow);
  if (mkdir(part, 0755) != 0) die(part);
  format(part, "%s/names", shadow);
  if (mkdir(part, 0755) != 0) die(part);
  folder = path;
  sync_everything("");
  format(part, "%s/ready", shadow);
  close(real_open(part, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
}

// A new file may reuse the inode of a deleted one.
static int opened(int file, int flags) {
  char path[4096], data[4096];
  struct stat status;
  if (file < 0 || !(flags & (O_CREAT | O_TRUNC)) || !below(file, path)) return file;
  if (fstat(file, &status) == 0 && status.st_size == 0) {
    data_path(data, status.st_ino);
    unlink(data);
  }
  return file;
}

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  if (!real_open) real_open = dlsym(RTLD_NEXT, "open");
  return opened(real_open(path, flags, mode), flags);
}

int open64(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open(path, flags, mode);
}

ssize_t write(int file, const void *data, size_t count) {
  char path[4096];
  if (!real_write) real_write = dlsym(RTLD_NEXT, "write");
  if (bytes_left >= 0 && below(file, path)) {
    pthread_mutex_lock(&lock);
    if (bytes_left < (long long)count) count = (size_t)bytes_left;
    bytes_left -= (long long)count;
    pthread_mutex_unlock(&lock);
    if (count == 0) {
      errno = ENOSPC;
      return -1;
    }
  }
  return real_write(file, data, count);
}

int fsync(int file) {
  char path[4096], data[4096];
  struct stat status;
  const char *name = below(file, path);
  if (!name || fstat(file, &status) != 0) return real_fsync ? real_fsync(file) : 0;
  pthread_mutex_lock(&lock);
  if (S_ISDIR(status.st_mode)) {
    sync_names(name);
  } else {
    data_path(data, status.st_ino);
    copy(path, data);
  }
  pthread_mutex_unlock(&lock);
  return 0;
}

int fdatasync(int file) { return fsync(file); }
