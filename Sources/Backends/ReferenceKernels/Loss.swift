import Programs
import Tensors

import Glibc

extension Reference {
  static func softmaxCrossEntropy<Scalar: ReferenceScalar>(
    _ rows: Int, _ classes: Int, _: Scalar.Type, _ inputs: [BufferView], _ y: BufferView
  ) -> Work {
    let (scores, labels) = (inputs[0].pointer(to: Scalar.self), inputs[1].pointer(to: Int32.self))
    let y = y.pointer(to: Scalar.self)
    return Work(extent: rows, grain: grain(20 * classes)) { range in
      for row in range {
        let s = UnsafeBufferPointer(start: scores + row * classes, count: classes)
        let (greatest, total) = normalizer(s)
        let label = Int(labels[row])
        y[row] =
          (0..<classes).contains(label)
          ? Scalar(log(total) - (s[label].number - greatest)) : Scalar(Double.nan)
      }
    }
  }

  static func softmaxCrossEntropyGradient<Scalar: ReferenceScalar>(
    _ rows: Int, _ classes: Int, _: Scalar.Type, _ inputs: [BufferView], _ y: BufferView
  ) -> Work {
    let (scores, labels) = (inputs[0].pointer(to: Scalar.self), inputs[1].pointer(to: Int32.self))
    let y = y.pointer(to: Scalar.self)
    return Work(extent: rows, grain: grain(30 * classes)) { range in
      for row in range {
        let s = UnsafeBufferPointer(start: scores + row * classes, count: classes)
        let (greatest, total) = normalizer(s)
        let label = Int(labels[row])
        let unit = (0..<classes).contains(label) ? 1 : Double.nan
        for c in 0..<classes {
          y[row * classes + c] = Scalar(unit * exp(s[c].number - greatest) / total - (c == label ? 1 : 0))
        }
      }
    }
  }

  /// The maximum score, and Σ exp(s − maximum).
  private static func normalizer<Scalar: ReferenceScalar>(
    _ scores: UnsafeBufferPointer<Scalar>
  ) -> (greatest: Double, total: Double) {
    let greatest = scores.reduce(-Double.infinity) { max($0, $1.number) }
    return (greatest, scores.reduce(0) { $0 + exp($1.number - greatest) })
  }
}
