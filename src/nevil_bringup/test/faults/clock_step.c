// Copyright 2026 Nevil contributors
//
// Licensed under the Apache License, Version 2.0 (the "License");
// you may not use this file except in compliance with the License.
// You may obtain a copy of the License at
//
//     http://www.apache.org/licenses/LICENSE-2.0
//
// Unless required by applicable law or agreed to in writing, software
// distributed under the License is distributed on an "AS IS" BASIS,
// WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
// See the License for the specific language governing permissions and
// limitations under the License.

// Preloaded into every process of a robot, this makes its wall clock differ from the machine's by
// the seconds in the file NEVIL_TEST_CLOCK, at once when they change. The monotonic clock stays.
// (libfaketime 0.9.10, which Debian and Ubuntu have, breaks the sleep of Python 3.11 and later.)

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef int (*timed_wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

static const volatile int64_t none = 0;
static const volatile int64_t * offset_s = &none;
static timed_wait real_wait;

__attribute__((constructor)) static void set_up(void)
{
  const char * path = getenv("NEVIL_TEST_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file >= 0) {
    void * page = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) {
      offset_s = page;
    }
    close(file);
  }
}

int clock_gettime(clockid_t clock, struct timespec * now)
{
  int result = syscall(SYS_clock_gettime, clock, now);
  if (!result && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    now->tv_sec += *offset_s;
  }
  return result;
}

int gettimeofday(struct timeval * restrict now, void * restrict zone)
{
  (void)zone;
  struct timespec precise;
  int result = clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return result;
}

time_t time(time_t * where)
{
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (where) {
    *where = now.tv_sec;
  }
  return now.tv_sec;
}

// A deadline of more than 30 years is one of the wall clock, others are of the monotonic clock.
int pthread_cond_timedwait(
  pthread_cond_t * restrict condition, pthread_mutex_t * restrict mutex,
  const struct timespec * restrict deadline)
{
  if (!real_wait) {
    void * found = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    real_wait = (timed_wait)(found ? found : dlsym(RTLD_NEXT, "pthread_cond_timedwait"));
  }
  struct timespec machine = *deadline;
  if (machine.tv_sec > 1000000000) {
    machine.tv_sec -= *offset_s;
  }
  return real_wait(condition, mutex, &machine);
}
