package import Tensors

/// A program that needs more memory than a device has left.
public struct OutOfMemory: BackendError, CustomStringConvertible {
  let program: String
  let device: String
  /// Bytes, with the states that are not there yet.
  package let needed: Int
  /// Bytes left to this process.
  package let available: Int
  /// Bytes that the device has in all, or that somebody allowed.
  let total: Int
  /// Whether there would be more, had nobody set a limit.
  package let isCutByRequest: Bool
  /// What takes the most, greatest first.
  package let holders: [MemoryHolder]

  /// What to do, as far as the one who asked for the program knows better than to say "a smaller one".
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
    "\(program) needs \(needed.inMebibytes) of memory on \(device), which has \(available.inMebibytes) left of "
      + "\(isCutByRequest ? "a limit of " : "")\(total.inMebibytes); most is taken by \(holders.map(\.description).joined(separator: ", ")). \(advice)"
  }
}

/// A value or a state, and the memory that it takes.
package struct MemoryHolder: Hashable, Sendable, CustomStringConvertible {
  /// A state's name, or the kernel and the layers that a value is computed by and for.
  package let name: String
  package let type: TensorType
  var byteCount: Int { type.byteCount }

  package var description: String { "\(name) \(type) (\(byteCount.inMebibytes))" }
}

extension Int {
  /// Bytes as people read them: "1.5 MiB", to two digits, so that what is too much and what there is can be told apart.
  package var inMebibytes: String {
    let (whole, part) = (self >> 20, self & 0xF_FFFF)
    let hundredths = 100 * whole + (100 * part + (1 << 19)) >> 20
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) MiB"
  }
}
