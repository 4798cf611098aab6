import Foundation
import ShaderChecks

/// `shader-statistics`: prints the statistics of each kernel as compiled by Mesa's driver for some AMD
/// architectures; no GPU is needed.
///
/// With `--write` the tables become the baseline of the tests. With the name of a GPU, the first driver that
/// this process finds is used, which environment variables may have set to a fake GPU: the program calls
/// itself like this, and so does `Tools/test-cards`. With an additional file, only the regressions against
/// the table in it are printed.
@main
struct ShaderStatisticsTool {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if let name = arguments.first, !name.hasPrefix("-"), arguments.count <= 2 {
      do {
        let table = try StatisticsTable(measuring: name)
        guard let file = arguments.dropFirst().first else {
          print(table.text, terminator: "")
          return
        }
        let baseline = try StatisticsTable(String(contentsOfFile: file, encoding: .utf8))
        let findings = table.findings(since: baseline)
        for finding in findings { print(finding) }
        if table.driver != baseline.driver {
          print("\(name): only spills were looked for, because the table is by \(baseline.driver)")
        }
        print(table.summary)
        exit(findings.isEmpty ? 0 : 1)
      } catch {
        fail("\(error)", code: 70)
      }
    }
    guard arguments.isEmpty || arguments == ["--write"] else {
      fail("usage: shader-statistics [--write | <card> [<table>]]", code: 64)
    }
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    for architecture in Architecture.allCases {
      let table: StatisticsTable
      do {
        table = try StatisticsTable.measured(architecture, by: program)
      } catch {
        fail("\(error)", code: 69)
      }
      if arguments.isEmpty {
        print(table.text)
      } else {
        let file = Architecture.baselines.appending(path: "\(architecture.rawValue).txt")
        try (heading(architecture) + table.text).write(to: file, atomically: true, encoding: .utf8)
        print("\(file.path): \(table.rows.count) kernels by \(table.driver)")
      }
    }
  }

  private static func heading(_ architecture: Architecture) -> String {
    """
    # The machine code that Mesa makes of every kernel that cards run, for \(architecture.rawValue): registers and instructions of
    # an invocation, spilled registers, bytes of scratch and of shared memory. What is generated for a training step has a line
    # for each kind: the most registers, all instructions. Not here: forms for processors (…Direct in float32), which no card
    # runs, and what is generated for a single operation, which only must not spill.
    # Renew with: \(StatisticsTable.renewal)

    """
  }
}

private func fail(_ message: String, code: Int32) -> Never {
  FileHandle.standardError.write(Data((message + "\n").utf8))
  exit(code)
}
