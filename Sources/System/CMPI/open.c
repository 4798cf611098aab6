#include "libraries.h"
#include <dlfcn.h>
#include <stdio.h>

const lemnos_mpi *lemnos_mpi_open(const char *path, char reason[LEMNOS_MPI_TEXT]) {
  void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
  if (!library) {
    const char *cause = dlerror();
    snprintf(reason, LEMNOS_MPI_TEXT, "%s", cause ? cause : "it cannot be opened");
    return NULL;
  }
  const lemnos_mpi *mpi = NULL;
  // Both families have a libmpi.so.12, so what counts is what a library exports, not its name.
  if (dlsym(library, "ompi_mpi_comm_world")) {
    // The components that Open MPI opens by itself look for its symbols among the global ones.
    if (dlopen(path, RTLD_NOW | RTLD_GLOBAL)) mpi = open_mpi_resolve(library, reason);
    else {
      const char *cause = dlerror();
      snprintf(reason, LEMNOS_MPI_TEXT, "%s", cause ? cause : "it cannot be opened");
    }
  } else if (dlsym(library, "MPI_Init")) {
    mpi = mpich_resolve(library, reason);
  } else {
    snprintf(reason, LEMNOS_MPI_TEXT, "it is no MPI library");
  }
  if (!mpi) dlclose(library);
  return mpi;
}
