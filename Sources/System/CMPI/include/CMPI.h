// MPI, opened at run time: one build works with Open MPI, with MPICH and its descendants (Intel MPI, MVAPICH), and without any.
//
// MPI standardizes names, not binaries: handles are addresses in Open MPI and integers in MPICH, and constants differ. So each
// is called through a table of its own, made from one source (functions.h) with the types and constants of that library
// (open-mpi.c, mpich.c). Those were compared with the headers of Open MPI 4.1.4 and MPICH 4.0.2; Open MPI keeps its ABI from
// 4.0 to 5, MPICH since 3.1 by the MPICH ABI Compatibility Initiative.
#ifndef LEMNOS_CMPI_H
#define LEMNOS_CMPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A request or communicator: an address in Open MPI, an int in MPICH.
typedef uint64_t lemnos_mpi_handle;

typedef enum { LEMNOS_OPEN_MPI, LEMNOS_MPICH } lemnos_mpi_family;

// The greatest lengths of texts, with their final zero, of any of these libraries.
enum { LEMNOS_MPI_TEXT = 8192 };

// The threads that may call at a time: MPI_THREAD_SERIALIZED, one of several.
enum { LEMNOS_MPI_SERIALIZED = 2 };

// Functions of the library; those that return int return 0, or an error code for `error_text`.
typedef struct {
  lemnos_mpi_family family;

  // Starts MPI, with errors returned instead of ending the process, and makes a communicator of all ranks for ourselves, so
  // that messages of other code in this process are never taken for ours. `provided` is the level of threads.
  int (*initialize)(int *provided, lemnos_mpi_handle *world);
  int (*is_initialized)(bool *result);
  int (*is_finalized)(bool *result);
  int (*finalize)(lemnos_mpi_handle *world);
  int (*rank)(lemnos_mpi_handle world, int *rank);
  int (*size)(lemnos_mpi_handle world, int *size);
  // Among the ranks that share memory with this one.
  int (*local)(lemnos_mpi_handle world, int *rank, int *size);

  int (*start_send)(lemnos_mpi_handle world, const void *bytes, int count, int rank, int tag, lemnos_mpi_handle *request);
  int (*start_receive)(lemnos_mpi_handle world, void *bytes, int count, int rank, int tag, lemnos_mpi_handle *request);
  // `count` is the bytes received, once done. A request that is done has been freed.
  int (*test)(lemnos_mpi_handle *request, bool *done, int *count);
  // Cancels a receive and frees the request; the memory may be written until the library is next called.
  int (*cancel)(lemnos_mpi_handle *request);

  int (*library_version)(char text[LEMNOS_MPI_TEXT]);
  int (*processor_name)(char text[LEMNOS_MPI_TEXT]);
  int (*error_text)(int error, char text[LEMNOS_MPI_TEXT]);
} lemnos_mpi;

// Opens a library by its name or path. It is never closed: it keeps threads and destructors of its own.
//
// Null if it is not there, is no MPI of a known family, or lacks a function; then `reason` says which.
const lemnos_mpi *lemnos_mpi_open(const char *path, char reason[LEMNOS_MPI_TEXT]);

#endif
