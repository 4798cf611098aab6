import Tensors
import Wording

/// The error of a program that needs more memory than a device has left.
public struct OutOfMemory: BackendError, CustomStringConvertible {
  let program: String
  let device: String
  /// Bytes, including states that are not allocated yet.
  package let needed: Int
  /// Bytes left to this process.
  package let available: Int
  /// Bytes of the device in total, or of the user-set limit.
  let total: Int
  /// True if a limit set by the user, not the device, was exceeded.
  package let isCutByRequest: Bool
  /// The largest allocations, in descending order.
  package let holders: [MemoryHolder]

  /// Advice in the error message; callers that know the program's purpose replace it by a more specific one.
  package var advice: String

  package init(
    program: String, device: String, needed: Int, available: Int, total: Int, isCutByRequest: Bool,
    holders: [MemoryHolder]
  ) {
    (self.program, self.device) = (program, device)
    (self.needed, self.available, self.total) = (needed, available, total)
    (self.isCutByRequest, self.holders) = (isCutByRequest, holders)
    advice =
      "Use a smaller batch or model, or "
      + (isCutByRequest ? "a higher memory limit" : "close other programs that use the device")
  }

  public var description: String {
    "\(program) needs \(needed.inMegabytes(decimals: 2)) of memory on \(device), which has \(available.inMegabytes(decimals: 2)) left of "
      + "\(isCutByRequest ? "a limit of " : "")\(total.inMegabytes(decimals: 2)); most is taken by \(holders.map(\.description).joined(separator: ", ")). \(advice)"
  }
}
