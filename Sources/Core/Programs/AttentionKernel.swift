package import Tensors

/// The sizes of an attention, and where its inputs lie.
///
/// N sequences, H heads of T queries, G groups of S keys and values, D channels.
package struct AttentionKernel: Hashable, Sendable {
  /// Rows of channels in memory: that of sequence n, head h and place t at offset + image · n + head · h + row · t.
  package struct Rows: Hashable, Sendable {
    package let offset: Int
    package let image: Int
    package let head: Int
    package let row: Int

    fileprivate init(_ view: View) {
      (offset, image, head, row) = (view.offset, view.strides[0], view.strides[1], view.strides[2])
    }
  }

  /// Elements added to the scores: rows of them, whose elements are `column` apart, which is 1, or 0 for one element.
  package struct Mask: Hashable, Sendable {
    package let rows: Rows
    package let column: Int
  }

  package let isGradient: Bool
  package let form: AttentionForm
  package let sizes: AttentionSizes
  package let query: Rows
  package let key: Rows
  package let value: Rows
  package let mask: Mask?
  /// The gradient of the weighted sums; nil if that is not what is given.
  package let upstream: Rows?

  /// Nil if an input cannot be read as it lies.
  init?(_ operation: Attention, _ inputs: [View]) {
    guard let sizes = AttentionSizes(Shape(inputs[0].shape), Shape(inputs[1].shape)),
      inputs.indices.allSatisfy({ index in
        !operation.takesViews(ofInput: index)
          || AttentionKernel.canRead(inputs[index], isMask: index == operation.form.maskInput)
      })
    else { return nil }
    self.sizes = sizes
    form = operation.form
    (query, key, value) = (Rows(inputs[0]), Rows(inputs[1]), Rows(inputs[2]))
    mask = form.maskInput.map { place in
      Mask(rows: Rows(inputs[place]), column: sizes.s > 1 ? inputs[place].strides[3] : 0)
    }
    if case .attentionGradient = operation {
      (isGradient, upstream) = (true, Rows(inputs[form.inputCount]))
    } else {
      (isGradient, upstream) = (false, nil)
    }
  }

  /// True if a kernel can read an input through this view: its rows are contiguous.
  static func canRead(_ view: View, isMask: Bool) -> Bool {
    guard view.bounds == nil else { return false }
    return view.shape[3] <= 1 || view.strides[3] == 1 || (isMask && view.strides[3] == 0)
  }

  /// The query's first key beyond those that it has by `isCausal` alone.
  package func end(ofQuery t: Int) -> Int {
    form.isCausal ? min(sizes.s, max(0, t + 1 + sizes.s - sizes.t)) : sizes.s
  }
}

extension Attention {
  /// True if the kernel reads an input through strides.
  func takesViews(ofInput index: Int) -> Bool {
    index < 3 || index == form.maskInput || index == form.inputCount
  }
}
