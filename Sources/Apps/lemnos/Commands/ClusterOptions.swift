import ArgumentParser
import Lemnos

/// The options for the prediction of a step on several ranks.
struct ClusterOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Predict what a step takes on up to so many ranks, in place of the listing: each with its share of the batch, by the time that such a share \
      takes on this machine, which is measured, and by the link.
      """, valueName: "n"))
  var ranks: Int?

  @Option(
    help: ArgumentHelp(
      "What a rank sends in a second, such as 10Gbit or 1200MB; 'lemnos launch -n 2 doctor --mpi' measures it (default: 10Gbit).",
      valueName: "rate"), transform: ClusterOptions.bandwidth)
  var link: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Microseconds that an empty message takes (default: 20).", valueName: "µs"))
  var latency: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Ranks that share a machine like this one (default: 1).", valueName: "n"))
  var ranksPerHost: Int?

  private static let units = ["gbit": 1e9 / 8, "mbit": 1e6 / 8, "gb": 1e9, "mb": 1e6]

  static func bandwidth(_ text: String) throws -> Double {
    let digits = text.prefix { $0.isNumber || $0 == "." }
    let unit = text.dropFirst(digits.count).lowercased()
    guard let number = Double(digits), number > 0, number < 1e9, let bytes = units[unit] else {
      throw ValidationError("'\(text)' is no rate such as 10Gbit, 400Mbit, 1200MB or 12.5GB.")
    }
    return number * bytes
  }

  func validate() throws {
    guard let ranks else {
      let given = [
        ("link", link != nil), ("latency", latency != nil), ("ranks-per-host", ranksPerHost != nil),
      ]
      if let option = given.first(where: \.1) {
        throw ValidationError("--\(option.0) is for the prediction on several ranks: give --ranks too.")
      }
      return
    }
    guard (1...4096).contains(ranks) else {
      throw ValidationError("--ranks is \(ranks), but has to be from 1 to 4096.")
    }
    if let latency, !(0...1e6).contains(latency) {
      throw ValidationError("--latency is \(latency) µs, but has to be from 0 to 1000000.")
    }
    if let ranksPerHost, !(1...ranks).contains(ranksPerHost) {
      throw ValidationError(
        "--ranks-per-host is \(ranksPerHost), but has to be from 1 to \(ranks), the ranks.")
    }
  }

  var way: ClusterPrediction.Link {
    ClusterPrediction.Link(latency: (latency ?? 20) * 1e-6, bandwidth: link ?? 10e9 / 8)
  }
}
