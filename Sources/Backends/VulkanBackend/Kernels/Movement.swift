import Programs
import Shaders
import Tensors

extension DispatchPlan {
  static func gather(_ kernel: RowKernel, _ dtype: DType, on device: DeviceTraits) -> DispatchPlan {
    let shader: Shader =
      switch dtype {
      case .uint8, .bool: .gatherBytes
      case .float16, .bfloat16: .gatherHalves
      case .float32, .int32: .gatherWords
      case .float64, .int64: .gatherPairs
      }
    let (elements, together) = (kernel.count * kernel.rowLength, max(1, 4 / dtype.byteCount))
    return DispatchPlan(
      .compiled(shader), over: (elements + together - 1) / together,
      constants: [kernel.rows, kernel.rowLength, kernel.count], iterations: 4, on: device)
  }
}
