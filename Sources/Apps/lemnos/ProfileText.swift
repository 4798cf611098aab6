import Lemnos
import Wording

/// The printed form of a profile: a table of kernels, the slowest first, and the totals.
struct ProfileText {
  private let profile: StepProfile
  private let headline: String
  private let precision: String?
  private let width: Int

  /// The limit on table rows; the rest of the time is one row.
  private static let mostRows = 30

  /// - Parameters:
  /// - headline: a description of the profiled workload.
  /// - precision: how matrix products are computed; nil for float32.
  init(_ profile: StepProfile, of headline: String, precision: String?, width: Int) {
    (self.profile, self.headline, self.precision, self.width) = (profile, headline, precision, width)
  }

  var text: String {
    let computed = precision.map { ["Precision: \($0)"] } ?? []
    let paragraphs =
      [headline, "Backend: \(profile.backend)"] + computed + [
        "Times are of one step of \(profile.batchSize.grouped) images, the mean of \(steps)."
      ]
    return
      (paragraphs.flatMap { $0.wrapped(to: width) } + table.lines(width: width)
      + [total, RateText.sentences(profile.peak)].flatMap { $0.wrapped(to: width) }).joined(separator: "\n")
      + "\n"
  }

  private var steps: String { profile.steps == 1 ? "1 step" : "\(profile.steps.grouped) steps" }

  private var table: TextTable {
    var table = TextTable(
      [.text("kernel"), .text("layer"), .number("calls", rank: 0), .number("µs")]
        + (isPredicted ? [.number("expected µs", rank: 4)] : [])
        + [
          .number("share"), .number("GFLOP/s", rank: 2), .number("GB/s", rank: 1),
          .number("of peak", rank: 3),
        ])
    func add(
      _ name: String, _ layer: String = "", calls: Int?, _ microseconds: Double, expected: Double? = nil,
      rates: [String] = ["", "", ""]
    ) {
      let share = microseconds / max(profile.profiledStepMicroseconds, 1e-9)
      table.add(
        [name, layer, calls?.grouped ?? "", time(microseconds)]
          + (isPredicted ? [expected.map(time) ?? ""] : []) + [RateText.percent(share, 1)] + rates)
    }
    for row in profile.rows.prefix(Self.mostRows) {
      add(
        row.kernel, row.layer, calls: row.calls, row.microseconds, expected: row.expectedMicroseconds,
        rates: [
          RateText.rate(row.gflopsPerSecond), RateText.rate(row.gigabytesPerSecond),
          RateText.ofPeak(flops: row.shareOfPeakFlops, bytes: row.shareOfPeakBandwidth),
        ])
    }
    let others = profile.rows.dropFirst(Self.mostRows)
    if !others.isEmpty {
      add(
        "\(others.count.grouped) others", calls: others.reduce(0) { $0 + $1.calls },
        others.reduce(0) { $0 + $1.microseconds })
    }
    add("between kernels", calls: nil, profile.profiledStepMicroseconds - profile.kernelMicroseconds)
    let seconds = max(profile.profiledStepMicroseconds, 1e-9) * 1e-6
    add(
      "step", calls: profile.dispatches, profile.profiledStepMicroseconds,
      expected: profile.expectedMicroseconds,
      rates: [
        RateText.rate(Double(profile.flops) / seconds * 1e-9),
        RateText.rate(Double(profile.bytes) / seconds * 1e-9), "",
      ])
    return table
  }

  private var isPredicted: Bool { profile.expectedMicroseconds != nil }

  private var total: String {
    var line = "A step takes \(time(profile.stepMicroseconds)) µs in training"
    let expected = profile.expectedMicroseconds
    if let expected {
      line += ", where \(time(expected)) µs were expected from the maker's figures,"
    }
    line += expected == nil ? ", and" : " and"
    line += " \(time(profile.profiledStepMicroseconds)) µs with timestamps: "
    guard let barriers = profile.barriers else {
      return line
        + "\(profile.dispatches.grouped) kernels on \(profile.levels.grouped) levels, one after another."
    }
    return line + "\(profile.dispatches.grouped) dispatches on \(profile.levels.grouped) levels, with "
      + "\(barriers.grouped) barriers in training and one before each dispatch here, so that none runs beside another."
  }

  private func time(_ microseconds: Double) -> String {
    microseconds >= 1000
      ? Int(microseconds.rounded()).grouped : NumberText.decimal(microseconds, microseconds < 100 ? 1 : 0)
  }
}
