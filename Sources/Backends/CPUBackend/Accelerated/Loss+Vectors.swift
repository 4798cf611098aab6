import CKernels
import Programs
import ReferenceKernels
import Tensors

extension Accelerated {
  /// Softmax cross-entropy, or its gradient: fast because exponentials are vectorized in float32.
  static func softmaxLoss(
    _ rows: Int, _ classes: Int, _ inputs: [BufferView], _ y: BufferView, isGradient: Bool = false
  ) -> Work {
    let (scores, labels) = (inputs[0].pointer(to: Float.self), inputs[1].pointer(to: Int32.self))
    let y = y.pointer(to: Float.self)
    let compute = isGradient ? lemnos_softmax_loss_gradient : lemnos_softmax_loss
    return Work(extent: rows, grain: max(1, 8192 / max(classes, 1))) { rows in
      compute(scores, labels, Int64(classes), Int64(rows.lowerBound), Int64(rows.upperBound), y)
    }
  }
}
