package import Tensors

/// The work of one instruction in the terms a backend needs: sizes and strides, no shapes to check.
///
/// Inputs are whole row-major values, except where a kernel has a view of them.
package indirect enum Kernel: Hashable, Sendable {
  /// Inputs are read through strides.
  case pointwise(PointwiseKernel)

  /// `[outer, reduced, inner]` to `[outer, inner]`.
  case reduction(ReductionKernel)

  /// Two matrices in their layouts, to `[m, n]`.
  case matmul(MatMulKernel)

  /// One of the three passes of a convolution.
  case convolution(ConvolutionKernel)

  /// One of the three steps of maximum pooling.
  case pooling(PoolingKernel)

  /// Attention, or its gradient. Inputs but the gradient's last two and numbers of documents are read through strides.
  case attention(AttentionKernel)

  /// A program that is run once for each step, on other places in memory.
  case scan(ScanKernel)

  /// A table of `rows` rows of `rowLength` elements and `count` int32 row indices, to `[count, rowLength]`.
  case gather(RowKernel)

  /// A gather with the indices of a shuffled batch of `count` rows: a table, a key and a counter to `[batch,
  /// rowLength]`.
  case gatherShuffled(RowKernel, count: Int)

  /// `count` rows of `rowLength` elements and as many int32 row numbers, to a table of `rows` rows: those of each group
  /// to its own.
  case scatterAdd(RowKernel)

  /// A key and a counter to `count` float32 numbers.
  case uniform(count: Int, stream: UInt32)

  /// A key and a counter to `batch` int32 row indices below `count`.
  case shuffledBatch(batch: Int, count: Int)

  /// Scores `[rows, classes]` and int32 labels `[rows]` to losses `[rows]`.
  case softmaxCrossEntropy(rows: Int, classes: Int)

  /// The same to `[rows, classes]`.
  case softmaxCrossEntropyGradient(rows: Int, classes: Int)

  /// Split-K: a matrix product, a convolution, a reduction or a `scatterAdd` whose reduction is split into
  /// parts. Partial results, one part after another: `[parts, …]`. Only `Program.fused` makes them.
  case depthParts(Kernel, count: Int)

  /// The second half of a split argmax: `[outer, reduced, inner]` elements and each part's argmax `[parts,
  /// outer, inner]`, to the overall argmax `[outer, inner]`. Only `Program.fused` makes them.
  case argmaxOfParts(ReductionKernel, count: Int)

  /// Several of the above, computed together. Only `Program.fused` makes them.
  case fused(FusedKernel)

  package var name: String {
    switch self {
    case .pointwise: "pointwise"
    case .reduction(let kernel): kernel.kind.rawValue
    case .matmul: "matmul"
    case .convolution(let kernel): kernel.pass.rawValue
    case .pooling(let kernel): kernel.step.rawValue
    case .attention(let kernel): kernel.isGradient ? "attentionGradient" : "attention"
    case .scan: "scan"
    case .gather, .gatherShuffled: "gather"
    case .scatterAdd: "scatterAdd"
    case .uniform: "uniform"
    case .shuffledBatch: "shuffledBatch"
    case .softmaxCrossEntropy: "softmaxCrossEntropy"
    case .softmaxCrossEntropyGradient: "softmaxCrossEntropyGradient"
    case .depthParts(let kernel, _): kernel.name
    case .argmaxOfParts: "argmax"
    case .fused(let kernel): kernel.name
    }
  }
}

extension Kernel {
  /// Its name; for a fused kernel, the names of its parts.
  package var composition: String { if case .fused(let kernel) = self { kernel.composition } else { name } }
}

/// A reduction over the middle one of three axes.
package struct ReductionKernel: Hashable, Sendable {
  package let kind: Reduction.Kind
  package let outer: Int
  package let reduced: Int
  package let inner: Int
}

/// `[m, k]` by `[k, n]`.
package struct MatMulKernel: Hashable, Sendable {
  package let m: Int
  package let n: Int
  package let k: Int
  package let a: MatrixLayout
  package let b: MatrixLayout

  /// The precision to which both factors have been rounded: it represents each of their elements exactly.
  package let precision: Precision
}

/// The memory layout of a matrix.
package struct MatrixLayout: Hashable, Sendable {
  /// The index of the first element.
  package let offset: Int

  /// The leading dimension: elements between rows, or between columns if transposed.
  package let stride: Int

  /// True if it is column-major.
  package let isTransposed: Bool

  /// Nil if neither rows nor columns are contiguous.
  init?(_ view: View) {
    guard view.bounds == nil, view.shape.count == 2 else { return nil }
    let (rows, columns) = (view.shape[0], view.shape[1])
    let (down, across) = (view.strides[0], view.strides[1])
    offset = view.offset
    if (across == 1 || columns == 1) && (down >= columns || rows == 1) {
      (stride, isTransposed) = (rows == 1 ? columns : down, false)
    } else if (down == 1 || rows == 1) && (across >= rows || columns == 1) {
      (stride, isTransposed) = (columns == 1 ? rows : across, true)
    } else {
      return nil
    }
  }
}

/// The sizes of a gather or scatter of rows.
package struct RowKernel: Hashable, Sendable {
  package let rows: Int
  package let rowLength: Int
  package let count: Int
  /// Into how many groups the rows and what is moved are cut, each of which keeps to itself: 1 but for `scatterAdd`.
  package var groups = 1

  package var rowsPerGroup: Int { rows / groups }
  package var countPerGroup: Int { count / groups }
}
