import Programs
import Tensors

extension Reference {
  // O outer, R reduced and I inner elements: x[o, r, i] → y[o, i].
  static func reduction<Scalar: ReferenceScalar>(
    _ kernel: ReductionKernel, _: Scalar.Type, _ x: BufferView, _ y: BufferView
  ) -> Work {
    let x = x.pointer(to: Scalar.self)
    let (reduced, inner) = (kernel.reduced, kernel.inner)
    return Work(extent: kernel.outer * inner, grain: grain(reduced)) { range in
      for index in range {
        let first = x + index / inner * reduced * inner + index % inner
        switch kernel.kind {
        case .sum:
          var total = 0.0
          for r in 0..<reduced { total += first[r * inner].number }
          y.pointer(to: Scalar.self)[index] = .nearest(total)
        case .max, .argmax:
          var best = 0
          // A NaN counts as the maximum, so that it propagates.
          for r in 0..<reduced where first[best * inner] < first[r * inner] || first[r * inner].isUnordered {
            best = r
            if first[r * inner].isUnordered { break }
          }
          if kernel.kind == .max {
            y.pointer(to: Scalar.self)[index] = first[best * inner]
          } else {
            y.pointer(to: Int32.self)[index] = Int32(best)
          }
        }
      }
    }
  }
}

extension ReferenceScalar {
  /// True for a NaN.
  fileprivate var isUnordered: Bool { self != self }
}
