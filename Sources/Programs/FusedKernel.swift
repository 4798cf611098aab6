package import Tensors

/// Instructions computed by one dispatch: segments that do not depend on one another, each in workgroups of its own.
package struct FusedKernel: Hashable, Sendable {
  /// Memory that the dispatch touches.
  package struct Buffer: Hashable, Sendable {
    package let dtype: DType
    package internal(set) var isRead: Bool
    package internal(set) var isWritten: Bool
  }

  package internal(set) var segments: [Segment]
  package internal(set) var buffers: [Buffer]

  /// The buffer of each of the instruction's inputs; a state that is read and written is one buffer.
  package internal(set) var inputBuffers: [Int]
  package internal(set) var outputBuffers: [Int]

  /// The kinds of kernels in it, without the pointwise ones where there are others: "matmul".
  package var name: String {
    let names = segments.flatMap(\.parts).map(\.kernel.name).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    let others = names.filter { $0 != "pointwise" }
    return others.isEmpty ? "pointwise" : others.joined(separator: ", ")
  }

  /// What it consists of, in order: "matmul + pointwise | sum".
  package var composition: String { segments.map(\.composition).joined(separator: " | ") }
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
    segments = [
      Segment(
        domain: Domain(count: kernel.count),
        parts: [
          Segment.Part(
            kernel: .pointwise(kernel), extent: .full, inputs: inputBuffers.map { .buffer($0) },
            firstResult: 0)
        ],
        results: zip(outputs, outputBuffers).map { Segment.Result(dtype: $0, extent: .full, buffer: $1) })
    ]
  }
}

/// Instructions whose values pass from one to the next in registers.
///
/// Its elements are those of one shape, row-major. Where some of its axes are reduced, *kept* values have one element for
/// each place along the others.
package struct Segment: Hashable, Sendable {
  package enum Operand: Hashable, Sendable {
    /// One of the dispatch's buffers.
    case buffer(Int)
    /// A result of an earlier part, by its number.
    case result(Int)
  }

  /// How many elements a part computes.
  package enum Extent: Hashable, Sendable {
    /// All of the segment's.
    case full
    /// One for each place along the axes that are not reduced.
    case kept
    /// Any number, after everything else; of the segment's results it reads only single numbers.
    case tail
    /// A sum over other axes of elements that lie like this, which nothing in the segment reads.
    case aside(Domain)
  }

  package struct Part: Hashable, Sendable {
    package let kernel: Kernel
    package let extent: Extent
    package let inputs: [Operand]

    /// The number of its first result; others follow.
    package let firstResult: Int
  }

  package struct Result: Hashable, Sendable {
    package let dtype: DType
    package let extent: Extent

    /// Where it is stored; nil if it never leaves the registers.
    package let buffer: Int?
  }

  package let domain: Domain
  package internal(set) var parts: [Part]
  package internal(set) var results: [Result]

  package var composition: String {
    parts.map(\.kernel.name).reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } }
      .joined(separator: " + ")
  }

  /// The numbers of a part's results.
  package func results(of part: Int) -> Range<Int> {
    let end = part + 1 < parts.count ? parts[part + 1].firstResult : results.count
    return parts[part].firstResult..<end
  }

  /// The matrix product or convolution that the others follow, if there is one.
  package var contraction: Part? { parts.first.flatMap { $0.kernel.isContraction ? $0 : nil } }
}

/// The shape that a segment's elements lie in, row-major, and which of its axes are reduced.
package struct Domain: Hashable, Sendable {
  package struct Axis: Hashable, Sendable {
    package let extent: Int
    package let isReduced: Bool
  }

  /// Neighbouring axes are merged where both are reduced or both are not.
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

  /// Elements with nothing reduced.
  init(count: Int) { self.init([Axis(extent: count, isReduced: false)]) }

  package var count: Int { axes.reduce(1) { $0 * $1.extent } }
  package var keptCount: Int { axes.reduce(1) { $0 * ($1.isReduced ? 1 : $1.extent) } }
  package var reducedCount: Int { axes.reduce(1) { $0 * ($1.isReduced ? $1.extent : 1) } }
  package var isReduced: Bool { axes.contains(where: \.isReduced) }

  /// Whether one axis is reduced, whatever lies around it.
  package var isPlain: Bool { axes.count(where: \.isReduced) == 1 }

  /// Whether what is kept lies between two reduced axes: channels of images, say.
  package var isInterleaved: Bool { axes.count == 3 && axes[0].isReduced && axes[2].isReduced }

  /// Elements around the reduced axis of a plain domain, along it and within each of its places.
  package var extents: (outer: Int, reduced: Int, inner: Int) {
    let reduced = axes.firstIndex(where: \.isReduced) ?? axes.endIndex
    let product = { (axes: ArraySlice<Axis>) in axes.reduce(1) { $0 * $1.extent } }
    return (
      product(axes[..<reduced]), product(axes[reduced...].prefix(1)), product(axes[reduced...].dropFirst())
    )
  }

  /// Whether an input, walked over a kernel's own axes, meets with each element the kept value that belongs to it.
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
  /// Whether it multiplies matrices, outright or as a convolution.
  package var isContraction: Bool {
    switch self {
    case .matmul, .convolution: true
    case .depthParts(let kernel, _): kernel.isContraction
    default: false
    }
  }
}
