import MessagePassing
import Testing

@Suite("The start of message passing")
struct StartTests {
  @Test("of a process that no launcher started opens no library")
  func alone() throws {
    // This would be an error if it were looked at.
    let run = try RankRun(
      ["sums", "8", "0", "1000"], environment: ["LEMNOS_MPI_LIBRARY": "/nowhere/libmpi.so"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output == "ok\n")
  }

  @Test(
    "says what to install where a launcher's library is missing, or is another's",
    arguments: [
      (["OMPI_COMM_WORLD_SIZE": "2"], "Open MPI's mpirun", "libopenmpi3"),
      (["PMI_RANK": "0", "PMI_SIZE": "2"], "MPICH's mpirun", "libmpich12"),
      (["PMI_RANK": "0", "PMI_SIZE": "2", "SLURM_PROCID": "0"], "Slurm's srun", "libopenmpi3"),
      (["PMIX_RANK": "0"], "a launcher of PMIx", "libmpich12"),
    ])
  func missing(variables: [String: String], launcher: String, package: String) throws {
    for library in ["/nowhere/libmpi.so", "libz.so.1"] {
      let run = try RankRun(["who"], environment: variables.merging(["LEMNOS_MPI_LIBRARY": library]) { $1 })
      #expect(run.code == 69)
      #expect(run.sentences.count == 1)
      let sentence = try #require(run.sentences.first)
      #expect(
        sentence.hasPrefix("This process is a rank of \(launcher), but no MPI library for it can be opened"))
      #expect(sentence.contains(package))
    }
  }

  @Test(
    "notices that the launcher and the library do not belong together",
    .enabled(if: Installed.launchers.contains(.mpich), "MPICH is not installed"))
  func mismatch() throws {
    // What another launcher leaves to the library: it takes itself for alone.
    let run = try RankRun(["who"], environment: ["PMI_RANK": "0", "PMI_SIZE": "2"])
    #expect(run.code == 69)
    #expect(run.sentences.first?.contains("started 2 ranks, but MPICH on ") == true, "\(run.errors)")
  }
}
