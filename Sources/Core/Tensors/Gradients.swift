/// The gradients of a scalar with respect to some tensors, as expressions.
///
/// Reverse-mode automatic differentiation by graph transformation: each operation's gradient rule adds
/// operations, and nothing is recorded at run time.
///
/// - Parameters:
///   - loss: a float scalar.
///   - targets: tensors that the loss depends on; otherwise their gradients are zero.
public func gradients(of loss: Tensor, at targets: [Tensor]) -> [Tensor] {
  guard loss.error == nil else { return targets.map { _ in loss } }
  guard loss.shape == [], loss.dtype.isFloating else {
    let error = Tensor.invalid("gradients", "of a float scalar, not of a \(loss.dtype)\(loss.shape)")
    return targets.map { _ in error }
  }
  return gradients(of: loss, upstream: Tensor(1, dtype: loss.dtype), at: targets)
}

/// The gradients of `Σ upstream · output` with respect to some tensors: what CS231n calls a backward pass.
///
/// - Parameter upstream: of the shape and type of `output`.
public func gradients(of output: Tensor, upstream: Tensor, at targets: [Tensor]) -> [Tensor] {
  guard output.error == nil else { return targets.map { _ in output } }
  guard upstream.error == nil else { return targets.map { _ in upstream } }
  guard upstream.shape == output.shape, upstream.dtype == output.dtype else {
    let error = Tensor.invalid(
      "gradients", "upstream \(upstream.dtype)\(upstream.shape) for an output \(output.dtype)\(output.shape)")
    return targets.map { _ in error }
  }
  return gradients(of: [(output, upstream)], at: targets)
}

/// The gradients of `Σ upstream · output`, summed over several outputs, with respect to some tensors.
///
/// - Parameter outputs: valid tensors, each with an upstream gradient of its type.
package func gradients(
  of outputs: [(value: Tensor, upstream: Tensor)], at targets: [Tensor]
) -> [Tensor] {
  // Each read of a state is a new node; any node that reads the state represents all of them.
  var known: [GradientKey: Tensor] = [:]
  for (output, upstream) in outputs {
    known[GradientKey(output)] = known[GradientKey(output)].map { $0 + upstream } ?? upstream
  }
  let wanted = Set(targets.map(GradientKey.init))
  for node in nodes(leadingTo: outputs.map(\.value), from: wanted).reversed() {
    guard let gradient = known[GradientKey(Tensor(node: node))], !node.inputs.isEmpty else { continue }
    StepScope(.backward, node.provenance.subject, at: node.provenance.location).building {
      let rules = node.op.operation.gradients(of: Tensor(node: node), inputs: node.inputs, upstream: gradient)
      for (input, partial) in zip(node.inputs, rules) {
        guard let partial else { continue }
        known[GradientKey(input)] =
          known[GradientKey(input)].map { $0.computing { $0 + partial.cast(to: $0.dtype) } } ?? partial
      }
    }
  }
  return targets.map { target in
    target.error != nil
      ? target : known[GradientKey(target)] ?? Tensor.full(target.shape, 0, dtype: target.dtype)
  }
}

/// A function's value and its pullback, which maps the gradient of its result to those of its arguments.
///
///     let (out, pullback) = valueWithPullback(of: { matmul($0[0], $0[1]) + $0[2] }, at: x, w, b)
///     let gradients = pullback(dout)   // dx, dw, db
public func valueWithPullback(
  of function: ([Tensor]) -> Tensor, at arguments: Tensor...
) -> (value: Tensor, pullback: (Tensor) -> [Tensor]) {
  let value = function(arguments)
  return (value, { upstream in gradients(of: value, upstream: upstream, at: arguments) })
}

/// The target of a gradient: a state, however often it is read, or else a node.
private enum GradientKey: Hashable {
  case state(State)
  case node(Node)

  init(_ tensor: Tensor) {
    if case .source(.state(let state)) = tensor.node.op {
      self = .state(state)
    } else {
      self = .node(tensor.node)
    }
  }
}

/// The nodes between the wanted ones and some outputs, inputs first.
///
/// No gradients are computed for others.
private func nodes(leadingTo outputs: [Tensor], from wanted: Set<GradientKey>) -> [Node] {
  var visited: Set<Node> = []
  var stack = outputs.map(\.node)
  while let node = stack.popLast() {
    guard visited.insert(node).inserted else { continue }
    stack += node.inputs.map(\.node)
  }
  let ordered = visited.sorted { $0.order < $1.order }
  var onTheWay: Set<Node> = []
  for node in ordered
  where wanted.contains(GradientKey(Tensor(node: node)))
    || node.inputs.contains(where: { onTheWay.contains($0.node) })
  {
    onTheWay.insert(node)
  }
  return ordered.filter(onTheWay.contains)
}
