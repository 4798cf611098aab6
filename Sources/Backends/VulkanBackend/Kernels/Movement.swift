import Programs
import Shaders
import Tensors

extension DispatchPlan {
  static func gather(_ kernel: RowKernel, _ dtype: DType, on device: DeviceTraits) -> DispatchPlan {
    let shader: Shader =
      switch dtype {
      case .uint8: .gatherBytes
      case .float32, .int32: .gatherWords
      case .float64: .gatherPairs
      }
    let elements = kernel.count * kernel.rowLength
    return DispatchPlan(
      .compiled(shader), over: dtype == .uint8 ? (elements + 3) / 4 : elements,
      constants: [kernel.rows, kernel.rowLength, kernel.count], iterations: 4, on: device)
  }
}
