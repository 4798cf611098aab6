import Programs
import Shaders

extension DispatchPlan {
  /// - Parameter parts: in how many parts of a group's values, to a table of each.
  static func scatterAdd(
    _ kernel: RowKernel, parts: Int = 1, isFloat64: Bool, on device: DeviceTraits
  ) -> DispatchPlan {
    let length = (kernel.countPerGroup + parts - 1) / parts
    return DispatchPlan(
      .compiled(isFloat64 ? .scatterAddFloat64 : .scatterAdd), over: parts * kernel.rows * kernel.rowLength,
      constants: [kernel.rows, kernel.rowLength, kernel.rowsPerGroup, kernel.countPerGroup, length, parts],
      iterations: length, on: device)
  }
}
