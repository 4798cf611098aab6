// The functions of one family of MPI libraries. The file that includes this defines MPI_Comm, MPI_Request, MPI_Datatype, MPI_Info and
// MPI_Errhandler, NAME(x), the family's constants and `resolve_constants`.
#include "libraries.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

// MPI_Status, of which only MPI_Get_count reads anything: 24 bytes in Open MPI, 20 in MPICH.
typedef struct {
  _Alignas(16) char bytes[64];
} Status;

static struct {
  int (*Init_thread)(int *, char ***, int, int *);
  int (*Initialized)(int *);
  int (*Finalized)(int *);
  int (*Finalize)(void);
  int (*Comm_dup)(MPI_Comm, MPI_Comm *);
  int (*Comm_free)(MPI_Comm *);
  int (*Comm_rank)(MPI_Comm, int *);
  int (*Comm_size)(MPI_Comm, int *);
  int (*Comm_split_type)(MPI_Comm, int, int, MPI_Info, MPI_Comm *);
  int (*Comm_set_errhandler)(MPI_Comm, MPI_Errhandler);
  int (*Isend)(const void *, int, MPI_Datatype, int, int, MPI_Comm, MPI_Request *);
  int (*Irecv)(void *, int, MPI_Datatype, int, int, MPI_Comm, MPI_Request *);
  int (*Test)(MPI_Request *, int *, Status *);
  int (*Cancel)(MPI_Request *);
  int (*Request_free)(MPI_Request *);
  int (*Get_count)(const Status *, MPI_Datatype, int *);
  int (*Get_library_version)(char *, int *);
  int (*Get_processor_name)(char *, int *);
  int (*Error_string)(int, char *, int *);
} mpi;

static MPI_Comm comm_of(lemnos_mpi_handle handle) { return (MPI_Comm)(uintptr_t)handle; }
static MPI_Request request_of(lemnos_mpi_handle handle) { return (MPI_Request)(uintptr_t)handle; }
static lemnos_mpi_handle handle_of_comm(MPI_Comm comm) { return (lemnos_mpi_handle)(uintptr_t)comm; }
static lemnos_mpi_handle handle_of_request(MPI_Request request) { return (lemnos_mpi_handle)(uintptr_t)request; }

static int initialize(int *provided, lemnos_mpi_handle *world) {
  int error = mpi.Init_thread(NULL, NULL, LEMNOS_MPI_SERIALIZED, provided);
  if (error) return error;
  error = mpi.Comm_set_errhandler(NAME(comm_world), NAME(errors_return));
  if (error) return error;
  MPI_Comm own;
  // The copy inherits the error handler.
  error = mpi.Comm_dup(NAME(comm_world), &own);
  if (!error) *world = handle_of_comm(own);
  return error;
}

static int is_initialized(bool *result) {
  int flag = 0;
  int error = mpi.Initialized(&flag);
  *result = flag != 0;
  return error;
}

static int is_finalized(bool *result) {
  int flag = 0;
  int error = mpi.Finalized(&flag);
  *result = flag != 0;
  return error;
}

static int finalize(lemnos_mpi_handle *world) {
  MPI_Comm own = comm_of(*world);
  int error = mpi.Comm_free(&own);
  return error ? error : mpi.Finalize();
}

static int rank_in(lemnos_mpi_handle world, int *rank) { return mpi.Comm_rank(comm_of(world), rank); }

static int size_of(lemnos_mpi_handle world, int *size) { return mpi.Comm_size(comm_of(world), size); }

static int local(lemnos_mpi_handle world, int *rank, int *size) {
  MPI_Comm near;
  int error = mpi.Comm_split_type(comm_of(world), COMM_TYPE_SHARED, 0, NAME(info_null), &near);
  if (error) return error;
  error = mpi.Comm_rank(near, rank);
  if (!error) error = mpi.Comm_size(near, size);
  int freed = mpi.Comm_free(&near);
  return error ? error : freed;
}

static int start_send(
    lemnos_mpi_handle world, const void *bytes, int count, int rank, int tag, lemnos_mpi_handle *request) {
  MPI_Request own;
  int error = mpi.Isend(bytes, count, NAME(byte), rank, tag, comm_of(world), &own);
  if (!error) *request = handle_of_request(own);
  return error;
}

static int start_receive(
    lemnos_mpi_handle world, void *bytes, int count, int rank, int tag, lemnos_mpi_handle *request) {
  MPI_Request own;
  int error = mpi.Irecv(bytes, count, NAME(byte), rank, tag, comm_of(world), &own);
  if (!error) *request = handle_of_request(own);
  return error;
}

static int test(lemnos_mpi_handle *request, bool *done, int *count) {
  MPI_Request own = request_of(*request);
  int flag = 0;
  Status status;
  int error = mpi.Test(&own, &flag, &status);
  *request = handle_of_request(own);
  *done = flag != 0;
  return error || !flag ? error : mpi.Get_count(&status, NAME(byte), count);
}

static int cancel(lemnos_mpi_handle *request) {
  MPI_Request own = request_of(*request);
  int error = mpi.Cancel(&own);
  if (!error) error = mpi.Request_free(&own);
  *request = handle_of_request(own);
  return error;
}


static int library_version(char text[LEMNOS_MPI_TEXT]) {
  int length = 0;
  return mpi.Get_library_version(text, &length);
}

static int processor_name(char text[LEMNOS_MPI_TEXT]) {
  int length = 0;
  return mpi.Get_processor_name(text, &length);
}

static int error_text(int error, char text[LEMNOS_MPI_TEXT]) {
  int length = 0;
  return mpi.Error_string(error, text, &length);
}

static const lemnos_mpi table = {
    FAMILY,     initialize,    is_initialized, is_finalized, finalize,  rank_in,         size_of,        local,
    start_send, start_receive, test,           cancel,       library_version, processor_name, error_text,
};

const lemnos_mpi *NAME(resolve)(void *library, char reason[LEMNOS_MPI_TEXT]) {
#define RESOLVE(function) \
  if (!(*(void **)&mpi.function = dlsym(library, "MPI_" #function))) { \
    snprintf(reason, LEMNOS_MPI_TEXT, "it has no MPI_%s", #function); \
    return NULL; \
  }
  RESOLVE(Init_thread)
  RESOLVE(Initialized)
  RESOLVE(Finalized)
  RESOLVE(Finalize)
  RESOLVE(Comm_dup)
  RESOLVE(Comm_free)
  RESOLVE(Comm_rank)
  RESOLVE(Comm_size)
  RESOLVE(Comm_split_type)
  RESOLVE(Comm_set_errhandler)
  RESOLVE(Isend)
  RESOLVE(Irecv)
  RESOLVE(Test)
  RESOLVE(Cancel)
  RESOLVE(Request_free)
  RESOLVE(Get_count)
  RESOLVE(Get_library_version)
  RESOLVE(Get_processor_name)
  RESOLVE(Error_string)
#undef RESOLVE
  return resolve_constants(library, reason) ? &table : NULL;
}
