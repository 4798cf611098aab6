extension StatisticsTable {
  /// The command that replaces the baseline by the current numbers.
  package static let renewal = "swift run -c release shader-statistics --write"

  /// The kernels that fail to compile, spill registers, or keep arrays in scratch memory, one sentence each.
  ///
  /// Applied to any driver, also to one without a baseline.
  package var spilling: [String] {
    rows.filter { $0.isDefault || $0.isFailed }.flatMap { row -> [String] in
      let name = "\(row.kernel) on \(architecture)"
      if row.isFailed { return ["\(name) is not compiled by \(driver)"] }
      return
        (row.spills > 0 ? ["\(name) spills \(row.spills) registers; give an invocation less to do"] : [])
        + (row.scratch > 0 && row.spills == 0
          ? ["\(name) keeps \(row.scratch) bytes in scratch memory; index its arrays by constants only"] : [])
    }
  }

  /// All findings for a GPU's table: kernels that spill and, for the baseline's driver, regressions.
  package func findings(since baseline: StatisticsTable) -> [String] {
    driver == baseline.driver
      ? spilling + changes(since: baseline, renewal: "Tools/test-cards --write") : spilling
  }

  /// A summary in one line.
  package var summary: String {
    let slowest = rows.max { $0.milliseconds < $1.milliseconds }
    let failed = rows.count { $0.isFailed }
    let spilling = rows.count { $0.spills > 0 || $0.scratch > 0 }
    let seconds = Double(rows.reduce(0) { $0 + $1.milliseconds }) / 1000
    let slow = slowest.map { ", the longest \($0.milliseconds) ms for \($0.kernel)" } ?? ""
    return
      "\(architecture): \(rows.count) rows by \(driver) in \(seconds) s\(slow); \(failed) not compiled, \(spilling) spill"
  }

  /// The regressions against the baseline of the same driver, and kernels missing in one of the two: one
  /// sentence each.
  ///
  /// Registers are allocated in units of four or eight, and a few instructions vary with scheduling: up to 4
  /// registers and 3 % of the instructions, at least 8, count as equal. Changes that slow down a GPU are far
  /// larger.
  package func changes(since baseline: StatisticsTable, renewal: String = renewal) -> [String] {
    let before = Dictionary(baseline.rows.map { ($0.kernel, $0) }) { first, _ in first }
    var findings: [String] = []
    for row in rows {
      guard let old = before[row.kernel] else {
        findings.append("\(row.kernel) on \(architecture) is not in the baseline")
        continue
      }
      let limits = [
        ("registers", row.registers, old.registers, 4), ("bytes of shared memory", row.shared, old.shared, 0),
        ("instructions", row.instructions, old.instructions, max(8, old.instructions * 3 / 100)),
      ]
      for (unit, now, was, margin) in limits where now > was + margin {
        findings.append(
          "\(row.kernel) on \(architecture) takes \(now) \(unit), where the baseline has \(was)")
      }
    }
    let now = Set(rows.map(\.kernel))
    findings += baseline.rows.filter { !now.contains($0.kernel) }.map {
      "\($0.kernel) on \(architecture) is in the baseline, but nothing needs it any more"
    }
    return findings.map { "\($0). If that is meant, renew the baseline: \(renewal)" }
  }
}
