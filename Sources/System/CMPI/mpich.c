// MPICH and what shares its ABI, whose handles are integers.
typedef int MPI_Comm, MPI_Request, MPI_Datatype, MPI_Info, MPI_Errhandler;

#define FAMILY LEMNOS_MPICH
#define NAME(x) mpich_##x
enum { COMM_TYPE_SHARED = 1 };

static const MPI_Comm mpich_comm_world = 0x44000000;
static const MPI_Datatype mpich_byte = 0x4c00010d;
static const MPI_Info mpich_info_null = 0x1c000000;
static const MPI_Errhandler mpich_errors_return = 0x54000001;

#include "libraries.h"

static bool resolve_constants(void *library, char reason[LEMNOS_MPI_TEXT]) {
  (void)library, (void)reason;
  return true;
}

#include "functions.h"
