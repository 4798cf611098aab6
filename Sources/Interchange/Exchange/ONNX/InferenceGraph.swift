import Programs
import Tensors

/// The inference graph of a model, for a fixed or dynamic batch size.
///
/// Shapes are numbers. Their dependence on the batch is found by building the expression for two batch sizes.
struct InferenceGraph {
  struct Entry {
    let op: Op
    let inputs: [Int]
    let dtype: DType
    let extents: [Extent]
    /// The path of its layer.
    let path: String
  }

  /// Topological order: inputs before their readers.
  let entries: [Entry]

  /// The scores.
  let root: Int

  /// Primes unlikely to be the width of a layer: extents that are equal by chance would be confused.
  private static let probes = [37, 41]

  /// - Parameters:
  ///   - batchSize: nil for any.
  ///   - scores: the expression for a batch of so many images.
  init(batchSize: Int?, _ scores: (_ batchSize: Int) throws -> Tensor) throws {
    let sizes = batchSize.map { [$0, $0] } ?? InferenceGraph.probes
    let graphs = try sizes.map { size in
      let tensor = try scores(size)
      if let error = tensor.error { throw error }
      return Graph([tensor])
    }
    let (first, second) = (graphs[0], graphs[1])
    guard first.entries.count == second.entries.count, first.roots == second.roots else {
      throw InferenceGraph.dependence("the order of its operations", "")
    }
    root = first.roots[0]
    guard batchSize == nil else {
      entries = first.entries.map { entry in
        Entry(
          op: entry.op, inputs: entry.inputs, dtype: entry.type.dtype,
          extents: entry.type.shape.dimensions.map { Extent(fixed: $0) }, path: entry.path)
      }
      return
    }
    entries = try zip(first.entries, second.entries).map { a, b in
      guard a.inputs == b.inputs, a.type.dtype == b.type.dtype, a.op.isSame(as: b.op),
        let extents = InferenceGraph.extents(a.type.shape, b.type.shape, sizes)
      else { throw InferenceGraph.dependence("'\(a.op.operation.name)'", a.path) }
      return Entry(op: a.op, inputs: a.inputs, dtype: a.type.dtype, extents: extents, path: a.path)
    }
  }

  private static func extents(_ a: Shape, _ b: Shape, _ sizes: [Int]) -> [Extent]? {
    guard a.rank == b.rank else { return nil }
    let extents = zip(a.dimensions, b.dimensions).compactMap { Extent($0, for: sizes[0], $1, for: sizes[1]) }
    return extents.count == a.rank ? extents : nil
  }

  private static func dependence(_ what: String, _ path: String) -> ExchangeError {
    let place = path.isEmpty ? "" : " in layer \(path)"
    return ExchangeError(
      "\(what)\(place) depends on the number of images in a way that ONNX cannot say for all of them: choose one "
        + "with --batch-size")
  }
}

extension Graph.Entry {
  /// Without the layer's type.
  fileprivate var path: String {
    layerPath.firstIndex(of: " ").map { String(layerPath[..<$0]) } ?? layerPath
  }
}

extension Op {
  /// True if it is the same operation for another batch size.
  ///
  /// Shapes of results are not compared here.
  fileprivate func isSame(as other: Op) -> Bool {
    switch (self, other) {
    case (.movement(.reshape), .movement(.reshape)), (.movement(.broadcast), .movement(.broadcast)): true
    case (.movement(.slice(let start, _)), .movement(.slice(let otherStart, _))): start == otherStart
    case (.source(.constant(let a)), .source(.constant(let b))):
      a.values == b.values || (a.values.isRange && b.values.isRange)
    // The input batch itself.
    case (.source(.state(let a)), .source(.state(let b))): a == b || (a.role == .data && a.name == b.name)
    case (.gradientRule, .gradientRule): true
    // It has no ONNX form for any batch.
    case (.random, .random): true
    default: self == other
    }
  }
}

extension TensorValues {
  /// True for the int32 vector 0, 1, 2, …, as `Tensor.indices` makes it: its length may depend on the batch.
  fileprivate var isRange: Bool {
    guard dtype == .int32, shape.rank == 1 else { return false }
    return elements(as: Int32.self).elementsEqual((0..<shape.count).lazy.map { Int32($0) })
  }
}
