/// The statistics of each kernel as compiled by a driver for one architecture, in a text with one line per
/// kernel.
///
///     architecture gfx1100
///     driver radv, Mesa 22.3.6
///     registers spills scratch shared instructions ms  kernel
///            72      0       0   8320          689 12  MatMul/matmulTiled(0,0)
///
/// Lines that begin with `#` are comments.
package struct StatisticsTable: Sendable, Hashable {
  package struct Row: Sendable, Hashable {
    /// Vector registers per invocation.
    package var registers: Int
    /// Spilled registers.
    package var spills: Int
    /// Bytes of private memory per invocation: for spills, and for arrays that do not fit in registers.
    package var scratch: Int
    /// Bytes of shared memory per workgroup.
    package var shared: Int
    package var instructions: Int
    /// The compile time of the kernel alone: it differs between machines and runs.
    package var milliseconds: Int
    package var kernel: String

    package init(
      registers: Int, spills: Int, scratch: Int, shared: Int, instructions: Int, milliseconds: Int,
      kernel: String
    ) {
      (self.registers, self.spills, self.scratch) = (registers, spills, scratch)
      (self.shared, self.instructions, self.milliseconds) = (shared, instructions, milliseconds)
      self.kernel = kernel
    }

    /// The suffix of the names of kernels that are used only if tuning found them faster.
    package static let tuned = ", if tuned"

    package var isDefault: Bool { !kernel.hasSuffix(Self.tuned) }

    /// A kernel that the driver fails to compile.
    static func failed(_ kernel: String) -> Row {
      Row(registers: 0, spills: 0, scratch: 0, shared: 0, instructions: 0, milliseconds: 0, kernel: kernel)
    }

    /// A compiled kernel has at least one instruction.
    package var isFailed: Bool { instructions == 0 }
  }

  package let architecture: String

  /// With its version: the numbers of two versions are not comparable.
  package var driver: String
  package var rows: [Row]

  package init(architecture: String, driver: String, rows: [Row]) {
    (self.architecture, self.driver, self.rows) = (architecture, driver, rows)
  }
}

extension StatisticsTable {
  private static let columns = ["registers", "spills", "scratch", "shared", "instructions", "ms"]

  package struct Malformed: Error, CustomStringConvertible {
    package let description: String
  }

  /// - Throws: `Malformed` with the first invalid line.
  package init(_ text: String) throws(Malformed) {
    var values: [String: String] = [:]
    var rows: [Row] = []
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ", maxSplits: Self.columns.count)
      let numbers = words.dropLast().compactMap { Int($0) }
      if numbers.count == Self.columns.count, let kernel = words.last?.drop(while: { $0 == " " }) {
        rows.append(
          Row(
            registers: numbers[0], spills: numbers[1], scratch: numbers[2], shared: numbers[3],
            instructions: numbers[4], milliseconds: numbers[5], kernel: String(kernel)))
      } else if line.hasPrefix("architecture ") || line.hasPrefix("driver ") {
        values[String(words[0])] = line.split(separator: " ", maxSplits: 1).last.map(String.init)
      } else if words.first.map(String.init) != Self.columns[0] {
        throw Malformed(
          description:
            "a table of shader statistics has lines of \(Self.columns.count) numbers and a kernel, not '\(line)'"
        )
      }
    }
    guard let architecture = values["architecture"], let driver = values["driver"] else {
      throw Malformed(
        description: "a table of shader statistics says for which architecture, and by which driver")
    }
    self.init(architecture: architecture, driver: driver, rows: rows)
  }

  package var text: String {
    func aligned(_ cells: [String], _ kernel: String) -> String {
      let padded = zip(cells, Self.columns).map { cell, column in
        String(repeating: " ", count: max(0, column.count - cell.count)) + cell
      }
      return padded.joined(separator: " ") + "  " + kernel
    }
    let lines = rows.map { row in
      aligned(
        [row.registers, row.spills, row.scratch, row.shared, row.instructions, row.milliseconds].map(
          String.init),
        row.kernel)
    }
    return
      (["architecture \(architecture)", "driver \(driver)", aligned(Self.columns, "kernel")] + lines)
      .joined(separator: "\n") + "\n"
  }
}
