package import Tensors

/// A fused chain of pointwise operations: each element's inputs are loaded, passed through the steps in
/// registers, and the results stored.
package struct PointwiseKernel: Hashable, Sendable {
  /// The definition of a register.
  package enum Step: Hashable, Sendable {
    case literal(Double)
    case apply(Pointwise, [Int])
  }

  /// Registers are numbered: one per input first, then one per step.
  package struct Register: Hashable, Sendable {
    package let step: Step
    package let dtype: DType
  }

  /// The strided access to an input, over the kernel's axes.
  package struct Input: Hashable, Sendable {
    package let dtype: DType
    package let strides: [Int]
    package let offset: Int
    package let bounds: [Range<Int>]?

    /// Element `i` of the kernel reads element `offset + i`.
    package let isContiguous: Bool

    /// True if it is a broadcast scalar: every element of the kernel reads the same one.
    package var isUniform: Bool { bounds == nil && strides.allSatisfy { $0 == 0 } }
  }

  /// The extents of the iteration space, with axes merged where every input allows it.
  ///
  /// Outputs are row-major over it.
  package let shape: [Int]
  package let inputs: [Input]
  package let steps: [Register]

  /// The register stored to each output.
  package let results: [Int]

  package var count: Int { shape.reduce(1, *) }

  /// True if it is a transposing copy of one matrix or a batch of matrices.
  package var isTransposition: Bool {
    guard steps.isEmpty, results == [0], inputs.count == 1, inputs[0].bounds == nil else { return false }
    let strides = inputs[0].strides
    switch shape.count {
    case 2: return strides == [1, shape[0]]
    case 3: return strides == [shape[1] * shape[2], 1, shape[1]]
    default: return false
    }
  }

  /// True if it moves int64 elements, all of whose bits count; else it reads them by casts only, which need no more
  /// than 32.
  package var movesInt64: Bool {
    let isWhole = { (register: Int) in register < inputs.count && inputs[register].dtype == .int64 }
    return results.contains(where: isWhole)
      || steps.contains { step in
        switch step.step {
        case .literal(let number): step.dtype == .int64 && Int32(exactly: number) == nil
        case .apply(.cast, _): false
        case .apply(_, let arguments): arguments.contains(where: isWhole)
        }
      }
  }

  package func dtype(of register: Int) -> DType {
    register < inputs.count ? inputs[register].dtype : steps[register - inputs.count].dtype
  }

  package init(shape: Shape, inputs: [(dtype: DType, view: View)], steps: [Register], results: [Int]) {
    let views = inputs.map(\.view)
    let groups = PointwiseKernel.mergeableAxes(shape.dimensions, views)
    self.shape = groups.map { group in group.reduce(1) { $0 * shape[$1] } }
    self.inputs = inputs.map { dtype, view in
      Input(
        dtype: dtype,
        strides: groups.map { group in group.last.map { view.strides[$0] } ?? 0 },
        offset: view.offset,
        bounds: shape.dimensions.indices.contains(where: view.isCut)
          ? groups.map { group in
            group.count == 1
              ? view.bounds?[group[0]] ?? 0..<shape[group[0]] : 0..<group.reduce(1) { $0 * shape[$1] }
          } : nil,
        isContiguous: view.isContiguous)
    }
    self.steps = steps
    self.results = results
  }

  /// Groups of adjacent axes that every view can index as one.
  private static func mergeableAxes(_ shape: [Int], _ views: [View]) -> [[Int]] {
    var groups: [[Int]] = []
    for axis in shape.indices where shape[axis] != 1 || views.contains(where: { $0.isCut(axis) }) {
      let previous = groups.last?.last
      let merges =
        previous.map { previous in
          views.allSatisfy { view in
            view.strides[previous] == view.strides[axis] * shape[axis] && !view.isCut(axis)
              && !view.isCut(previous)
          }
        } ?? false
      if merges { groups[groups.count - 1].append(axis) } else { groups.append([axis]) }
    }
    return groups
  }
}

extension View {
  /// True if part of the axis lies outside memory (padding).
  fileprivate func isCut(_ axis: Int) -> Bool {
    guard let range = bounds?[axis] else { return false }
    return range != 0..<shape[axis]
  }
}
