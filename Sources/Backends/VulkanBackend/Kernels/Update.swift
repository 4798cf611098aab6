import Programs
import Shaders

extension DispatchPlan {
  /// - Parameter parts: the number of parts of the values, each with a table of its own.
  static func scatterAdd(
    _ kernel: RowKernel, parts: Int = 1, isFloat64: Bool, on device: DeviceTraits
  ) -> DispatchPlan {
    let length = (kernel.count + parts - 1) / parts
    return DispatchPlan(
      .compiled(isFloat64 ? .scatterAddFloat64 : .scatterAdd), over: parts * kernel.rows * kernel.rowLength,
      constants: [kernel.rows, kernel.rowLength, kernel.count, length, parts], iterations: length, on: device)
  }
}
