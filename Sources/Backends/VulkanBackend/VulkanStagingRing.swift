import Execution
import Programs
import VulkanDevice

/// Parts of states in a host-visible staging buffer, copied from there by the device.
///
/// Copies are recorded once. They use the programs' queue, so that each comes after the steps before it and
/// before the steps after it.
final class VulkanStagingRing: StagingRing {
  private let device: Device
  private let staging: Buffer
  /// Bytes per part of each state.
  private let sizes: [Int]
  private let copies: [CommandBuffer]
  /// For each part, the last submission that reads it from the staging buffer; 0 for none.
  private var submissions: [UInt64]

  init(_ slices: [BufferSlice], _ parts: Int, on device: Device) throws {
    precondition(
      parts > 0 && slices.allSatisfy { $0.byteCount.isMultiple(of: parts) },
      "\(slices.map(\.byteCount)) bytes in \(parts) equal parts")
    let sizes = slices.map { $0.byteCount / parts }
    let staging = try device.makeBuffer(
      byteCount: slices.reduce(0) { $0 + $1.byteCount }, memory: .upload, label: "staging ring")
    copies = try (0..<parts).map { part in
      try device.record(label: "part \(part) of a staging ring") { recorder in
        var offset = part * sizes.reduce(0, +)
        for (slice, size) in zip(slices, sizes) {
          recorder.copy(
            from: BufferSlice(staging, offset: offset, byteCount: size),
            to: slice[offset: part * size, byteCount: size])
          offset += size
        }
      }
    }
    submissions = Array(repeating: 0, count: parts)
    (self.device, self.staging, self.sizes) = (device, staging, sizes)
  }

  func write(part: Int, _ fill: ([UnsafeMutableRawBufferPointer]) throws -> Void) throws {
    try device.wait(for: submissions[part])
    guard let contents = staging.contents else {
      preconditionFailure("the host cannot see its staging memory")
    }
    var offset = part * sizes.reduce(0, +)
    try fill(
      sizes.map { size in
        defer { offset += size }
        return UnsafeMutableRawBufferPointer(rebasing: contents[offset..<offset + size])
      })
    submissions[part] = try device.submit([copies[part]])
  }
}
