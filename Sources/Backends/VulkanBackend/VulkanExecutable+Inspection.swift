import Execution
import Programs
import Tensors
import VulkanDevice

extension VulkanExecutable: InspectableExecutable {
  func run(instruction: Int) throws {
    guard let dispatches = dispatchesOf[instruction] else { return }
    try device.wait(for: device.submit([recording(of: dispatches)]))
  }

  func withBytes<Result>(
    of value: Program.ValueID, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let byteCount = program.values[value].type.byteCount
    let bytes: [UInt8] =
      byteCount == 0 ? [] : try device.download(slices[value][offset: 0, byteCount: byteCount])
    return try bytes.withUnsafeBytes(body)
  }

  func write(_ bytes: [UInt8], to value: Program.ValueID) throws {
    let type = program.values[value].type
    precondition(bytes.count == type.byteCount, "\(bytes.count) bytes for \(type)")
    guard !bytes.isEmpty else { return }
    try device.upload(bytes, to: slices[value][offset: 0, byteCount: bytes.count])
  }

  func fillArena(with byte: UInt8) throws {
    for block in arena { try device.upload([UInt8](repeating: byte, count: block.byteCount), to: block) }
  }

  func arenaBytes() throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: program.arenaByteCount)
    for (block, slice) in zip(program.arenaBlocks, arena) {
      let piece: [UInt8] = try device.download(slice)
      bytes.replaceSubrange(block.offset..<block.offset + piece.count, with: piece)
    }
    return bytes
  }
}
