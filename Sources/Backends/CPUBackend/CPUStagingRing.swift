import Execution
import Programs

/// Parts of states written in place: execution is synchronous.
final class CPUStagingRing: StagingRing {
  private let blocks: [Block]
  private let parts: Int

  init(_ blocks: [Block], _ parts: Int) {
    precondition(
      parts > 0 && blocks.allSatisfy { $0.byteCount.isMultiple(of: parts) },
      "\(blocks.map(\.byteCount)) bytes in \(parts) equal parts")
    (self.blocks, self.parts) = (blocks, parts)
  }

  func write(part: Int, _ fill: ([UnsafeMutableRawBufferPointer]) throws -> Void) throws {
    precondition((0..<parts).contains(part), "part \(part) of \(parts)")
    try fill(
      blocks.map { block in
        let size = block.byteCount / parts
        return UnsafeMutableRawBufferPointer(start: block.base + part * size, count: size)
      })
  }
}
