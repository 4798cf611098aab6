// How lemnos_mpi_open gets at the table of a family.
#ifndef LEMNOS_MPI_LIBRARIES_H
#define LEMNOS_MPI_LIBRARIES_H

#include "CMPI.h"

const lemnos_mpi *open_mpi_resolve(void *library, char reason[LEMNOS_MPI_TEXT]);
const lemnos_mpi *mpich_resolve(void *library, char reason[LEMNOS_MPI_TEXT]);

#endif
