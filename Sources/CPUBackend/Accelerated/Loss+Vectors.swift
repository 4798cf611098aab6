import CKernels
import Programs
import Tensors

extension Accelerated {
  /// Fast because exponentials are computed in float32, side by side.
  static func softmaxLoss(_ rows: Int, _ classes: Int, _ inputs: [Place], _ y: Place) -> Work {
    let (scores, labels) = (inputs[0].pointer(to: Float.self), inputs[1].pointer(to: Int32.self))
    let y = y.pointer(to: Float.self)
    return Work(extent: rows, grain: max(1, 8192 / max(classes, 1))) { rows in
      lemnos_softmax_loss(
        scores, labels, Int64(classes), Int64(rows.lowerBound), Int64(rows.upperBound), y)
    }
  }

  /// Likewise.
  static func softmaxLossGradient(_ rows: Int, _ classes: Int, _ inputs: [Place], _ y: Place) -> Work {
    let (scores, labels) = (inputs[0].pointer(to: Float.self), inputs[1].pointer(to: Int32.self))
    let y = y.pointer(to: Float.self)
    return Work(extent: rows, grain: max(1, 8192 / max(classes, 1))) { rows in
      lemnos_softmax_loss_gradient(
        scores, labels, Int64(classes), Int64(rows.lowerBound), Int64(rows.upperBound), y)
    }
  }
}
