/*
 * A double of libnccl and of the CUDA driver's few functions that go with it, over host memory: ranks may be threads or
 * processes of one machine and meet in POSIX shared memory. As in the originals, calls return before their work is done;
 * a rank that dies, hangs or aborts is never noticed by the others; and an aborted operation looks complete.
 *
 * Sums are added in the order of ranks; those of bfloat16 are rounded after each addition.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { SUCCESS = 0, SYSTEM_ERROR = 2, INVALID_ARGUMENT = 4, INVALID_USAGE = 5, REMOTE_ERROR = 6, IN_PROGRESS = 7 };
enum { ID_BYTES = 128, MOST_RANKS = 16, CHUNK = 1 << 16 };
enum { FLOAT32 = 7, BFLOAT16 = 9 };

typedef struct {
  char internal[ID_BYTES];
} unique_id;

typedef struct {
  size_t size;
  unsigned magic;
  unsigned version;
  int blocking;
} config;

/* What the ranks share; zeros at first. */
typedef struct {
  atomic_uint arrived;
  atomic_uint round;
  size_t counts[MOST_RANKS];
  int types[MOST_RANKS];
  union {
    float floats[CHUNK];
    uint16_t halves[CHUNK];
  } slots[MOST_RANKS];
} meeting;

/* The default stream of a GPU: here, one for each thread. */
typedef struct {
  atomic_int pending;
} stream;

typedef struct {
  bool sums;
  int type;
  char *elements;
  size_t count;
  int root;
  stream *on;
} operation;

typedef struct {
  char name[ID_BYTES];
  meeting *shared;
  int rank;
  int size;
  pthread_t worker;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  operation next;
  bool told;
  atomic_bool aborted;
  atomic_int state;
} communicator;

/* Faults that a test plants, as its enum names them. */
enum { NO_FAULT, FAILS_LATER, FAILS_AT_ONCE, NEVER_MADE, HOST_MEMORY, NO_ID, GPU_TWICE, HANGS_MIDWAY };
static atomic_int fault = NO_FAULT;
static atomic_int communicators = 0;

void ncclDoublePlant(int kind) { fault = kind; }

/* Communicators that were made and not yet given up. */
int ncclDoubleOpen(void) { return communicators; }

static _Thread_local stream *own_stream = NULL;
static _Thread_local void *context = NULL;

/* --- ranks ---------------------------------------------------------------------------------------------------------- */

static void doze(void) {
  struct timespec moment = {0, 20000};
  nanosleep(&moment, NULL);
}

/* Waits for all ranks; false if this one was aborted meanwhile. */
static bool meet(communicator *c) {
  unsigned mine = atomic_load(&c->shared->round);
  if (atomic_fetch_add(&c->shared->arrived, 1) + 1 == (unsigned)c->size) {
    atomic_store(&c->shared->arrived, 0);
    atomic_fetch_add(&c->shared->round, 1);
    return true;
  }
  while (atomic_load(&c->shared->round) == mine) {
    if (c->aborted) {
      return false;
    }
    doze();
  }
  return true;
}

static void hang(communicator *c) {
  while (!c->aborted) {
    doze();
  }
}

static bool same_sizes(communicator *c) {
  for (int rank = 0; rank < c->size; rank++) {
    if (c->shared->counts[rank] != c->shared->counts[c->rank] || c->shared->types[rank] != c->shared->types[c->rank]) {
      return false;
    }
  }
  return true;
}

static size_t element_bytes(const operation *o) { return o->type == BFLOAT16 ? sizeof(uint16_t) : sizeof(float); }

static float widened(uint16_t half) {
  uint32_t bits = (uint32_t)half << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* To the nearest; of two that are as near, to the even one. */
static uint16_t rounded(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if (value != value) {
    return 0x7fc0;
  }
  uint32_t below = bits & 0xffff;
  uint16_t half = (uint16_t)(bits >> 16);
  bool up = below > 0x8000 || (below == 0x8000 && half % 2 == 1);
  return (uint16_t)(half + up);
}

static void sum_floats(communicator *c, float *to, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float sum = c->shared->slots[0].floats[i];
    for (int rank = 1; rank < c->size; rank++) {
      sum += c->shared->slots[rank].floats[i];
    }
    to[i] = sum;
  }
}

static void sum_halves(communicator *c, uint16_t *to, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint16_t sum = c->shared->slots[0].halves[i];
    for (int rank = 1; rank < c->size; rank++) {
      sum = rounded(widened(sum) + widened(c->shared->slots[rank].halves[i]));
    }
    to[i] = sum;
  }
}

static void run_chunk(communicator *c, const operation *o, void *to, size_t count) {
  if (!o->sums) {
    memcpy(to, &c->shared->slots[o->root], count * element_bytes(o));
  } else if (o->type == BFLOAT16) {
    sum_halves(c, to, count);
  } else {
    sum_floats(c, to, count);
  }
}

static void run(communicator *c, const operation *o) {
  c->shared->counts[c->rank] = o->count;
  c->shared->types[c->rank] = o->type;
  if (!meet(c)) {
    return;
  }
  if (!same_sizes(c)) {
    hang(c);
    return;
  }
  for (size_t at = 0; at < o->count; at += CHUNK) {
    size_t count = o->count - at < CHUNK ? o->count - at : CHUNK;
    char *elements = o->elements + at * element_bytes(o);
    if (o->sums || c->rank == o->root) {
      memcpy(&c->shared->slots[c->rank], elements, count * element_bytes(o));
    }
    if (!meet(c)) {
      return;
    }
    run_chunk(c, o, elements, count);
    if (!meet(c)) {
      return;
    }
    int once = HANGS_MIDWAY;
    if (atomic_compare_exchange_strong(&fault, &once, NO_FAULT)) {
      hang(c);
      return;
    }
  }
}

static void *work(void *argument) {
  communicator *c = argument;
  if (fault == NEVER_MADE) {
    hang(c);
  }
  if (meet(c)) {
    /* All have it: whoever dies now leaves nothing behind. */
    shm_unlink(c->name);
    atomic_store(&c->state, SUCCESS);
  }
  pthread_mutex_lock(&c->lock);
  while (!c->aborted) {
    if (!c->told) {
      pthread_cond_wait(&c->changed, &c->lock);
      continue;
    }
    c->told = false;
    operation o = c->next;
    pthread_mutex_unlock(&c->lock);
    int once = FAILS_LATER;
    if (atomic_compare_exchange_strong(&fault, &once, NO_FAULT)) {
      atomic_store(&c->state, REMOTE_ERROR);
      hang(c);
    } else {
      atomic_store(&c->state, SUCCESS);
      run(c, &o);
    }
    atomic_fetch_sub(&o.on->pending, 1);
    pthread_mutex_lock(&c->lock);
  }
  pthread_mutex_unlock(&c->lock);
  return NULL;
}

/* --- nccl.h --------------------------------------------------------------------------------------------------------- */

int ncclGetVersion(int *version) {
  *version = 22703;
  return SUCCESS;
}

int ncclGetUniqueId(unique_id *id) {
  static atomic_uint made = 0;
  struct timespec now;
  if (fault == NO_ID) {
    return SYSTEM_ERROR;
  }
  clock_gettime(CLOCK_REALTIME, &now);
  memset(id, 0, sizeof *id);
  snprintf(id->internal, sizeof id->internal, "/nccl-double-%d-%u-%ld%09ld", getpid(), made++, (long)now.tv_sec, now.tv_nsec);
  return SUCCESS;
}

int ncclCommInitRankConfig(communicator **made, int size, unique_id id, int rank, const config *how) {
  if (how->size < 20 || how->magic != 0xcafebeef || how->version < 21400 || how->blocking != 0) {
    return INVALID_ARGUMENT;
  }
  if (size > MOST_RANKS || rank < 0 || rank >= size || context == NULL || fault == GPU_TWICE) {
    return INVALID_USAGE;
  }
  /* The first one to come makes it. */
  int file = shm_open(id.internal, O_CREAT | O_RDWR, 0600);
  if (file < 0 || ftruncate(file, sizeof(meeting)) != 0) {
    return SYSTEM_ERROR;
  }
  void *shared = mmap(NULL, sizeof(meeting), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  communicator *c = calloc(1, sizeof *c);
  if (shared == MAP_FAILED || c == NULL) {
    return SYSTEM_ERROR;
  }
  memcpy(c->name, id.internal, ID_BYTES);
  c->shared = shared;
  c->rank = rank;
  c->size = size;
  c->state = IN_PROGRESS;
  pthread_mutex_init(&c->lock, NULL);
  pthread_cond_init(&c->changed, NULL);
  pthread_create(&c->worker, NULL, work, c);
  communicators++;
  *made = c;
  return IN_PROGRESS;
}

static int tell(communicator *c, operation o, void *on) {
  if (c->state != SUCCESS || on != NULL || context == NULL) {
    return INVALID_USAGE;
  }
  int once = FAILS_AT_ONCE;
  if (atomic_compare_exchange_strong(&fault, &once, NO_FAULT)) {
    return SYSTEM_ERROR;
  }
  if (own_stream == NULL) {
    own_stream = calloc(1, sizeof *own_stream);
  }
  o.on = own_stream;
  pthread_mutex_lock(&c->lock);
  atomic_fetch_add(&o.on->pending, 1);
  atomic_store(&c->state, IN_PROGRESS);
  c->next = o;
  c->told = true;
  pthread_cond_signal(&c->changed);
  pthread_mutex_unlock(&c->lock);
  return IN_PROGRESS;
}

int ncclAllReduce(const void *from, void *to, size_t count, int type, int how, communicator *c, void *on) {
  if (from != to || (type != FLOAT32 && type != BFLOAT16) || how != 0) {
    return INVALID_ARGUMENT;
  }
  return tell(c, (operation){true, type, to, count, 0, NULL}, on);
}

int ncclBroadcast(const void *from, void *to, size_t count, int type, int root, communicator *c, void *on) {
  if (from != to || type != FLOAT32 || root < 0 || root >= c->size) {
    return INVALID_ARGUMENT;
  }
  return tell(c, (operation){false, type, to, count, root, NULL}, on);
}

int ncclCommGetAsyncError(communicator *c, int *result) {
  *result = c->state;
  return SUCCESS;
}

int ncclCommAbort(communicator *c) {
  pthread_mutex_lock(&c->lock);
  c->aborted = true;
  pthread_cond_signal(&c->changed);
  pthread_mutex_unlock(&c->lock);
  pthread_join(c->worker, NULL);
  shm_unlink(c->name);
  munmap(c->shared, sizeof(meeting));
  free(c);
  communicators--;
  return SUCCESS;
}

const char *ncclGetErrorString(int result) {
  switch (result) {
    case SYSTEM_ERROR: return "unhandled system error";
    case INVALID_ARGUMENT: return "invalid argument";
    case INVALID_USAGE: return "invalid usage";
    case REMOTE_ERROR: return "remote process exited or there was a network error";
    default: return "no error";
  }
}

const char *ncclGetLastError(communicator *c) {
  (void)c;
  return "";
}

/* --- cuda.h --------------------------------------------------------------------------------------------------------- */

enum { INVALID_VALUE = 1, INVALID_CONTEXT = 201, NOT_READY = 600 };

int cuInit(unsigned flags) { return flags; }

int cuPointerGetAttribute(int *value, int attribute, const void *address) {
  if (fault == HOST_MEMORY || address == NULL) {
    return INVALID_VALUE;
  }
  *value = attribute == 2 ? 2 : 0;
  return SUCCESS;
}

/* None to compute on: the trainers of whole runs keep their tensors in ordinary memory. */
int cuDeviceGetCount(int *count) {
  *count = 0;
  return SUCCESS;
}

int cuDeviceGet(int *device, int ordinal) {
  *device = ordinal;
  return SUCCESS;
}

int cuDevicePrimaryCtxRetain(void **retained, int device) {
  static char contexts[MOST_RANKS];
  *retained = &contexts[device];
  return SUCCESS;
}

int cuCtxSetCurrent(void *one) {
  context = one;
  return SUCCESS;
}

int cuStreamQuery(void *on) {
  if (context == NULL || on != NULL) {
    return INVALID_CONTEXT;
  }
  return own_stream != NULL && atomic_load(&own_stream->pending) > 0 ? NOT_READY : SUCCESS;
}

int cuGetErrorName(int error, const char **name) {
  *name = error == INVALID_CONTEXT ? "CUDA_ERROR_INVALID_CONTEXT" : "CUDA_ERROR_INVALID_VALUE";
  return SUCCESS;
}
