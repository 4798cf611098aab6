import Foundation
import ShaderChecks
import Testing

@Suite("The machine code of shaders")
struct StatisticsTests {
  /// The executable, in the same folder as the tests.
  private static let tool = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "shader-statistics")

  @Test(
    "is without spills on AMD's cards, and no longer than the baseline's",
    .enabled(if: Architecture.missing == nil, "\(Architecture.missing ?? "")"),
    arguments: Architecture.allCases)
  func machineCode(of architecture: Architecture) throws {
    let baseline = try architecture.baseline()
    let table: StatisticsTable
    do { table = try StatisticsTable.measured(architecture, by: Self.tool) } catch let error
      as StatisticsTable.AbsentCardsRefused
    {
      try Test.cancel("\(error)")
    }
    #expect(table.rows.count > 40)
    for finding in table.spilling { Issue.record("\(finding)") }
    if table.driver == baseline.driver {
      for finding in table.changes(since: baseline) { Issue.record("\(finding)") }
    } else {
      Issue.record(
        "only spills were looked for: the driver is \(table.driver), the baseline's \(baseline.driver)",
        severity: .warning)
    }
  }

  /// The baseline tables of Mesa's drivers for `Tools/test-cards`.
  private static let cardTables: [URL] = {
    let folder = Architecture.baselines.deletingLastPathComponent().appending(path: "Cards")
    let files =
      (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    return files.filter { $0.pathExtension == "txt" }.sorted { $0.path < $1.path }
  }()

  @Test(
    "is without spills on all cards whose drivers were asked, as far as it is used untried",
    arguments: cardTables)
  func cards(_ file: URL) throws {
    let table = try StatisticsTable(String(contentsOf: file, encoding: .utf8))
    #expect(table.rows.count > 40)
    #expect(table.spilling == [])
  }

  @Test("was asked of the drivers of four makers")
  func makers() throws {
    let drivers = try Self.cardTables.map {
      try StatisticsTable(String(contentsOf: $0, encoding: .utf8)).driver.split(separator: ",")[0]
    }
    #expect(Set(drivers) == ["NVK", "radv", "Intel open-source Mesa driver", "turnip Mesa driver"])
  }

  private static let row = StatisticsTable.Row(
    registers: 72, spills: 0, scratch: 0, shared: 8320, instructions: 1000, milliseconds: 12,
    kernel: "MatMul/matmulTiled(0,0)")

  private func table(_ rows: StatisticsTable.Row...) -> StatisticsTable {
    StatisticsTable(architecture: "gfx1100", driver: "radv, Mesa 22.3.6", rows: rows)
  }

  @Test("is read as it was written")
  func roundTrip() throws {
    var generated = Self.row
    generated.kernel = "add, a row to each: pointwise"
    let written = table(Self.row, generated)
    #expect(try StatisticsTable("# a comment\n" + written.text) == written)
    for wrong in ["", "architecture gfx1100\ndriver radv\n1 2 3 kernel\n"] {
      #expect(throws: StatisticsTable.Malformed.self) { try StatisticsTable(wrong) }
    }
  }

  @Test("spills and scratch memory are found, whatever the baseline")
  func spilling() {
    var (spilled, scratched) = (Self.row, Self.row)
    (spilled.spills, spilled.scratch, scratched.scratch) = (3, 12, 64)
    #expect(table(Self.row).spilling == [])
    #expect(
      table(Self.row, spilled, scratched).spilling == [
        "MatMul/matmulTiled(0,0) on gfx1100 spills 3 registers; give an invocation less to do",
        "MatMul/matmulTiled(0,0) on gfx1100 keeps 64 bytes in scratch memory; index its arrays by constants only",
      ])
  }

  @Test("kernels that are not compiled are found; spills that only tuning would meet are not")
  func failures() {
    var (failed, tuned) = (Self.row, Self.row)
    failed.instructions = 0
    (tuned.spills, tuned.kernel) = (3, tuned.kernel + StatisticsTable.Row.tuned)
    #expect(
      table(failed, tuned).spilling == [
        "MatMul/matmulTiled(0,0) on gfx1100 is not compiled by radv, Mesa 22.3.6"
      ])
    var changed = table(Self.row)
    changed.driver = "radv, Mesa 26.1.6"
    #expect(table(Self.row, tuned).findings(since: changed) == [])
    #expect(table(Self.row, tuned).findings(since: table(Self.row)).count == 1)
  }

  @Test("more than the margin is found; less, and what is within it, is not")
  func margins() {
    func changes(_ change: (inout StatisticsTable.Row) -> Void) -> [String] {
      var row = Self.row
      change(&row)
      return table(row).changes(since: table(Self.row))
    }
    #expect(changes { _ in } == [])
    #expect(changes { ($0.registers, $0.instructions, $0.shared) = (76, 1030, 8320) } == [])
    #expect(changes { ($0.registers, $0.instructions, $0.shared) = (8, 10, 0) } == [])
    #expect(
      changes { $0.registers = 77 } == [
        "MatMul/matmulTiled(0,0) on gfx1100 takes 77 registers, where the baseline has 72. If that is meant, renew the "
          + "baseline: swift run -c release shader-statistics --write"
      ])
    #expect(changes { $0.instructions = 1031 }.count == 1)
    #expect(changes { $0.shared = 8321 }.count == 1)
  }

  @Test("kernels that came and kernels that went are found")
  func names() {
    var other = Self.row
    other.kernel = "MatMul/matmulTiled(1,1)"
    #expect(
      table(Self.row, other).changes(since: table(Self.row)).map { $0.hasPrefix(other.kernel) } == [true])
    #expect(
      table(Self.row).changes(since: table(Self.row, other)).map { $0.hasPrefix(other.kernel) } == [true])
  }
}
