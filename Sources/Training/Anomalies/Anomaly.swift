import Tensors

/// A NaN or an infinity that was made of finite numbers, and who made it.
public struct Anomaly: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Cause: Hashable, Sendable {
    /// An operation by its name; of an operation that goes element by element, with the numbers that it took.
    case operation(String, of: [Double])

    /// A kernel, whose operations give finite numbers when the CPU does them one at a time.
    case kernel(String)

    /// Nobody in this step: a state that held it before.
    case state(String)
  }

  public let cause: Cause

  /// NaN, or an infinity.
  public let value: Double

  /// Where it stands in its tensor, and the tensor's type and shape, such as `float32[50, 10]`.
  public let element: [Int]
  public let type: String

  /// "forward", "backward" or "update".
  public let phase: String

  /// The layer, such as `1 (Dense)`; in an update, the parameter; empty where there is none.
  public let subject: String

  /// The line of source that asked for the operation; empty where that is not known, as of Swift's operators.
  public let location: String

  /// What happened and where, without when.
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

  /// What may help.
  var advice: String {
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
