import Glibc

/// A program that starts ranks: an mpirun.
package struct RankLauncher: Hashable, Sendable {
  package enum Implementation: String, Hashable, Sendable, CaseIterable {
    case openMPI = "Open MPI"
    case mpich = "MPICH"
  }

  package let path: String
  package let implementation: Implementation

  /// Looks for an mpirun on the path.
  ///
  /// Debian has `mpirun.openmpi` and `mpirun.mpich` side by side; which of them a plain `mpirun` or `mpiexec` is it says itself.
  ///
  /// - Parameter implementation: nil for any, preferring what plain `mpirun` is.
  package init?(_ implementation: Implementation? = nil) {
    let folders = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":")
    let suffix: String? =
      switch implementation {
      case .openMPI?: "openmpi"
      case .mpich?: "mpich"
      case nil: nil
      }
    let names = (suffix.map { ["mpirun.\($0)"] } ?? []) + ["mpirun", "mpiexec", "mpiexec.hydra"]
    for name in names {
      for folder in folders where access("\(folder)/\(name)", X_OK) == 0 {
        let path = "\(folder)/\(name)"
        guard let found = Self.implementation(of: path), implementation ?? found == found else { continue }
        (self.path, self.implementation) = (path, found)
        return
      }
    }
    return nil
  }

  /// What an mpirun says that it is.
  private static func implementation(of path: String) -> Implementation? {
    guard let pipe = popen("'\(path)' --version 2>/dev/null", "r") else { return nil }
    defer { pclose(pipe) }
    var block = [UInt8](repeating: 0, count: 4096)
    let count = fread(&block, 1, block.count, pipe)
    let text = String(decoding: block.prefix(count), as: UTF8.self)
    if text.contains("Open MPI") || text.contains("OpenRTE") { return .openMPI }
    return text.contains("HYDRA") || text.contains("MPICH") ? .mpich : nil
  }

  /// Options and variables for ranks that all run on this host.
  func options(rankCount: Int) -> (arguments: [String], variables: [String: String]) {
    switch implementation {
    case .openMPI:
      (
        [
          "-np", "\(rankCount)",
          // More ranks than cores are allowed, and each may use all cores: how many threads a rank has is its own decision.
          "--map-by", "slot:OVERSUBSCRIBE", "--bind-to", "none",
          // All of it stays on this host.
          "--mca", "oob_tcp_if_include", "lo", "--mca", "btl", "self,vader",
          // Where ranks share cores, MPI's own waiting (only at the start and the end) must not take them.
          "--mca", "mpi_yield_when_idle", "1",
          // What mpirun says of a rank's end beside our own sentence.
          "--quiet",
        ],
        // Without these it refuses to run as root, which is what a container's user is.
        geteuid() == 0 ? ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"] : [:]
      )
    case .mpich:
      (
        [
          "-n", "\(rankCount)", "-bind-to", "none", "-iface", "lo",
          // Hydra would kill all ranks by SIGKILL when one has died, sometimes before another has said so. They end by themselves.
          "-disable-auto-cleanup",
        ], [:]
      )
    }
  }

  /// Runs a program as several ranks on this host, and waits until they have ended.
  ///
  /// Standard input goes to rank 0, outputs of all come here. SIGINT (Ctrl-C), SIGTERM and SIGHUP that this process gets meanwhile go
  /// to each rank once; mpirun itself would kill them. Not to be called by two threads at once.
  ///
  /// - Returns: the exit code that ranks ended with if they said why; else mpirun's status, as a shell has it.
  /// - Throws: `unavailable` if mpirun cannot be started.
  package func run(_ program: String, _ arguments: [String], ranks: Int, as name: String = "lemnos")
    throws(MessagePassingError) -> Int32
  {
    let (options, variables) = options(rankCount: ranks)
    let (status, report) = try LaunchedProcess.run(
      path, options + [program] + arguments, variables: variables,
      wrappers: ["hydra_pmi_proxy", "orted", "prted"])
    if let report { return report }
    guard let death = death(by: status) else { return status }
    ProcessEnd.report(
      "\(death); start all ranks again, or go on from the last checkpoint", program: name, code: 75)
    return 75
  }

  /// What a status says of ranks of which none has said anything; nil if they ended by themselves.
  private func death(by status: Int32) -> String? {
    switch implementation {
    case .openMPI:
      // At the start no rank knows another yet, and in the end none looks after another any more.
      guard status > 128, ![128 + SIGINT, 128 + SIGTERM, 128 + SIGHUP].contains(status) else { return nil }
      return "A rank was ended by signal \(status - 128) while no other was there to say which"
    case .mpich:
      // A signal's number, or Hydra's own error if a dead rank was too much for it. Either may happen so soon
      // after the death, 5 times of 80, that no rank has told of it.
      guard status > 2, status != SIGTERM, !(64...78).contains(status) else { return nil }
      return
        "A rank ended by a signal, and MPICH's mpirun ended the others before one could say which (status \(status))"
    }
  }
}
