import TestSupport
import Testing

@testable import CPUBackend

@Suite("Processor topology")
struct ProcessorTopologyTests {
  /// A machine's description, by each processor's siblings.
  private func topology(_ siblings: [Int: String], allowed: [Int], file: String = "core_cpus_list") throws
    -> ProcessorTopology
  {
    let folder = try TemporaryFolder()
    for (number, text) in siblings {
      try folder.write(Array("\(text)\n".utf8), as: "cpu/cpu\(number)/topology/\(file)")
    }
    return ProcessorTopology(allowed: allowed, root: folder.path(of: "cpu"))
  }

  @Test("counts two hyperthreads as one core", arguments: ["core_cpus_list", "thread_siblings_list"])
  func hyperthreads(file: String) throws {
    let siblings = [0: "0,2", 1: "1,3", 2: "0,2", 3: "1,3"]
    let whole = try topology(siblings, allowed: [0, 1, 2, 3], file: file)
    #expect(whole.processors == 4 && whole.cores == 2)
    // By affinity only one core, or one hyperthread of each.
    let one = try topology(siblings, allowed: [0, 2], file: file)
    #expect(one.processors == 2 && one.cores == 1)
    let both = try topology(siblings, allowed: [2, 3], file: file)
    #expect(both.processors == 2 && both.cores == 2)
  }

  @Test("counts fast cores of two hyperthreads and slow ones of one alike")
  func hybrid() throws {
    let found = try topology([0: "0-1", 1: "0-1", 2: "2", 3: "3"], allowed: [0, 1, 2, 3])
    #expect(found.processors == 4 && found.cores == 3)
  }

  @Test("takes processors that are not described as cores")
  func unknown() throws {
    let found = ProcessorTopology(allowed: [0, 1, 5], root: "/nonexistent")
    #expect(found.processors == 3 && found.cores == 3)
    #expect(ProcessorTopology(allowed: [], root: "/nonexistent").cores == 1)
  }

  @Test("of this machine has a core at least, and no more cores than processors")
  func own() {
    let own = ProcessorTopology()
    #expect(own.cores >= 1 && own.cores <= own.processors)
    #expect(own.processors == max(1, ProcessorTopology.allowed.count))
  }
}
