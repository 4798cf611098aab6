import Foundation
import Lemnos

/// The examples by name.
let examples: KeyValuePairs<String, @Sendable (Run) throws -> Void> = [
  "regression": regression,
  "classification": classification,
  "autoencoder": autoencoder,
  "gan": gan,
  "gradient-penalty": gradientPenalty,
  "multi-label": multiLabel,
  "segmentation": segmentation,
  "two-inputs": twoInputs,
  "thousand-classes": thousandClasses,
  "character-model": characterModel,
  "recurrent-net": recurrentNet,
  "own-layer": ownLayer,
  "own-metric": ownMetric,
  "parameter-groups": parameterGroups,
  "averaged-weights": averagedWeights,
  "larger-than-memory": largerThanMemory,
  "inference": inference,
]

@main
enum Main {
  static let usage = """
    usage: examples [NAME ...] [--steps N] [--backend cpu|vulkan] [--check FILE] [--record FOLDER]

      NAME             one of \(examples.map(\.key).joined(separator: ", ")); all without
      --steps N        how many steps to train for: 10 unless it says otherwise
      --check FILE     holds the first ten losses to PyTorch's, which are in losses.json
      --record FOLDER  writes what each began with, for pytorch.py to begin with the same
    """

  static func main() {
    do { try run(Array(CommandLine.arguments.dropFirst())) } catch let error as BackendUnavailable {
      print("examples: \(error)")
      exit(69)
    } catch {
      FileHandle.standardError.write(Data("examples: \(error)\n".utf8))
      exit(1)
    }
  }

  static func run(_ arguments: [String]) throws {
    var (names, steps, backend): ([String], Int, BackendChoice) = ([], 10, .cpu)
    var (expected, folder): ([String: [Double]]?, String?)
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--steps": steps = try value(after: argument, &rest) { Int($0).flatMap { $0 > 0 ? $0 : nil } }
      case "--backend":
        backend = try value(after: argument, &rest) { ["cpu": .cpu, "vulkan": .vulkan(device: nil)][$0] }
      case "--check":
        let path = try value(after: argument, &rest) { $0 }
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        expected = try JSONDecoder().decode([String: [Double]].self, from: data)
      case "--record": folder = try value(after: argument, &rest) { $0 }
      case "--help", "-h": return print(usage)
      default:
        guard examples.contains(where: { $0.key == argument }) else {
          throw Failure("there is no '\(argument)'\n\n\(usage)")
        }
        names.append(argument)
      }
    }
    var failures = 0
    for (name, body) in examples where names.isEmpty || names.contains(name) {
      let run = Run(steps: steps, on: backend)
      print("\(name)")
      try body(run)
      print("  losses", run.losses.prefix(10).map { String(format: "%.5f", $0) }.joined(separator: " "))
      if let folder { try run.record.write(to: "\(folder)/\(name).safetensors") }
      if let expected, !agrees(run.losses, with: expected[name]) { failures += 1 }
    }
    if failures > 0 { throw Failure("\(failures) of them do not agree with PyTorch") }
  }

  /// Within 1e-4, relative to losses above 1.
  private static func agrees(_ losses: [Float], with expected: [Double]?) -> Bool {
    guard let expected, expected.count == 10, losses.count >= 10 else {
      print("  there are no ten losses of PyTorch to hold it to")
      return false
    }
    let differences = zip(losses, expected).map { abs(Double($0) - $1) / max(1, abs($1)) }
    let worst = differences.max() ?? .nan
    print("  differs from PyTorch's by at most \(String(format: "%.1e", worst))")
    return worst <= 1e-4
  }

  private static func value<Value>(
    after option: String, _ rest: inout ArraySlice<String>, _ parse: (String) -> Value?
  ) throws -> Value {
    guard let text = rest.popFirst(), let value = parse(text) else {
      throw Failure("\(option) needs a value\n\n\(usage)")
    }
    return value
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }
}
