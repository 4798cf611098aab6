import Tensors

/// The origin of a NaN or infinity computed from finite numbers.
public struct Anomaly: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Cause: Hashable, Sendable {
    /// An operation by its name; with its operands if it is elementwise.
    case operation(String, of: [Double])

    /// A kernel, whose operations give finite numbers when run separately on the CPU.
    case kernel(String)

    /// A state that held it before this step.
    case state(String)
  }

  public let cause: Cause

  /// NaN, or an infinity.
  public let value: Double

  /// Its index in the tensor, and the tensor's type and shape, such as `float32[50, 10]`.
  public let element: [Int]
  public let type: String

  /// "forward", "backward" or "update".
  public let phase: String

  /// The layer, such as `1 (Dense)`; in an update, the parameter; empty for none.
  public let subject: String

  /// The source line of the operation; empty if unknown, as for Swift's operators.
  public let location: String

  /// The event and its location, without the step.
  public var description: String {
    let number = value.isNaN ? "NaN" : value < 0 ? "-infinity" : "infinity"
    let place = "element \(element) of \(type)"
    switch cause {
    case .state(let name):
      return "the state '\(name)' held \(number) before the step: \(place)"
    case .operation(let name, let operands):
      let formula = operands.isEmpty ? name : "\(name)(\(operands.map(Anomaly.text).joined(separator: ", ")))"
      return "\(formula) gives \(number): \(place), \(whereabouts)"
    case .kernel(let name):
      return "the kernel '\(name)' gives \(number), though its operations one at a time do not: \(place), "
        + whereabouts
    }
  }

  private var whereabouts: String {
    let part = phase == Provenance.Phase.update.rawValue ? "update" : "\(phase) pass"
    return part + (subject.isEmpty ? "" : " of \(subject)") + (location.isEmpty ? "" : ", \(location)")
  }

  private static func text(_ number: Double) -> String {
    Double(Float(number)) == number ? "\(Float(number))" : "\(number)"
  }

  /// A suggestion.
  package var advice: String {
    switch cause {
    case .state: "begin with a checkpoint from before that"
    case .kernel: "find out whether the device is sound: lemnos doctor, lemnos diff"
    case .operation("log", _), .operation("sqrt", _):
      "keep what it is taken of above 0, for instance by maximum(x, 1e-6)"
    case .operation("divide", _), .operation("power", _):
      "keep what is divided by away from 0, for instance by adding 1e-6"
    case .operation("exp", _): "keep its argument small, for instance by subtracting the greatest of each row"
    case .operation("rounded(fp16)", _): "numbers above 65504 are none in float16: bfloat16 has them"
    case .operation: "try a smaller learning rate or weight scale"
    }
  }
}
