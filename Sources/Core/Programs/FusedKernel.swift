package import Tensors

/// One dispatch of fused instructions: independent fusion groups, each run by threads of its own.
package struct FusedKernel: Hashable, Sendable {
  /// A memory buffer bound to the dispatch.
  package struct Buffer: Hashable, Sendable {
    package let dtype: DType
    package internal(set) var isRead: Bool
    package internal(set) var isWritten: Bool
  }

  package internal(set) var fusionGroups: [FusionGroup]
  package internal(set) var buffers: [Buffer]

  /// The buffer index of each input of the instruction; a state that is both read and written is one buffer, and so is a value with
  /// the one that takes its place (`Program.Replacement`).
  package internal(set) var inputBuffers: [Int]
  package internal(set) var outputBuffers: [Int]

  /// The kinds of its kernels; pointwise ones are named only if there are no others: "matmul".
  package var name: String {
    let names = fusionGroups.flatMap(\.parts).map(\.kernel.name).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    let others = names.filter { $0 != "pointwise" }
    return others.isEmpty ? "pointwise" : others.joined(separator: ", ")
  }

  /// The kernel names in order: "matmul + pointwise | sum".
  package var composition: String { fusionGroups.map(\.composition).joined(separator: " | ") }
}

extension FusedKernel {
  /// A pointwise chain alone.
  package init(_ kernel: PointwiseKernel, outputs: [DType]) {
    let types = kernel.inputs.map(\.dtype) + outputs
    buffers = types.enumerated().map { index, type in
      Buffer(dtype: type, isRead: index < kernel.inputs.count, isWritten: index >= kernel.inputs.count)
    }
    inputBuffers = Array(kernel.inputs.indices)
    outputBuffers = Array(kernel.inputs.count..<types.count)
    fusionGroups = [
      FusionGroup(
        space: IterationSpace(count: kernel.count),
        parts: [
          FusionGroup.Part(
            kernel: .pointwise(kernel), extent: .elementwise, inputs: inputBuffers.map { .buffer($0) },
            firstResult: 0)
        ],
        results: zip(outputs, outputBuffers).map {
          FusionGroup.Result(dtype: $0, extent: .elementwise, buffer: $1)
        })
    ]
  }
}

/// A fusion group: operations whose intermediate values stay in registers.
///
/// Its iteration space is one row-major shape. Where some axes are reduced, *kept* values have one element
/// per index along the remaining axes.
package struct FusionGroup: Hashable, Sendable {
  package enum Operand: Hashable, Sendable {
    /// A buffer of the dispatch, by index.
    case buffer(Int)
    /// A result of an earlier part, by index.
    case result(Int)
  }

  /// The part of the iteration space for which an operation is computed.
  package enum Extent: Hashable, Sendable {
    /// Elementwise: every element of the iteration space.
    case elementwise
    /// Reduced: one element per index along the axes that are not reduced.
    case reduced
    /// Epilogue: any number of elements, after everything else; reads only scalars among the fusion group's
    /// results.
    case epilogue
    /// Secondary reduction: a sum of elements in this order over other axes, which nothing in the fusion group
    /// reads.
    case secondary(IterationSpace)
  }

  package struct Part: Hashable, Sendable {
    package let kernel: Kernel
    package let extent: Extent
    package let inputs: [Operand]

    /// The index of its first result; its others follow.
    package let firstResult: Int
  }

  package struct Result: Hashable, Sendable {
    package let dtype: DType
    package let extent: Extent

    /// The buffer it is stored to; nil if it stays in registers.
    package let buffer: Int?
  }

  package let space: IterationSpace
  package internal(set) var parts: [Part]
  package internal(set) var results: [Result]

  package var composition: String {
    parts.map(\.kernel.name).reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } }
      .joined(separator: " + ")
  }

  /// The result indices of a part.
  package func results(of part: Int) -> Range<Int> {
    let end = part + 1 < parts.count ? parts[part + 1].firstResult : results.count
    return parts[part].firstResult..<end
  }

  /// The matrix product or convolution of which the other parts are the epilogue; nil if there is none.
  package var contraction: Part? { parts.first.flatMap { $0.kernel.isContraction ? $0 : nil } }
}

/// The iteration space of a fusion group: a row-major shape, some of whose axes are reduced.
package struct IterationSpace: Hashable, Sendable {
  package struct Axis: Hashable, Sendable {
    package let extent: Int
    package let isReduced: Bool
  }

  /// Adjacent axes are merged where both are reduced or both are kept.
  package let axes: [Axis]

  init(_ axes: [Axis]) {
    var merged: [Axis] = []
    for axis in axes where axis.extent != 1 {
      if let last = merged.last, last.isReduced == axis.isReduced {
        merged[merged.count - 1] = Axis(extent: last.extent * axis.extent, isReduced: axis.isReduced)
      } else {
        merged.append(axis)
      }
    }
    self.axes = merged
  }

  /// An iteration space without reduced axes.
  init(count: Int) { self.init([Axis(extent: count, isReduced: false)]) }

  package var count: Int { axes.reduce(1) { $0 * $1.extent } }
  package var keptCount: Int { axes.reduce(1) { $0 * ($1.isReduced ? 1 : $1.extent) } }
  package var reducedCount: Int { axes.reduce(1) { $0 * ($1.isReduced ? $1.extent : 1) } }
  package var isReduced: Bool { axes.contains(where: \.isReduced) }

  /// True if exactly one axis is reduced, with any axes around it.
  package var isPlain: Bool { axes.count(where: \.isReduced) == 1 }

  /// True if the kept axis lies between two reduced axes, such as the channels of NCHW images.
  package var isInterleaved: Bool { axes.count == 3 && axes[0].isReduced && axes[2].isReduced }

  /// For a plain iteration space: the product of the axes before the reduced one, its extent, and that of the axes
  /// after.
  package var extents: (outer: Int, reduced: Int, inner: Int) {
    let reduced = axes.firstIndex(where: \.isReduced) ?? axes.endIndex
    let product = { (axes: ArraySlice<Axis>) in axes.reduce(1) { $0 * $1.extent } }
    return (
      product(axes[..<reduced]), product(axes[reduced...].prefix(1)), product(axes[reduced...].dropFirst())
    )
  }

  /// True if an input, indexed over a kernel's own axes, broadcasts kept values to the elements they belong
  /// to.
  func broadcastsKept(_ input: PointwiseKernel.Input, over shape: [Int]) -> Bool {
    guard input.offset == 0, input.bounds == nil else { return false }
    var places: [(step: Int, extent: Int, keptStep: Int)] = []
    var (step, keptStep) = (1, 1)
    for axis in axes.reversed() {
      places.append((step, axis.extent, axis.isReduced ? 0 : keptStep))
      step *= axis.extent
      if !axis.isReduced { keptStep *= axis.extent }
    }
    step = 1
    for axis in shape.indices.reversed() where shape[axis] != 1 {
      let end = step * shape[axis]
      guard
        let place = places.first(where: { $0.step <= step && end <= $0.step * $0.extent }),
        step.isMultiple(of: place.step), input.strides[axis] == place.keptStep * (step / place.step)
      else { return false }
      step = end
    }
    return step == count
  }
}

extension Kernel {
  /// True for a matrix product or convolution, whole or split by depth (split-K).
  package var isContraction: Bool {
    switch self {
    case .matmul, .convolution: true
    case .depthParts(let kernel, _): kernel.isContraction
    default: false
    }
  }
}
