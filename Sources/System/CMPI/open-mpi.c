// Open MPI, whose handles are addresses of objects that the library exports.
typedef struct ompi_communicator_t *MPI_Comm;
typedef struct ompi_request_t *MPI_Request;
typedef struct ompi_datatype_t *MPI_Datatype;
typedef struct ompi_info_t *MPI_Info;
typedef struct ompi_errhandler_t *MPI_Errhandler;

#define FAMILY LEMNOS_OPEN_MPI
#define NAME(x) open_mpi_##x
enum { COMM_TYPE_SHARED = 0 };

static MPI_Comm open_mpi_comm_world;
static MPI_Datatype open_mpi_byte;
static MPI_Info open_mpi_info_null;
static MPI_Errhandler open_mpi_errors_return;

#include "libraries.h"

static bool resolve_constants(void *library, char reason[LEMNOS_MPI_TEXT]);

#include "functions.h"

static bool resolve_constants(void *library, char reason[LEMNOS_MPI_TEXT]) {
  open_mpi_comm_world = dlsym(library, "ompi_mpi_comm_world");
  open_mpi_byte = dlsym(library, "ompi_mpi_byte");
  open_mpi_info_null = dlsym(library, "ompi_mpi_info_null");
  open_mpi_errors_return = dlsym(library, "ompi_mpi_errors_return");
  if (open_mpi_comm_world && open_mpi_byte && open_mpi_info_null && open_mpi_errors_return) return true;
  snprintf(reason, LEMNOS_MPI_TEXT, "it lacks one of Open MPI's objects ompi_mpi_…");
  return false;
}
