import CMPI

/// The program that started this process as one of several ranks, judged by the variables that it sets.
///
/// No variables, no MPI: a process that is alone opens no library, which would take it some 20 to 200 ms.
struct Launcher: Hashable {
  /// For messages: "Open MPI's mpirun".
  let name: String

  /// The number of ranks; nil if the launcher says so to the library only.
  let rankCount: Int?

  /// What to look for, the likeliest first.
  let families: [lemnos_mpi_family]

  /// What to install if there is none of them.
  let advice: String

  /// Nil if no launcher started this process.
  init?(_ environment: (String) -> String?) {
    func number(_ names: String...) -> Int? {
      names.compactMap { environment($0).flatMap { Int($0) } }.first
    }
    let openMPI = "install Open MPI's library, Debian's libopenmpi3"
    let mpich = "install MPICH's library, Debian's libmpich12"
    if environment("OMPI_COMM_WORLD_SIZE") != nil {
      (name, families, advice) = ("Open MPI's mpirun", [LEMNOS_OPEN_MPI], openMPI)
      rankCount = number("OMPI_COMM_WORLD_SIZE")
    } else if environment("PMI_RANK") != nil || environment("PMI_SIZE") != nil {
      // Slurm sets these with --mpi=pmi2, for which either library may have been built; Hydra's are MPICH's alone, and Open MPI
      // would take each rank for a process that is alone.
      let isSlurm = environment("SLURM_PROCID") != nil
      name = isSlurm ? "Slurm's srun" : "MPICH's mpirun"
      families = isSlurm ? [LEMNOS_MPICH, LEMNOS_OPEN_MPI] : [LEMNOS_MPICH]
      advice = isSlurm ? "\(mpich), or \(openMPI)" : mpich
      rankCount = number("PMI_SIZE")
    } else if environment("PMIX_RANK") != nil {
      // Slurm with --mpi=pmix, and PRRTE's prun.
      (name, families) = ("a launcher of PMIx", [LEMNOS_OPEN_MPI, LEMNOS_MPICH])
      advice = "\(openMPI), or \(mpich)"
      rankCount = number("SLURM_STEP_NUM_TASKS", "SLURM_NTASKS")
    } else {
      return nil
    }
  }
}

extension lemnos_mpi_family: @retroactive Hashable {
  var name: String { self == LEMNOS_OPEN_MPI ? "Open MPI" : "MPICH" }

  /// Names of the shared library, the likeliest first.
  ///
  /// Names without a number come with packages for developers.
  var libraries: [String] {
    self == LEMNOS_OPEN_MPI
      ? ["libmpi.so.40", "libmpi.so.20", "libmpi.so.12", "libmpi.so"]
      : ["libmpich.so.12", "libmpi.so.12", "libmpich.so", "libmpi.so"]
  }
}
