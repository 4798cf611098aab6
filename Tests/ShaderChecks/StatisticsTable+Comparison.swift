extension StatisticsTable {
  /// How to take the present numbers for the baseline.
  package static let renewal = "swift run -c release shader-statistics --write"

  /// The kernels that do not compile, or that keep registers or arrays in memory, one sentence each.
  ///
  /// Whatever the driver: none may that is used without having been tried against others.
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

  /// All that there is to say of a card's table: what may not be, and, where the driver is the baseline's, what has become worse.
  package func findings(since baseline: StatisticsTable) -> [String] {
    driver == baseline.driver
      ? spilling + changes(since: baseline, renewal: "Tools/test-cards --write") : spilling
  }

  /// One line.
  package var summary: String {
    let slowest = rows.max { $0.milliseconds < $1.milliseconds }
    let failed = rows.count { $0.isFailed }
    let spilling = rows.count { $0.spills > 0 || $0.scratch > 0 }
    let seconds = Double(rows.reduce(0) { $0 + $1.milliseconds }) / 1000
    let slow = slowest.map { ", the longest \($0.milliseconds) ms for \($0.kernel)" } ?? ""
    return
      "\(architecture): \(rows.count) rows by \(driver) in \(seconds) s\(slow); \(failed) not compiled, \(spilling) spill"
  }

  /// What has become worse than the baseline of the same driver, or stands in one of the two only: one sentence each.
  ///
  /// Registers are given out by the four or eight, and a few instructions come and go with their order: up to 4 registers and
  /// 3 % of the instructions, at least 8, count as the same. The limits are far apart from what makes a card slower.
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
