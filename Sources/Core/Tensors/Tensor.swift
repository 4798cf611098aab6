/// A value to be computed: its shape, type, operation and inputs.
///
/// A tensor is a node of an expression graph. Building one costs nothing and touches no device; a `Program`
/// made from tensors determines when and where they are computed.
public struct Tensor: Sendable {
  package let node: Node

  package init(node: Node) { self.node = node }

  public var shape: Shape { node.type.shape }
  public var dtype: DType { node.type.dtype }

  /// The number of axes.
  public var rank: Int { shape.rank }

  /// The first error among the operations it depends on; nil if it can be computed.
  public var error: GraphError? {
    if case .invalid(let error) = node.op { error } else { nil }
  }

  /// Applies an operation.
  ///
  /// Invalid inputs give an invalid tensor, as do inputs that are invalid tensors.
  package static func apply(_ op: Op, to inputs: [Tensor], at location: Location = .unknown) -> Tensor {
    if let error = inputs.lazy.compactMap(\.error).first {
      return Tensor(node: Node(.invalid(error), [], TensorType([], .float32), location))
    }
    if let refusal = op.refusal(of: inputs) { return .invalid(op.operation.name, refusal, at: location) }
    do throws(TypeMismatch) {
      let type = try op.operation.resultType(of: inputs.map(\.node.type))
      if let problem = type.shape.problem { return .invalid(op.operation.name, problem, at: location) }
      return Tensor(node: Node(op, inputs, type, location))
    } catch {
      return .invalid(op.operation.name, error.reason, at: location)
    }
  }

  /// An invalid tensor: the result of a layer for an input that it cannot take.
  ///
  ///     guard x.rank == 4 else { return .invalid("crop", "takes images [N, C, H, W], not \(x.shape)") }
  ///
  /// - Parameters:
  ///   - operation: the operation that refuses, such as `crop`.
  ///   - reason: the problem with the input, with all shapes involved.
  public static func invalid(_ operation: String, _ reason: String) -> Tensor {
    invalid(operation, reason, at: .unknown)
  }

  /// An invalid tensor, with the source line of the error.
  package static func invalid(_ operation: String, _ reason: String, at location: Location) -> Tensor {
    let error = GraphError(
      operation, reason, layerPath: LayerPath.current,
      at: location == .unknown ? .traced(CallTrace()) : .line(location.description))
    return Tensor(node: Node(.invalid(error), [], TensorType([], .float32), location))
  }
}

/// The source line of an operation.
package struct Location: Hashable, Sendable, CustomStringConvertible {
  let file: StaticString?
  let line: UInt

  package init(_ file: StaticString, _ line: UInt) {
    self.file = file
    self.line = line
  }

  private init() {
    file = nil
    line = 0
  }

  /// Swift's operators take no further arguments, so they do not know their caller.
  package static let unknown = Location()

  package var description: String { file.map { "\($0):\(line)" } ?? "" }

  package static func == (a: Location, b: Location) -> Bool { a.description == b.description }
  package func hash(into hasher: inout Hasher) { hasher.combine(line) }
}
